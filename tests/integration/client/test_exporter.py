from __future__ import annotations

import gzip
import os
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from deskwatch.client.metrics import DropReason, Exporter, Registry


@pytest.fixture
def registry() -> Registry:
    registry = Registry()
    registry.gauge("level", "Level.").set(4)
    return registry


@pytest.fixture
def exporter(registry: Registry) -> Iterator[Exporter]:
    exporter = Exporter(registry)
    exporter.start()
    yield exporter
    exporter.stop()


def get(url: str, **headers: str) -> tuple[bytes, dict[str, str]]:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=5) as answer:
        return answer.read(), dict(answer.headers)


def test_it_serves_what_the_registry_exposes(exporter: Exporter) -> None:
    assert exporter.url is not None
    body, headers = get(exporter.url)
    assert b"\nlevel 4.0\n" in body
    assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"


def test_it_compresses_when_asked(exporter: Exporter) -> None:
    assert exporter.url is not None
    body, headers = get(exporter.url, **{"Accept-Encoding": "gzip"})
    assert headers["Content-Encoding"] == "gzip"
    assert b"\nlevel 4.0\n" in gzip.decompress(body)


def test_another_path_is_not_found(exporter: Exporter) -> None:
    assert exporter.url is not None
    with pytest.raises(urllib.error.HTTPError, match="404") as raised:
        get(exporter.url + "/x")
    raised.value.close()


def test_a_port_that_is_taken_does_not_raise(registry: Registry) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        exporter = Exporter(registry, port=taken.getsockname()[1])
        assert exporter.start() is None
    assert exporter.url is None
    assert registry.drops.read()[DropReason.EXPORTER] == 1


def test_waiting_ends_with_the_next_scrape_and_not_with_one_before(exporter: Exporter) -> None:
    assert exporter.url is not None
    get(exporter.url)
    assert not exporter.wait_scraped(timeout_seconds=0.05)
    timer = threading.Timer(0.05, get, [exporter.url])
    timer.start()
    assert exporter.wait_scraped(timeout_seconds=5)
    timer.join()


def test_a_peer_that_goes_away_leaves_the_server_well(exporter: Exporter, capfd: pytest.CaptureFixture[str]) -> None:
    assert exporter.url is not None
    host, port = exporter.url.split("/")[2].split(":")
    for _ in range(3):
        socket.create_connection((host, int(port))).close()
    assert get(exporter.url)[0]
    assert capfd.readouterr().err == ""


def test_a_forked_child_gives_the_port_back_to_the_parent(exporter: Exporter) -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0 if exporter.url is None else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert exporter.url is not None
    assert get(exporter.url)[0]
