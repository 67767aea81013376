"""Serve the application: bind first, so that a port in use is said before anything has started."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Iterator

import psutil
import uvicorn
from starlette.types import ASGIApp

from deskwatch.config import ListenAddress, TlsSettings
from deskwatch.errors import ConfigError

BACKLOG = 128


def bind(listen: ListenAddress) -> socket.socket:
    """Return a listening socket.

    Raises:
        ConfigError: The port is in use, by whom where that can be seen, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((listen.host, listen.port))
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise ConfigError(_reason(error, listen), key="listen") from None
    sock.setblocking(False)
    return sock


class HttpServer:
    """Runs the application on a socket until it is stopped.

    Args:
        app: What answers.
        sock: Where, bound and listening.
        tls: The certificate, where there is one.
    """

    def __init__(self, app: ASGIApp, sock: socket.socket, tls: TlsSettings | None = None) -> None:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,  # a socket's address carries the page's client id, which is a secret
            lifespan="on",
            ssl_certfile=str(tls.cert_file) if tls else None,
            ssl_keyfile=str(tls.key_file) if tls else None,
            timeout_graceful_shutdown=2,
            h11_max_incomplete_event_size=65_536,  # reliability F14: headers are capped
            server_header=False,
        )
        self._server = _Quiet(config)
        self._sock = sock
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Return when the application answers."""
        self._task = asyncio.create_task(self._server.serve(sockets=[self._sock]), name="http")
        while not self._server.started:
            if self._task.done():
                self._task.result()
                raise RuntimeError("the HTTP server ended before it had started")
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """Finish open requests for at most two seconds, then close."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task


class _Quiet(uvicorn.Server):
    """uvicorn without its own signal handlers: signals belong to whoever runs the server."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _reason(error: OSError, listen: ListenAddress) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {listen.port} of {listen.host} is in use{_holder(listen.port)}; choose another with --listen"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{listen.host} is no address of this machine"
    return f"cannot listen on {listen.host}:{listen.port}: {error.strerror}"


def _holder(port: int) -> str:
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("inet"):
            if connection.laddr and connection.laddr.port == port and connection.status == psutil.CONN_LISTEN:
                return _named(connection.pid)
    return ""


def _named(pid: int | None) -> str:
    if pid is None:
        return ""
    with contextlib.suppress(psutil.Error):
        return f" by {psutil.Process(pid).name()} (pid {pid})"
    return f" by pid {pid}"
