"""What the bot and its children use: CPU, memory, listening ports.

Source:  psutil, which reads /proc. What may not be read counts as nothing.
Threads: ``sample`` reads many small files; call it off the event loop.
"""

from __future__ import annotations

import contextlib
import ipaddress
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class TreeUsage:
    """What a process and its children use.

    Attributes:
        cpu_seconds: User and system time since the process was first sampled, of ended children too.
        resident_memory_bytes: Resident memory now.
        listening_ports: TCP ports that this machine can reach over loopback.
    """

    cpu_seconds: float = 0.0
    resident_memory_bytes: int = 0
    listening_ports: frozenset[int] = frozenset()


class ProcessTree:
    """Samples one process and its children."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._cpu_seconds: dict[tuple[int, float], float] = {}
        self._ended_cpu_seconds = 0.0

    def sample(self) -> TreeUsage:
        """Return what the tree uses now; nothing of memory once it has gone."""
        members = self._members()
        cpu_seconds: dict[tuple[int, float], float] = {}
        memory_bytes, ports = 0, set[int]()
        for member in members:
            with contextlib.suppress(psutil.Error):
                with member.oneshot():
                    times = member.cpu_times()
                    cpu_seconds[member.pid, member.create_time()] = times.user + times.system
                    memory_bytes += member.memory_info().rss
                ports |= _listening(member)
        self._take(cpu_seconds)
        total = self._ended_cpu_seconds + sum(cpu_seconds.values())
        return TreeUsage(total, memory_bytes, frozenset(ports))

    def _members(self) -> list[psutil.Process]:
        with contextlib.suppress(psutil.Error):
            root = psutil.Process(self._pid)
            return [root, *root.children(recursive=True)]
        return []

    def _take(self, cpu_seconds: dict[tuple[int, float], float]) -> None:
        # A counter may not fall because a child has ended.
        for key, seconds in self._cpu_seconds.items():
            if key not in cpu_seconds:
                self._ended_cpu_seconds += seconds
        self._cpu_seconds = cpu_seconds


def _listening(process: psutil.Process) -> set[int]:
    return {
        connection.laddr.port
        for connection in process.net_connections(kind="tcp")
        if connection.status == psutil.CONN_LISTEN and _is_reachable(connection.laddr.ip)
    }


def _is_reachable(address: str) -> bool:
    ip = ipaddress.ip_address(address)
    return ip.is_loopback or ip.is_unspecified
