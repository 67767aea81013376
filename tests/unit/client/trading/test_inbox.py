from __future__ import annotations

import os
import signal
import threading

import pytest

from deskwatch.client.metrics import DropReason, Drops
from deskwatch.client.trading.inbox import MAX_WAITING, Inbox


@pytest.fixture
def drops() -> Drops:
    return Drops()


@pytest.fixture
def inbox(drops: Drops) -> Inbox:
    return Inbox(drops)


def test_an_operation_brought_by_another_comes_after_it(inbox: Inbox) -> None:
    done: list[str] = []

    def outer() -> None:
        inbox.submit(lambda: done.append("inner"))
        done.append("outer")

    inbox.submit(outer)
    assert done == ["outer", "inner"]


def test_a_signal_handler_may_record_in_the_middle_of_a_recording(inbox: Inbox) -> None:
    done: list[str] = []
    before = signal.signal(signal.SIGUSR1, lambda *_: inbox.submit(lambda: done.append("handler")))
    try:
        inbox.submit(lambda: (os.kill(os.getpid(), signal.SIGUSR1), done.append("recording")))  # type: ignore[arg-type,return-value]
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert sorted(done) == ["handler", "recording"]


def test_who_comes_while_another_works_does_not_wait(inbox: Inbox) -> None:
    working, go_on = threading.Event(), threading.Event()
    done: list[int] = []

    def slow() -> None:
        working.set()
        go_on.wait(5)

    worker = threading.Thread(target=inbox.submit, args=(slow,))
    worker.start()
    working.wait(5)
    inbox.submit(lambda: done.append(threading.get_ident()))
    assert done == []
    go_on.set()
    worker.join()
    assert done == [worker.ident]


def test_an_operation_that_fails_is_counted_and_the_next_is_done(inbox: Inbox, drops: Drops) -> None:
    done: list[int] = []
    inbox.submit(lambda: 1 / 0)  # type: ignore[arg-type,return-value]
    inbox.submit(lambda: done.append(1))
    assert done == [1]
    assert drops.read()[DropReason.INTERNAL] == 1


def test_it_does_not_grow_without_bound(inbox: Inbox, drops: Drops) -> None:
    inbox._turn.acquire()
    for _ in range(MAX_WAITING + 5):
        inbox.submit(lambda: None)
    assert len(inbox._waiting) == MAX_WAITING
    assert drops.read()[DropReason.QUEUE_FULL] == 5


def test_a_fork_in_the_middle_of_a_recording_leaves_the_child_free(inbox: Inbox) -> None:
    inbox._turn.acquire()
    pid = os.fork()
    if pid == 0:
        done: list[int] = []
        inbox.submit(lambda: done.append(1))
        os._exit(0 if done else 1)
    assert os.waitpid(pid, 0)[1] == 0
