"""What a bot raises fires at once, counts, survives a restart, and ends when it was quiet for five minutes."""

from __future__ import annotations

import itertools

import pytest

from alerting_bench import bench
from deskwatch.errors import StorageError, StorageReason
from deskwatch.server.alerting import RaisedAlerts, was_raised
from deskwatch.server.alerting.raised import MAX_ACTIVE, QUIET_SECONDS
from deskwatch.server.ingest import RaisedAlert
from deskwatch.testing import CollectingNotifier

pytestmark = pytest.mark.anyio

IDS = itertools.count()


def raised(title: str = "Kill switch PnL activated", times: int = 1, *, id: str = "", **more: object) -> RaisedAlert:  # noqa: A002
    given = {"message": "PnL is -5.12%", "component": "risk_management", **more}
    return RaisedAlert(ts_ms=1, id=id or f"r{next(IDS)}", severity="critical", title=title, times=times, **given)  # type: ignore[arg-type]


@pytest.fixture
def notifier() -> CollectingNotifier:
    return CollectingNotifier()


@pytest.fixture
async def it(tmp_path, notifier):
    async with bench(tmp_path, notifier) as running:
        yield running


def told(notifier: CollectingNotifier) -> list[tuple[str, str]]:
    return [(message.title, message.sections[0].lines[0]) for message, _ in notifier.sent]


async def test_it_is_told_at_once_with_its_words_and_details(it, notifier):
    alerts = RaisedAlerts(it.alerting.book, it.clock)
    await alerts.take("demo", [raised(details={"order_id": "A7"})])
    await it.settle()
    assert told(notifier) == [
        ("FIRING [critical] Kill switch PnL activated on demo", "PnL is -5.12% (order_id A7)"),
    ]


async def test_the_same_again_is_a_count_of_the_same_alert(it):
    alerts = RaisedAlerts(it.alerting.book, it.clock)
    await alerts.take("demo", [raised(), raised(times=4)])
    await alerts.take("demo", [raised()])
    (alert,) = await it.alerting.book.active()
    assert (alert.value, alert.annotations["unit"]) == (6.0, "times")


async def test_a_record_that_is_sent_again_counts_once(it):
    alerts = RaisedAlerts(it.alerting.book, it.clock)
    await alerts.take("demo", [raised(id="same")])
    await alerts.take("demo", [raised(id="same")])
    assert [alert.value for alert in await it.alerting.book.active()] == [1.0]


async def test_it_ends_when_it_was_quiet_and_says_so(it, notifier):
    alerts = RaisedAlerts(it.alerting.book, it.clock)
    await alerts.take("demo", [raised()])
    await it.settle()
    it.clock.advance(QUIET_SECONDS - 1)
    await alerts.step()
    assert len(await it.alerting.book.active()) == 1
    it.clock.advance(1)
    await alerts.step()
    await it.pass_time(60)
    assert await it.alerting.book.active() == []
    assert told(notifier)[-1] == (
        "RESOLVED [critical] Kill switch PnL activated on demo",
        "PnL is -5.12% (not raised again for 5m)",
    )


async def test_raised_after_its_end_it_pages_anew(it, notifier):
    alerts = RaisedAlerts(it.alerting.book, it.clock)
    for _ in range(2):
        await alerts.take("demo", [raised()])
        await it.settle()
        it.clock.advance(QUIET_SECONDS)
        await alerts.step()
        await it.pass_time(60)
    assert [title.split(" ")[0] for title, _ in told(notifier)] == ["FIRING", "RESOLVED", "FIRING", "RESOLVED"]


async def test_a_restart_takes_it_up_and_ends_it_later(it):
    await RaisedAlerts(it.alerting.book, it.clock).take("demo", [raised(times=3)])
    after = RaisedAlerts(it.alerting.book, it.clock)
    after.restore(await it.alerting.book.active())
    await after.take("demo", [raised()])
    assert [(was_raised(alert), alert.value) for alert in await it.alerting.book.active()] == [(True, 4.0)]
    it.clock.advance(QUIET_SECONDS)
    await after.step()
    assert await it.alerting.book.active() == []


async def test_what_was_not_committed_is_not_counted(it, monkeypatch):
    alerts = RaisedAlerts(it.alerting.book, it.clock)

    async def full_disk(*_: object) -> None:
        raise StorageError("no space", reason=StorageReason.DISK)

    with monkeypatch.context() as patch:
        patch.setattr(it.alerting.book, "publish", full_disk)  # a full disk cannot be had in a unit test
        with pytest.raises(StorageError):
            await alerts.take("demo", [raised(id="same")])
    await alerts.take("demo", [raised(id="same")])
    assert [alert.value for alert in await it.alerting.book.active()] == [1.0]


async def test_titles_without_end_are_told_together(it):
    alerts = RaisedAlerts(it.alerting.book, it.clock)
    await alerts.take("demo", [raised(f"Order {number} failed") for number in range(MAX_ACTIVE + 7)])
    active = await it.alerting.book.active()
    assert len(active) == MAX_ACTIVE + 1
    assert {alert.name: alert.value for alert in active}["Many different alerts"] == 7.0
