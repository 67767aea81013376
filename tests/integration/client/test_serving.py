from __future__ import annotations

import os
import socket
import urllib.request
from collections.abc import Iterator

import pytest

from client_fakes import CollectingLink
from deskwatch.client.metrics import DropReason, Exporter, Registry
from deskwatch.client.metrics.serving import leave, serve


@pytest.fixture
def registry() -> Registry:
    registry = Registry()
    registry.gauge("level", "Level.").set(4)
    return registry


@pytest.fixture
def link() -> CollectingLink:
    return CollectingLink()


@pytest.fixture
def exporter(registry: Registry, link: CollectingLink) -> Iterator[Exporter]:
    exporter = serve(registry, link=link)
    yield exporter
    exporter.stop()


def port(exporter: Exporter) -> int:
    assert exporter.url is not None
    return int(exporter.url.split(":")[2].partition("/")[0])


def read(exporter: Exporter) -> bytes:
    assert exporter.url is not None
    with urllib.request.urlopen(exporter.url, timeout=5) as answer:
        return bytes(answer.read())


def test_the_monitor_is_told_where(exporter: Exporter, link: CollectingLink) -> None:
    assert [record["metrics_url"] for record in link.of_kind("hello")] == [exporter.url]


def test_who_asks_for_the_same_port_or_for_any_gets_the_same_server(
    exporter: Exporter, registry: Registry, link: CollectingLink
) -> None:
    assert serve(registry, port(exporter), link=link) is exporter
    assert serve(registry, link=link) is exporter


def test_it_stops_when_the_last_one_has_left(exporter: Exporter, registry: Registry, link: CollectingLink) -> None:
    assert serve(registry, link=link) is exporter
    leave(exporter)
    assert b"level 4.0" in read(exporter)
    leave(exporter)
    assert exporter.url is None


def test_another_registry_cannot_have_the_same_port_and_is_told(exporter: Exporter, link: CollectingLink) -> None:
    other = Registry()
    assert serve(other, port(exporter), link=link).url is None
    assert other.drops.read()[DropReason.EXPORTER] == 1
    assert b"level 4.0" in read(exporter)


def test_a_server_that_was_stopped_is_not_shared(exporter: Exporter, registry: Registry, link: CollectingLink) -> None:
    exporter.stop()
    again = serve(registry, link=link)
    assert again is not exporter
    assert b"level 4.0" in read(again)
    again.stop()


def test_a_port_that_is_taken_by_another_process_does_not_raise(registry: Registry, link: CollectingLink) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert serve(registry, taken.getsockname()[1], link=link).url is None
    assert registry.drops.read()[DropReason.EXPORTER] == 1


def test_a_forked_child_serves_on_a_port_of_its_own(
    exporter: Exporter, registry: Registry, link: CollectingLink
) -> None:
    pid = os.fork()
    if pid == 0:
        child = serve(registry, link=link)
        os._exit(0 if child is not exporter and b"level 4.0" in read(child) else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert b"level 4.0" in read(exporter)
