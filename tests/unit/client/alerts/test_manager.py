from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from enum import Enum
from pathlib import Path

import pytest

from client_fakes import CollectingLink, ManualSeconds
from deskwatch.client.alerts import AlertManager, AlertTemplates, Pace
from deskwatch.client.alerts.pace import MAX_ALERTS
from deskwatch.client.metrics import DropReason, Registry


class Desk:
    """A manager, what it sent, and its time."""

    def __init__(self, pace: Pace | None = None) -> None:
        self.link, self.now, self.registry = CollectingLink(), ManualSeconds(1_000.0), Registry()
        self.alerts = AlertManager(
            pace=pace, registry=self.registry, link=self.link, clock=self.now, monotonic=self.now
        )

    @property
    def told(self) -> list[tuple[str, str, int]]:
        return [(record["severity"], record["title"], record["times"]) for record in self.link.records]

    def pass_time(self, seconds: float) -> None:
        self.now.now += seconds
        self.alerts._release()


@pytest.fixture
def desk() -> Desk:
    return Desk(Pace(window_seconds=60.0))


def test_each_call_is_told_with_its_severity_and_at_once(desk: Desk) -> None:
    desk.alerts.critical(title="A", message="m", component="risk_management")
    desk.alerts.high(title="B", message="m", component="c")
    desk.alerts.medium(title="C", message="m", component="c")
    desk.alerts.info(title="D", message="m", component="c")
    assert desk.told == [("critical", "A", 1), ("high", "B", 1), ("medium", "C", 1), ("info", "D", 1)]
    first = desk.link.records[0]
    assert (first["kind"], first["message"], first["component"], first["ts_ms"], first["urgent"]) == (
        "alert",
        "m",
        "risk_management",
        1_000_000,
        True,
    )


def test_the_same_alert_within_the_window_is_one_more_message_with_the_count(desk: Desk) -> None:
    for _ in range(5):
        desk.alerts.critical("A", "m", "c")
    assert desk.told == [("critical", "A", 1)]
    desk.pass_time(59.9)
    assert len(desk.told) == 1
    desk.pass_time(0.1)
    assert desk.told[1:] == [("critical", "A", 4)]


def test_another_component_or_severity_is_another_alert(desk: Desk) -> None:
    desk.alerts.high("A", "m", "one")
    desk.alerts.high("A", "m", "two")
    desk.alerts.critical("A", "m", "one")
    assert len(desk.told) == 3


def test_a_storm_waits_its_turn_and_loses_nothing_but_a_critical_alert_passes_it() -> None:
    desk = Desk(Pace(window_seconds=0.0, per_minute=3))
    for number in range(5):
        desk.alerts.high(f"Alert {number}")
    desk.alerts.critical("Now")
    assert [title for _, title, _ in desk.told] == ["Alert 0", "Alert 1", "Alert 2", "Now"]
    desk.pass_time(60.0)
    assert [title for _, title, _ in desk.told[4:]] == ["Alert 3", "Alert 4"]


def test_alerts_that_are_too_many_to_tell_apart_are_told_together(desk: Desk) -> None:
    for number in range(MAX_ALERTS + 3):
        desk.alerts.critical(f"Order {number} failed", "why")
    assert desk.told[-1] == ("critical", "Many different alerts", 1)
    assert desk.link.records[-1]["message"] == f"The newest: Order {MAX_ALERTS} failed. why"
    desk.pass_time(60.0)
    assert desk.told[-1] == ("critical", "Many different alerts", 2)
    assert desk.registry.drops.read()[DropReason.ALERT] == 3


def test_alerts_that_have_gone_quiet_make_room(desk: Desk) -> None:
    for number in range(MAX_ALERTS):
        desk.alerts.critical(f"Order {number} failed")
    desk.pass_time(61.0)
    desk.alerts.critical("Another")
    assert desk.told[-1] == ("critical", "Another", 1)


def test_what_is_held_back_is_told_at_the_end(desk: Desk) -> None:
    for _ in range(3):
        desk.alerts.info("A")
    desk.alerts.flush()
    desk.alerts.flush()
    assert desk.told == [("info", "A", 1), ("info", "A", 2)]


def test_a_template_names_the_switch_and_both_figures(desk: Desk) -> None:
    desk.alerts.send_alert(**AlertTemplates.kill_switch_activated("PnL", -0.0512, -0.05))
    (record,) = desk.link.records
    assert (record["severity"], record["title"], record["component"]) == (
        "critical",
        "Kill switch PnL activated",
        "risk_management",
    )
    assert record["message"] == "PnL is -5.12%, the limit is -5.00%. Trading stops."


class TheirSeverity(Enum):
    P1 = "high"


@pytest.mark.parametrize(("given", "known"), [("P0", "critical"), ("p2", "medium"), (TheirSeverity.P1, "high")])
def test_severities_go_by_all_their_names(desk: Desk, given: object, known: str) -> None:
    desk.alerts.send_alert(given, "A")  # type: ignore[arg-type]
    assert desk.told == [(known, "A", 1)]


class Hostile:
    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


@pytest.mark.parametrize(
    "raise_it",
    [
        lambda alerts: alerts.send_alert("URGENT!", "A"),
        lambda alerts: alerts.critical(Hostile()),
        lambda alerts: alerts.critical(""),
    ],
)
def test_an_alert_whose_words_cannot_be_read_is_told_as_critical_and_counted(
    desk: Desk, raise_it: Callable[[AlertManager], None]
) -> None:
    raise_it(desk.alerts)
    assert [severity for severity, _, _ in desk.told] == ["critical"]
    assert desk.registry.drops.read()[DropReason.ALERT] == 1


def test_details_are_text_and_bounded(desk: Desk) -> None:
    desk.alerts.critical("A", "m", "c", order_id=7, bad=Hostile(), **{f"k{n}": "x" * 9_000 for n in range(50)})
    details = desk.link.records[0]["details"]
    assert (details["order_id"], details["bad"], len(details), len(details["k1"])) == ("7", "unreadable", 20, 500)


def test_a_detail_may_have_any_name(desk: Desk) -> None:
    desk.alerts.critical("A", severity="x", kind="y")
    assert desk.link.records[0]["details"] == {"severity": "x", "kind": "y"}


def test_the_held_back_is_told_by_a_thread_without_another_call() -> None:
    link = CollectingLink()
    came = threading.Event()
    original = link.send

    def send(record: dict[str, object], *, urgent: bool = False) -> None:
        original(record, urgent=urgent)
        if record["times"] == 2:
            came.set()

    link.send = send  # type: ignore[method-assign]
    alerts = AlertManager(pace=Pace(window_seconds=0.05), registry=Registry(), link=link)
    for _ in range(3):
        alerts.high("A")
    assert came.wait(10)
    assert [record["times"] for record in link.records] == [1, 2]


def test_threads_lose_no_alert() -> None:
    desk = Desk(Pace(window_seconds=60.0))
    threads = [threading.Thread(target=lambda: [desk.alerts.critical("A") for _ in range(500)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    desk.alerts.flush()
    assert sum(times for _, _, times in desk.told) == 4_000


def test_without_a_monitor_the_alert_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    from deskwatch.client.link import NoLink

    alerts = AlertManager(registry=Registry(), link=NoLink())
    before = set(threading.enumerate())
    alerts.critical("Kill switch", "stopped", "risk", limit=5)
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
    gc.collect()
    assert "alert [critical] Kill switch: stopped {'limit': '5'}" in caplog.text


def test_the_pace_is_read_from_the_file_that_the_bot_has(tmp_path: Path) -> None:
    path = tmp_path / "monitoring_config.yaml"
    path.write_text("slack: {webhook: x}\nalert_manager: {window_seconds: 5, per_minute: 2, channels: [slack]}\n")
    alerts = AlertManager(config_path=str(path), registry=Registry(), link=CollectingLink())
    assert alerts._pace == Pace(window_seconds=5, per_minute=2)
    path.write_text("slack: {webhook: x}\n")
    assert AlertManager(path, registry=Registry(), link=CollectingLink())._pace == Pace()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "alert_manager: {per_minute: many}",
            "alert_manager.per_minute must be a whole number of 1 to 10000, was 'many'",
        ),
        ("alert_manager: {window_seconds: -1}", "window_seconds must be a number of 0 to 86400, was -1"),
        ("alert_manager: 3", "must hold keys such as window_seconds, was 3"),
        ("a: [", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_says_what_would_be_right(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match=says):
        AlertManager(path)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"nowhere\.yaml cannot be read"):
        AlertManager(tmp_path / "nowhere.yaml")
