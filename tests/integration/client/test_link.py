from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from deskwatch.client.command import Command, CommandResult, write_commands
from deskwatch.client.link import MAX_BATCH, MAX_QUEUED, Link, NoLink, link_from
from deskwatch.client.metrics import DropReason, Drops
from deskwatch.client.transport import Answer


class Monitor:
    """Takes records as the server does, or fails as told."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.tokens: set[str | None] = set()
        self.statuses: list[int] = []
        self.answer = b""
        self.with_length = True
        monitor = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status = monitor.statuses.pop(0) if monitor.statuses else 204
                monitor.tokens.add(self.headers["Authorization"])
                if status < 300:
                    monitor.bodies.append(body)
                self.send_response(status)
                if monitor.answer and monitor.with_length:
                    self.send_header("Content-Length", str(len(monitor.answer)))
                self.end_headers()
                self.wfile.write(monitor.answer)

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def records(self) -> list[dict[str, Any]]:
        return [record for body in self.bodies for record in body["records"]]


@pytest.fixture
def monitor() -> Iterator[Monitor]:
    monitor = Monitor()
    yield monitor
    monitor.server.shutdown()
    monitor.server.server_close()


@pytest.fixture
def drops() -> Drops:
    return Drops()


@pytest.fixture
def link(monitor: Monitor, drops: Drops) -> Iterator[Link]:
    environment = {"DESKWATCH_URL": monitor.url, "DESKWATCH_TOKEN": "s3cret", "DESKWATCH_BOT": "alpha"}
    link = link_from(environment, drops)
    assert isinstance(link, Link)
    yield link
    link.close()


def eventually(claim: Callable[[], bool], timeout_seconds: float = 5) -> bool:
    ends = time.monotonic() + timeout_seconds
    while not claim() and time.monotonic() < ends:
        time.sleep(0.01)
    return claim()


def test_without_a_monitor_nothing_is_kept() -> None:
    assert isinstance(link_from({}, Drops()), NoLink)


def test_records_arrive_once_in_order_with_bot_and_token(link: Link, monitor: Monitor) -> None:
    for number in range(3 * MAX_BATCH):
        link.send({"kind": "fill", "n": number})
    assert link.close()
    assert [record["n"] for record in monitor.records] == list(range(3 * MAX_BATCH))
    assert max(len(body["records"]) for body in monitor.bodies) <= MAX_BATCH
    assert {body["bot"] for body in monitor.bodies} == {"alpha"}
    assert monitor.tokens == {"Bearer s3cret"}


def test_an_urgent_record_overtakes_the_others(monitor: Monitor, link: Link) -> None:
    monitor.statuses = [503]
    link.send({"kind": "fill"})
    for _ in range(1000):
        link.send({"kind": "fill"})
    link.send({"kind": "guard"}, urgent=True)
    assert eventually(lambda: len(monitor.records) == 1002)
    kinds = [record["kind"] for record in monitor.records]
    assert kinds.index("guard") <= MAX_BATCH


@pytest.mark.parametrize("statuses", [[503], [429, 500], [408]])
def test_what_a_sick_monitor_did_not_take_is_sent_again(link: Link, monitor: Monitor, statuses: list[int]) -> None:
    monitor.statuses = statuses
    link.send({"kind": "fill", "n": 1})
    assert eventually(lambda: monitor.records == [{"kind": "fill", "n": 1}])


def test_what_is_refused_is_dropped_and_counted(link: Link, monitor: Monitor, drops: Drops) -> None:
    monitor.statuses = [401]
    link.send({"kind": "fill"})
    assert eventually(lambda: drops.read()[DropReason.REFUSED] == 1)
    assert monitor.records == []


def test_a_record_that_is_no_json_is_dropped_and_its_neighbours_go(link: Link, monitor: Monitor, drops: Drops) -> None:
    link.send({"kind": "fill", "n": 1})
    link.send({"kind": "fill", "n": object()})
    link.send({"kind": "fill", "n": 3})
    assert link.close()
    assert [record["n"] for record in monitor.records] == [1, 3]
    assert drops.read()[DropReason.UNENCODABLE] == 1


def test_a_dead_monitor_costs_the_caller_nothing_and_the_newest_are_kept(drops: Drops) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    link = link_from({"DESKWATCH_URL": url}, drops)
    assert isinstance(link, Link)
    began = time.process_time()
    for number in range(3 * MAX_QUEUED):
        link.send({"n": number})
    assert (time.process_time() - began) / (3 * MAX_QUEUED) < 50e-6
    assert link.queued <= MAX_QUEUED
    assert link._queue[-1] == {"n": 3 * MAX_QUEUED - 1}
    assert not link.close(timeout_seconds=0.3)
    assert link.queued + drops.read()[DropReason.QUEUE_FULL] == 3 * MAX_QUEUED


def test_what_comes_after_closing_is_counted(link: Link, drops: Drops) -> None:
    link.close()
    link.send({"kind": "fill"})
    assert drops.read()[DropReason.CLOSED] == 1


class Obeying:
    """A guard that does what it is told, and keeps it."""

    strategy = "mom"

    def __init__(self) -> None:
        self.told: list[str] = []

    def tighten(self, state: str, reason: str, epoch: int, nonce: str = "") -> CommandResult:
        self.told.append(f"{state} {reason} {epoch}")
        return CommandResult.OBEYED

    def answer(self, nonce: str, result: CommandResult) -> None: ...


def halt(reason: str = "the news", token: str = "s3cret") -> bytes:
    now_ms = int(time.time() * 1000)
    return write_commands([Command("alpha", "mom", "HALTED", 0, reason, "n1", now_ms, now_ms + 60_000)], token)


@pytest.mark.parametrize("with_length", [True, False])
def test_what_the_monitor_answers_reaches_the_guard(link: Link, monitor: Monitor, *, with_length: bool) -> None:
    guard = Obeying()
    link.heed(guard)
    monitor.statuses, monitor.answer, monitor.with_length = [200, 200], halt(), with_length
    link.send({"kind": "heartbeat"})
    assert eventually(lambda: guard.told == ["HALTED the news 0"])
    link.send({"kind": "heartbeat"})
    assert eventually(lambda: len(monitor.records) == 2)
    assert guard.told == ["HALTED the news 0"], "the same nonce once"


@pytest.mark.parametrize("answer", [halt(token="other"), halt("x" * 70_000), b"[" * 60_000, b"\0\xff", halt()[:-9]])
def test_an_answer_that_is_no_command_loses_no_record(link: Link, monitor: Monitor, answer: bytes) -> None:
    guard = Obeying()
    link.heed(guard)
    monitor.statuses, monitor.answer = [200], answer
    link.send({"kind": "fill", "n": 1})
    assert eventually(lambda: sum(tally.read() for tally in link.obedience.results.values()) == 1)  # type: ignore[union-attr]
    assert link.close()
    assert (guard.told, len(monitor.records)) == ([], 1)


def test_a_child_sends_its_own_and_nothing_of_its_parents(monitor: Monitor, drops: Drops) -> None:
    gate = threading.Event()
    link = link_from({"DESKWATCH_URL": monitor.url}, drops)
    assert isinstance(link, Link)
    post, link._post = link._post, lambda _: Answer.TAKEN if gate.wait(5) else Answer.RETRY
    link.announce("http://127.0.0.1:1/metrics", 1)
    for _ in range(100):
        link.send({"kind": "fill", "from": "parent"})
    pid = os.fork()
    if pid == 0:
        link._post = post
        link.send({"kind": "fill", "from": "child"})
        os._exit(0 if link.close() else 1)
    gate.set()
    assert os.waitpid(pid, 0)[1] == 0
    hello, fill = monitor.records
    assert (hello["kind"], hello["pid"], hello["metrics_url"]) == ("hello", pid, None)
    assert fill["from"] == "child"
    link.close()


def test_forks_while_locks_are_held_do_not_hang(monitor: Monitor, drops: Drops) -> None:
    link = link_from({"DESKWATCH_URL": monitor.url}, drops)
    assert isinstance(link, Link)
    link._starting.acquire()
    link._wake._cond.acquire()
    try:
        for _ in range(20):
            pid = os.fork()
            if pid == 0:
                link.send({"kind": "fill"}, urgent=True)
                os._exit(0 if link.close() else 1)
            assert os.waitpid(pid, 0)[1] == 0
    finally:
        link._wake._cond.release()
        link._starting.release()
    assert len(monitor.records) == 20
    link.close()


BOT = """
from deskwatch.client import TradingMetrics
metrics = TradingMetrics("s", starting_equity=100)
metrics.record_fill("BTC", "BUY", 1, 10)
"""


def run_bot(url: str) -> tuple[int, float]:
    began = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-c", BOT], env={**os.environ, "DESKWATCH_URL": url}, check=False, timeout=20
    )
    return ended.returncode, time.monotonic() - began


def test_a_script_that_just_ends_has_told_everything(monitor: Monitor) -> None:
    assert run_bot(monitor.url)[0] == 0
    kinds = [record["kind"] for record in monitor.records]
    assert sorted(kinds) == ["fill", "heartbeat", "hello"]


def test_a_monitor_that_never_answers_delays_the_exit_by_two_seconds_at_most() -> None:
    baseline = run_bot("")[1]
    with socket.create_server(("127.0.0.1", 0)) as black_hole:
        code, seconds = run_bot(f"http://127.0.0.1:{black_hole.getsockname()[1]}")
    assert code == 0
    assert seconds < baseline + 2 + 1.5


def test_a_monitor_that_drips_its_answer_meets_the_deadline(drops: Drops) -> None:
    from deskwatch.client.transport import post

    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()

        def drip() -> None:
            peer, _ = server.accept()
            with peer:
                for _ in range(50):
                    if stop.wait(0.1):
                        return
                    peer.send(b"H")

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            post(f"http://127.0.0.1:{server.getsockname()[1]}/", b"{}", token="", timeout_seconds=0.4)
        assert time.monotonic() - began < 1
        stop.set()
        thread.join()
