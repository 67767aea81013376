from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deskwatch.client.metrics import DropReason, Registry
from deskwatch.client.metrics.push import PushOutcome, delete_pushed, push
from pushgateway import Pushgateway, pushgateway
from running_server import Server, eventually


@pytest.fixture(scope="module")
def gateway(real_program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pushgateway]:
    with pushgateway(real_program("pushgateway"), tmp_path_factory.mktemp("pushgateway")) as running:
        yield running


@pytest.fixture
def registry() -> Registry:
    registry = Registry()
    registry.counter("rows_total", "Rows.", ("table",)).labels("prices").inc(41)
    registry.histogram("load_seconds", "Load.", buckets=(0.1, 1)).observe(0.5)
    return registry


@pytest.mark.real
def test_the_pushgateway_shows_what_was_pushed(gateway: Pushgateway, registry: Registry) -> None:
    assert push("first", url=gateway.url, registry=registry).outcome is PushOutcome.DONE
    assert ("rows_total", {"job": "first", "table": "prices", "instance": ""}, 41.0) in gateway.samples("rows_total")
    buckets = {labels["le"]: value for _, labels, value in gateway.samples("load_seconds_bucket")}
    assert buckets == {"0.1": 0.0, "1": 1.0, "+Inf": 1.0}


AWKWARD = {"path": "/var/tmp", "empty": "", "up": "..", "quote": 'a"b\\c', "space": "a b%2F?#", "word": "ünï"}


@pytest.mark.real
def test_any_text_can_name_a_group_and_delete_removes_exactly_that(gateway: Pushgateway, registry: Registry) -> None:
    assert push("a/b", url=gateway.url, grouping_key=AWKWARD, registry=registry)
    assert push("a/b", url=gateway.url, registry=registry)
    group = {"job": "a/b", **AWKWARD}
    assert group in gateway.groups()
    assert delete_pushed("a/b", url=gateway.url, grouping_key=AWKWARD)
    assert group not in gateway.groups()
    assert {"job": "a/b"} in gateway.groups()


@pytest.mark.real
def test_replacing_forgets_what_is_not_pushed_again_and_adding_keeps_it(
    gateway: Pushgateway, registry: Registry
) -> None:
    other = Registry()
    other.gauge("others", "Others.").set(1)
    assert push("adding", url=gateway.url, registry=registry)
    assert push("adding", url=gateway.url, registry=other, replace=False)
    assert any(labels["job"] == "adding" for _, labels, _ in gateway.samples("rows_total"))
    assert push("adding", url=gateway.url, registry=other)
    assert not any(labels["job"] == "adding" for _, labels, _ in gateway.samples("rows_total"))
    assert any(labels["job"] == "adding" for _, labels, _ in gateway.samples("others"))


@pytest.mark.real
def test_the_pushgateway_says_why_it_refuses(gateway: Pushgateway) -> None:
    mine, clashing = Registry(), Registry()
    mine.gauge("clash", "Clash.").set(1)
    clashing.histogram("clash", "Clash.").observe(1)
    assert push("one", url=gateway.url, registry=mine)
    result = push("two", url=gateway.url, registry=clashing)
    assert result.outcome is PushOutcome.REFUSED
    assert "clash" in result.detail
    assert clashing.drops.read()[DropReason.PUSH] == 1


def test_our_own_server_takes_the_same_push(tmp_path: Path, registry: Registry) -> None:
    server = Server(tmp_path)
    server.run(sys.executable, "-c", "import time; time.sleep(60)")
    try:
        assert push("nightly", url=server.url, grouping_key={"path": "/a"}, registry=registry)
        assert eventually(lambda: server.value('rows_total{job="nightly",path="/a"}') == 41, "the row count")
        assert delete_pushed("nightly", url=server.url, grouping_key={"path": "/a"})
        assert eventually(lambda: server.value('rows_total{job="nightly"}') is None, "the series has ended")
    finally:
        server.stop()


def test_our_own_server_with_a_password_takes_it_from_the_url(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESKWATCH_PASSWORD", "p@ss word")
    server = Server(tmp_path)
    server.run(sys.executable, "-c", "import time; time.sleep(60)", settings="password: env:DESKWATCH_PASSWORD\n")
    try:
        assert push("nightly", url=server.url, registry=registry).detail.startswith("401")
        with_password = server.url.replace("://", "://push:p%40ss%20word@")
        assert push("nightly", url=with_password, registry=registry)
    finally:
        server.stop()


@pytest.fixture
def drops(registry: Registry) -> Callable[[], int]:
    return lambda: registry.drops.read()[DropReason.PUSH]


def test_a_gateway_that_is_down_is_said_and_not_raised(registry: Registry, drops: Callable[[], int]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        assert push("x", url=url, registry=registry).outcome is PushOutcome.UNREACHABLE
    assert drops() == 1


@pytest.fixture
def dripping() -> Iterator[str]:
    """The URL of a server that takes a connection and then says a byte now and then, without an end."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            peer, _ = listening.accept()
            with peer:
                while not stop.wait(0.02):
                    try:
                        peer.sendall(b"H")
                    except OSError:
                        return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        stop.set()
        thread.join()


def test_the_deadline_holds_whatever_the_server_does(
    dripping: str, registry: Registry, drops: Callable[[], int]
) -> None:
    begun = time.monotonic()
    assert push("x", url=dripping, registry=registry, timeout_seconds=0.3).outcome is PushOutcome.TIMEOUT
    assert time.monotonic() - begun < 2
    assert drops() == 1


def _whole_request(peer: socket.socket) -> bytes:
    """Read all of it: what is left unread resets the connection."""
    with peer.makefile("rb") as stream:
        head = b"".join(iter(stream.readline, b"\r\n"))
        stream.read(int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0]))
    return head


def test_a_password_in_the_url_goes_as_http_basic(registry: Registry) -> None:
    heads: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            peer, _ = listening.accept()
            with peer:
                heads.append(_whole_request(peer))
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        place = f"127.0.0.1:{listening.getsockname()[1]}"
        assert push("x", url=f"http://me:p%40ss@{place}/sub", registry=registry)
        thread.join()
    assert b"PUT /sub/metrics/job/x HTTP/1.1" in heads[0]
    assert b"Authorization: Basic bWU6cEBzcw==" in heads[0]
    assert f"Host: {place}\r\n".encode() in heads[0]


@pytest.mark.real
def test_a_job_can_push_as_its_very_last_deed(gateway: Pushgateway, tmp_path: Path) -> None:
    job = (
        "import atexit, deskwatch\n"
        f"atexit.register(lambda: print(deskwatch.push('last', url={gateway.url!r}).outcome))\n"
        "deskwatch.default_registry().gauge('last_deed', 'Last.').set(7)\n"
    )
    done = subprocess.run([sys.executable, "-c", job], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout == "done\n"
    assert [value for _, _, value in gateway.samples("last_deed")] == [7.0]
