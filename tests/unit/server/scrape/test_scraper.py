"""A scrape brings samples and up, or up 0 and the reason; targets do not disturb each other."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable

import httpx
import pytest
from prometheus_client import CollectorRegistry

from deskwatch.errors import ScrapeReason
from deskwatch.model import Labels, Scrape
from deskwatch.server.ingest import Parser
from deskwatch.server.scrape import Scraper, Target, TargetHealth
from deskwatch.testing import ManualClock

pytestmark = pytest.mark.anyio

TARGET = Target("demo", "http://127.0.0.1:8000/metrics", 5000, 1000, labels={"bot": "demo"})
META = ("up", "scrape_duration_seconds", "scrape_samples_scraped")


class Collected:
    """Keeps what is appended."""

    def __init__(self) -> None:
        self.scrapes: list[Scrape] = []

    def append(self, scrape: Scrape) -> None:
        self.scrapes.append(scrape)

    def last(self, source: str) -> dict[str, float]:
        scrape = [one for one in self.scrapes if one.source == source][-1]
        return {labels.name: value for labels, value in zip(scrape.series, scrape.values, strict=True)}


class Desk:
    """A scraper whose targets answer as the test says."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self.clock = ManualClock()
        self.kept = Collected()
        self.registry = CollectorRegistry()
        self.asked: list[httpx.Request] = []

        def handle(request: httpx.Request) -> httpx.Response:
            self.asked.append(request)
            return answer(request)

        self.scraper = Scraper(
            self.kept, Parser, self.clock, registry=self.registry, transport=httpx.MockTransport(handle)
        )

    async def scrape(self, target: Target = TARGET) -> None:
        self.scraper.add(target, start=False)
        await self.scraper.scrape_once(target)


def ok(text: str) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: page(text)


def page(text: str, status: int = 200) -> httpx.Response:
    return httpx.Response(status, stream=httpx.ByteStream(text.encode()))


async def test_a_scrape_brings_the_samples_with_the_labels_of_the_target():
    desk = Desk(ok("a 1\n"))
    await desk.scrape()
    expected = Labels({"__name__": "a", "job": "demo", "instance": "127.0.0.1:8000", "bot": "demo"})
    assert desk.kept.scrapes[0] == Scrape("scrape:demo/127.0.0.1:8000", desk.clock.now_ms(), (expected,), [1.0])
    assert desk.kept.last("up:scrape:demo/127.0.0.1:8000") == dict(zip(META, (1.0, 0.0, 1.0), strict=True))


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (httpx.Response(500), ScrapeReason.HTTP_STATUS),
        (httpx.Response(302, headers={"Location": "http://169.254.169.254/"}), ScrapeReason.HTTP_STATUS),
        (httpx.Response(200, stream=httpx.ByteStream(b"<html>")), ScrapeReason.NOT_EXPOSITION),
        (
            httpx.Response(200, headers={"Content-Encoding": "br"}, stream=httpx.ByteStream(b"x")),
            ScrapeReason.NOT_EXPOSITION,
        ),
        (
            httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"a 1\n")),
            ScrapeReason.NOT_EXPOSITION,
        ),
        (
            httpx.Response(
                200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(gzip.compress(b"a 1\n")[:-9])
            ),
            ScrapeReason.NOT_EXPOSITION,
        ),
        (httpx.Response(200, stream=httpx.ByteStream(b"#" * (16 * 2**20 + 1))), ScrapeReason.BODY_TOO_LARGE),
        (
            httpx.Response(
                200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(gzip.compress(bytes(2**25)))
            ),
            ScrapeReason.BODY_TOO_LARGE,
        ),
        (
            httpx.Response(200, stream=httpx.ByteStream("".join(f"a{i} 1\n" for i in range(50_001)).encode())),
            ScrapeReason.SAMPLE_LIMIT,
        ),
    ],
)
async def test_a_failed_scrape_is_down_with_its_reason_and_ends_the_series(response, reason):
    desk = Desk(lambda _: response)
    await desk.scrape()
    (state,) = desk.scraper.targets()
    assert (state.health, state.reason) == (TargetHealth.DOWN, reason)
    assert state.error
    assert desk.kept.scrapes[0].series == ()
    assert desk.kept.last("up:scrape:demo/127.0.0.1:8000")["up"] == 0.0
    assert desk.registry.get_sample_value("deskwatch_scrape_failures_total", {"reason": reason.value}) == 1.0
    assert len(desk.asked) == 1  # no redirect is followed


async def test_a_gzip_body_is_read():
    packed = gzip.compress(b"a 1\n")
    desk = Desk(lambda _: httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(packed)))
    await desk.scrape()
    assert desk.kept.last("scrape:demo/127.0.0.1:8000") == {"a": 1.0}


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (httpx.ConnectError("no route"), ScrapeReason.NETWORK),
        (httpx.ReadError("reset"), ScrapeReason.NETWORK),
        (httpx.RemoteProtocolError("no HTTP"), ScrapeReason.NETWORK),
    ],
)
async def test_a_fault_of_the_network_is_told(fault, reason):
    def fail(_: httpx.Request) -> httpx.Response:
        raise fault

    desk = Desk(fail)
    await desk.scrape()
    assert desk.scraper.targets()[0].reason is reason


async def test_every_reason_is_counted_from_the_start():
    desk = Desk(ok(""))
    for reason in ScrapeReason:
        assert desk.registry.get_sample_value("deskwatch_scrape_failures_total", {"reason": reason.value}) == 0.0
    assert desk.registry.get_sample_value("deskwatch_scrape_attempts_total") == 0.0


async def test_a_target_that_recovers_has_no_reason():
    answers = iter([httpx.Response(500), page("a 1\n")])
    desk = Desk(lambda _: next(answers))
    await desk.scrape()
    await desk.scraper.scrape_once(TARGET)
    (state,) = desk.scraper.targets()
    assert (state.health, state.reason, state.error, state.samples) == (TargetHealth.UP, None, "", 1)


async def test_a_removed_target_ends_its_series_and_its_up():
    desk = Desk(ok("a 1\n"))
    await desk.scrape()
    desk.scraper.remove("demo")
    assert desk.scraper.targets() == []
    assert desk.kept.last("scrape:demo/127.0.0.1:8000") == {}
    assert desk.kept.last("up:scrape:demo/127.0.0.1:8000") == {}


async def test_a_target_is_read_once_an_interval():
    desk = Desk(ok("a 1\n"))
    desk.scraper.add(TARGET)
    await settle()
    for _ in range(20):
        desk.clock.advance(1)
        await settle()
    assert len(desk.asked) == 4
    await desk.scraper.close()


async def test_a_long_pause_of_the_machine_makes_no_burst():
    desk = Desk(ok("a 1\n"))
    desk.scraper.add(TARGET)
    await settle()
    desk.clock.advance(600)
    await settle()
    assert len(desk.asked) == 1
    await desk.scraper.close()


async def test_the_rules_hear_of_each_scrape():
    heard: list[tuple[Scrape, Scrape]] = []
    kept = Collected()
    scraper = Scraper(
        kept,
        Parser,
        ManualClock(),
        registry=CollectorRegistry(),
        on_scrape=lambda scrape, meta: heard.append((scrape, meta)),
        transport=httpx.MockTransport(ok("a 1\n")),
    )
    scraper.add(TARGET, start=False)
    await scraper.scrape_once(TARGET)
    assert [list(pair) for pair in heard] == [kept.scrapes]


async def settle() -> None:
    for _ in range(50):
        await asyncio.sleep(0)
