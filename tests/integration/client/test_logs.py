"""Log files with real processes: several at one file, forks, ends of all kinds."""

from __future__ import annotations

import fcntl
import gzip
import json
import signal
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest

from deskwatch.client.logs import Rotation
from deskwatch.client.logs.archive import Archivist, archives
from deskwatch.client.logs.file import LogFile

PROCESSES, LINES = 4, 5_000
MAX_BYTES = 20_000  # a hundred lines, so that the file moves all the time

WRITE = """
import sys
from deskwatch.client import default_registry, get_logger
from deskwatch.client.logs import Rotation
path, me = sys.argv[1], int(sys.argv[2])
log = get_logger("bot", path, rotation=Rotation(max_bytes={max_bytes}, max_files=10_000))
print("ready", flush=True)
sys.stdin.readline()
for number in range({lines}):
    log.info("Order executed", process=me, number=number, symbol="BTC-PERP", side="BUY", quantity=0.25)
    if number % 50 == 49:
        assert log.flush(60)
assert not default_registry().drops.total
"""

FORK = """
import os, sys
from deskwatch.client import get_logger
log = get_logger("bot", sys.argv[1])
log.info("parent", number=0)
child = os.fork()
if not child:
    log.info("child", number=1)
    sys.exit(0)
os.waitpid(child, 0)
log.info("parent", number=2)
"""

POOL = """
import multiprocessing, sys
from deskwatch.client import get_logger
log = get_logger("bot", sys.argv[1])
def work(number):
    log.info("work", number=number)
if __name__ == "__main__":
    log.info("parent", number=-1)
    workers = [multiprocessing.get_context("fork").Process(target=work, args=(number,)) for number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
"""

END = """
import sys
from deskwatch.client import get_logger
log = get_logger("bot", sys.argv[1])
for number in range(5000):
    log.info("line", number=number)
sys.exit(3)
"""


def run(program: str, *arguments: object) -> int:
    return subprocess.run([sys.executable, "-c", program, *map(str, arguments)], timeout=60, check=False).returncode


def text(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "service.log"


def started_together(commands: list[list[str]]) -> list[subprocess.Popen[bytes]]:
    """Start processes that wait for each other."""
    processes = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for command in commands]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()
    return processes


def test_four_processes_lose_and_tear_no_line_while_the_file_is_rotated_and_packed(path: Path) -> None:
    program = WRITE.format(lines=LINES, max_bytes=MAX_BYTES)
    commands = [[sys.executable, "-c", program, str(path), str(number)] for number in range(PROCESSES)]
    for process in started_together(commands):
        with process:
            assert process.wait(100) == 0
    assert len(archives(path)) > 100
    # As the next process does: one that ended while it packed may have left a file both packed and not.
    Archivist(path, Rotation(max_files=10_000), time.time).tidy()
    parts = [*archives(path), path]
    numbers = defaultdict(list)
    for part in parts:
        assert len(text(part)) <= MAX_BYTES
        for line in text(part).splitlines():
            said = json.loads(line)
            numbers[said["process"]].append(said["number"])
    assert numbers == {process: list(range(LINES)) for process in range(PROCESSES)}
    assert {part.suffix for part in parts} == {".gz", ".log"}


def test_a_lock_whose_holder_was_killed_is_free_and_half_its_line_stays_alone(path: Path) -> None:
    hold = """
import fcntl, os, sys, time
from pathlib import Path
path = Path(sys.argv[1])
lock = os.open(path.with_name(".service.log.lock"), os.O_RDWR)
fcntl.flock(lock, fcntl.LOCK_EX)
with path.open("ab") as file:
    file.write(b'{"ha')
print("held", flush=True)
time.sleep(60)
"""
    file = LogFile(path, Rotation())
    file.append(b"1\n")
    with subprocess.Popen([sys.executable, "-c", hold, str(path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    file.append(b"2\n")
    file.close()
    assert path.read_bytes() == b'1\n{"ha\n2\n'


@pytest.mark.parametrize(("program", "expected"), [(FORK, [0, 1, 2]), (POOL, [-1, 0, 1, 2])])
def test_a_forked_child_writes_its_own_lines_and_none_of_its_parents(
    path: Path, program: str, expected: list[int]
) -> None:
    assert run(program, path) == 0
    assert sorted(json.loads(line)["number"] for line in path.read_bytes().splitlines()) == expected


def test_a_program_that_ends_has_written_all_and_keeps_its_exit_status(path: Path) -> None:
    assert run(END, path) == 3
    assert [json.loads(line)["number"] for line in path.read_bytes().splitlines()] == list(range(5000))


def test_a_file_that_cannot_be_written_delays_the_end_by_two_seconds_at_most(path: Path) -> None:
    """This process holds the lock all the time."""
    path.parent.mkdir()
    program = """
import sys
from deskwatch.client import get_logger
log = get_logger("bot", sys.argv[1])
print("open", flush=True)
sys.stdin.readline()
log.info("never written")
"""
    command = [sys.executable, "-c", program, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as stuck:
        assert stuck.stdin is not None
        assert stuck.stdout is not None
        assert stuck.stdout.readline() == b"open\n"
        with path.with_name(".service.log.lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            began = time.monotonic()
            stuck.stdin.close()
            assert stuck.wait(10) == 0
            took = time.monotonic() - began
    assert 1.9 <= took <= 2.5
    assert path.read_bytes() == b""
