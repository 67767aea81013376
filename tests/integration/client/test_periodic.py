from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from deskwatch.client.periodic import Periodic, close_all
from running_server import eventually


class Work:
    """Counts its calls and keeps the deadlines it was given."""

    def __init__(self, seconds: float = 0.01) -> None:
        self.deadlines: list[float | None] = []
        self.seconds = seconds

    def __call__(self, deadline: float | None) -> float:
        self.deadlines.append(deadline)
        return self.seconds


def nothing(_: Exception) -> None: ...


def test_the_work_says_when_it_is_due_again_and_is_done_once_more_at_the_end() -> None:
    work = Work()
    periodic = Periodic("p", work, first_seconds=0, failed=nothing)
    periodic.start()
    eventually(lambda: len(work.deadlines) > 3, "several calls")
    work.seconds = 3600
    assert periodic.close()
    assert set(work.deadlines[:-1]) == {None}
    assert work.deadlines[-1] is not None
    assert work.deadlines[-1] > time.monotonic()


def test_work_that_raises_is_told_and_the_thread_lives() -> None:
    failures: list[str] = []

    def work(_: float | None) -> float:
        raise RuntimeError("broken")

    periodic = Periodic("p", work, first_seconds=0, failed=lambda error: failures.append(str(error)))
    periodic.start()
    eventually(lambda: failures == ["broken"], "the failure")
    assert periodic.close()
    assert failures == ["broken"] * 2


def test_work_that_hangs_does_not_hold_the_end() -> None:
    hang = threading.Event()

    def work(_: float | None) -> float:
        hang.wait(30)
        return 0.0

    periodic = Periodic("p", work, first_seconds=0, failed=nothing)
    periodic.start()
    begun = time.monotonic()
    assert not periodic.close(timeout_seconds=0.1)
    assert time.monotonic() - begun < 2
    hang.set()


def test_closing_what_never_began_is_done_at_once() -> None:
    assert Periodic("p", Work(), first_seconds=0, failed=nothing).close()


def test_where_no_thread_can_start_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    failures: list[Exception] = []
    monkeypatch.setattr(threading.Thread, "start", refuse)  # the system refuses a thread only under a limit of its own
    Periodic("p", Work(), first_seconds=0, failed=failures.append).start()
    assert len(failures) == 1


def in_a_child(claim: Callable[[], bool]) -> int:
    pid = os.fork()
    if pid == 0:
        os._exit(0 if claim() else 1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_a_forked_child_begins_its_own_thread() -> None:
    work = Work(seconds=3600)
    periodic = Periodic("p", work, first_seconds=0, failed=nothing)
    periodic.start()
    eventually(lambda: len(work.deadlines) == 1, "the first call")
    assert in_a_child(lambda: bool(eventually(lambda: len(work.deadlines) == 2, "the child's"))) == 0
    assert len(work.deadlines) == 1
    assert periodic.close()
    assert in_a_child(lambda: threading.active_count() == 1) == 0


def test_the_end_of_the_process_waits_for_the_last_call(tmp_path: Path) -> None:
    program = (
        "from deskwatch.client.periodic import Periodic\n"
        "def work(deadline):\n"
        "    print('last' if deadline else 'first', flush=True)\n"
        "    return 3600\n"
        "Periodic('p', work, first_seconds=3600, failed=print).start()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout == "last\n"


def test_all_together_hold_the_end_no_longer_than_one() -> None:
    hang = threading.Event()

    def work(_: float | None) -> float:
        hang.wait(30)
        return 0.0

    for _ in range(4):
        Periodic("p", work, first_seconds=0, failed=nothing).start()
    begun = time.monotonic()
    close_all(timeout_seconds=0.3)
    assert 0.3 <= time.monotonic() - begun < 1
    hang.set()
