from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest

from deskwatch.client import diagnostics


class Collecting(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[tuple[str, int]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append((record.getMessage(), threading.get_ident()))


@pytest.fixture
def collected() -> Iterator[Collecting]:
    handler = Collecting()
    logging.getLogger("deskwatch").addHandler(handler)
    diagnostics.forget()
    yield handler
    logging.getLogger("deskwatch").removeHandler(handler)
    diagnostics.forget()


def test_a_problem_is_told_once_and_on_another_thread(collected: Collecting) -> None:
    thread = diagnostics.say("port", "port 9000 is taken")
    assert diagnostics.say("port", "port 9000 is taken") is None
    assert thread is not None
    thread.join()
    ((message, teller),) = collected.said
    assert message == "port 9000 is taken"
    assert teller != threading.get_ident()


def test_another_problem_is_told_as_well(collected: Collecting) -> None:
    threads = [diagnostics.say(problem, problem) for problem in ("port", "latch")]
    for thread in threads:
        assert thread is not None
        thread.join()
    assert {message for message, _ in collected.said} == {"port", "latch"}
