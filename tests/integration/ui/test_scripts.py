"""The functions of ``static/lib``, called one by one in real Chromium, where they run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.real

PLAIN = {"kind": "number", "scale": 1, "prefix": "", "suffix": "", "money": False}
PERCENT = PLAIN | {"scale": 100, "suffix": " %"}
DOLLARS = PLAIN | {"prefix": "$"}
MONEY = PLAIN | {"money": True}


@pytest.fixture(scope="module")
def page(browser: Browser, shared_server: Any) -> Iterator[Page]:
    page = browser.new_page()
    page.goto(shared_server.url)
    page.wait_for_selector(".dw-strip h2")
    yield page
    page.close()


def call(page: Page, module: str, name: str, *arguments: object) -> Any:
    script = f'async (arguments_) => (await import("deskwatch/{module}.js")).{name}(...arguments_)'
    return page.evaluate(script, list(arguments))


@pytest.mark.parametrize(
    ("value", "field", "text"),
    [
        (0.104, {"unit": PERCENT, "decimals": 1}, "10.4 %"),
        (1234567.891, {"unit": MONEY, "decimals": 2}, "1,234,568 USDT"),
        (-9999.5, {"unit": MONEY, "decimals": 2}, "-9,999.50 USDT"),
        (0.00012, {"unit": MONEY}, "0.00012 USDT"),
        (-1.4, {"unit": PLAIN}, "-1.4"),
        (-0.0004, {"unit": PLAIN, "decimals": 2}, "0.00"),
        (0.00001234, {"unit": PLAIN}, "0.0000123"),
        (-12.5, {"unit": DOLLARS, "decimals": 2}, "-$12.50"),
        (82 * 1024 * 1024, {"unit": PLAIN | {"kind": "bytes_1024"}, "decimals": 0}, "82 MiB"),
        (8054, {"unit": PLAIN | {"kind": "duration"}}, "2h 14m"),
        (0.25, {"unit": PLAIN | {"kind": "duration"}}, "250 ms"),
        (2, {"unit": PLAIN, "mappings": [{"value": "2", "text": "HALTED"}]}, "HALTED"),
        (0.5, {"unit": PLAIN, "mappings": [{"from": 0, "to": 1, "text": "low"}]}, "low"),
        (None, {"unit": PLAIN}, "\u2013"),
        (float("nan"), {"unit": PERCENT}, "not a number"),
        (float("-inf"), {"unit": PERCENT}, "-∞"),
    ],
)
def test_a_number_is_written_in_its_unit(page: Page, value: float | None, field: dict[str, Any], text: str) -> None:
    assert call(page, "units", "formatValue", value, field, {"currency": "USDT"}) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.104, "ratio", "10.4 %"),
        (64, "seconds", "1m 4s"),
        (3, "restarts", "3 restarts"),
        (1, "state", ""),
        (5, "plain", "5"),
    ],
)
def test_the_value_of_an_alert_follows_the_unit_of_its_rule(page: Page, value: float, unit: str, text: str) -> None:
    assert call(page, "units", "formatAlertValue", value, unit) == text


def test_variables_are_filled_in_and_a_name_cannot_end_its_quotes(page: Page) -> None:
    values = {"bot": 'a"} or vector(1) #\\', "step": 2000, "scrapeMs": 1000, "rangeMs": 900_000}
    filled = call(page, "query", "fillIn", 'rate(x{bot="$bot"}[$__rate_interval]) + ${other} + $__range_s', values)
    assert filled == 'rate(x{bot="a\\"} or vector(1) #\\\\"}[4s]) + ${other} + 900'


@pytest.mark.parametrize(
    ("range_ms", "finest_ms", "step_ms"),
    [(300_000, 1000, 1000), (900_000, 1000, 2000), (86_400_000, 1000, 120_000), (300_000, 15_000, 15_000)],
)
def test_a_step_gives_at_most_720_points(page: Page, range_ms: int, finest_ms: int, step_ms: int) -> None:
    assert call(page, "query", "stepMs", range_ms, finest_ms) == step_ms
    assert range_ms / step_ms <= 720


@pytest.mark.parametrize(
    ("query", "limit"),
    [
        ("drawdown > 0.08", {"metric": "drawdown", "selector": "", "value": 0.08}),
        ("drawdown >= 1e-1 and on (bot) exposure > 0", {"metric": "drawdown", "selector": "", "value": 0.1}),
        ('drawdown{bot="a"} > 0.1', {"metric": "drawdown", "selector": '{bot="a"}', "value": 0.1}),
        ("drawdown / limit > 0.8", None),
        ("drawdown > limit", None),
        ("drawdown > 0.1 * 2", None),
        ("bot_up == 0", None),
    ],
)
def test_only_a_plain_comparison_is_drawn_as_a_limit(page: Page, query: str, limit: dict[str, Any] | None) -> None:
    assert call(page, "limits", "ruleLimit", query) == limit


def test_a_limit_of_another_bot_is_not_drawn(page: Page) -> None:
    rules = [
        {"name": "R", "query": f'drawdown{{bot="{bot}"}} > 0.1', "labels": {"severity": "warning"}} for bot in "ab"
    ]
    lines = call(page, "limits", "ruleLines", [{"expr": 'drawdown{bot="$bot"}'}], rules, "a")
    assert [(line["word"], line["value"]) for line in lines] == [("warning", 0.1)]


def test_a_missing_step_is_a_gap_and_a_late_point_replaces(page: Page) -> None:
    script = """async () => {
      const { RangeQuery } = await import("deskwatch/query.js");
      const query = new RangeQuery({ expr: "x", ref: "A", legend: "" });
      const at = (...values) => [{ metric: { __name__: "x" }, values }];
      query.merge(at([10, "1"], [12, "2"], [18, "3"]), 10000, 2000);
      query.merge(at([18, "4"], [20, "5"]), 18000, 2000);
      return query.frames()[0].points;
    }"""
    assert page.evaluate(script) == [[10000, 1], [12000, 2], [14000, None], [18000, 4], [20000, 5]]


def test_marks_that_stand_close_share_their_words(page: Page) -> None:
    def event(kind: str, ts_ms: int) -> dict[str, Any]:
        return {"kind": kind, "bot": "a", "ts_ms": ts_ms}

    events = [
        event("guard_tripped", 500),
        event("position_flat", 510),
        event("bot_exited", 900),
        event("first_fill", 600),
    ]
    marks = call(page, "events", "eventMarks", events, "a", 0, 1000)
    assert [mark["word"] for mark in marks] == ["guard tripped · flat", "", "bot ended"]


@pytest.mark.parametrize(
    ("choice", "lived_ms", "range_ms"),
    [
        ("auto", 299_000, 300_000),
        ("auto", 301_000, 900_000),
        ("auto", 901_000, 3_600_000),
        ("auto", 86_400_000, 3_600_000),
        ("6h", 10_000, 21_600_000),
    ],
)
def test_the_range_holds_what_the_bot_has_lived_until_a_person_chooses(
    page: Page, choice: str, lived_ms: int, range_ms: int
) -> None:
    assert call(page, "range", "rangeMsOf", choice, lived_ms) == range_ms


@pytest.mark.parametrize(
    ("choice", "first_ms", "begins_ms"),
    [
        ("auto", 0, 100_000),  # points fill the range
        ("auto", 250_000, 250_000),
        ("auto", 390_000, 370_000),  # never fewer than 30 s
        ("15m", 250_000, 100_000),  # half of a chosen range is filled: it is kept
        ("15m", 350_000, 350_000),  # most of it would be empty
    ],
)
def test_the_axis_begins_at_the_first_point(page: Page, choice: str, first_ms: int, begins_ms: int) -> None:
    assert call(page, "range", "axisStartMs", 100_000, 400_000, first_ms, choice) == begins_ms


@pytest.mark.parametrize(
    ("kind", "subject", "detail", "more"),
    [
        ("alert_pending", "Deep", {"summary": "Drawdown is 8.5%", "value": "0.085"}, "Drawdown is 8.5%"),
        ("alert_resolved", "Deep", {"summary": "Drawdown is 8.5%"}, "Deep"),
        ("incident_opened", "Drawdown is 8.5%", {"incident_id": 2, "severity": "critical"}, "number 2 · critical"),
        (
            "notification_delivered",
            "phone",
            {"alerts": ["Deep"], "status": "firing", "group_key": "{}"},
            "to phone · Deep firing",
        ),
        ("notification_retried", "phone", {"reason": "timeout", "error": "no answer"}, "to phone · no answer"),
        (
            "first_fill",
            "BTC-PERP",
            {"side": "BUY", "quantity": "6.39", "price": "46950.6946"},
            "BUY 6.39 BTC-PERP at 46,950.69",
        ),
        ("position_not_flat", "position", {"reported": {"A": "0", "B": "2"}, "sum_of_fills": None}, "reported 2 B"),
        ("guard_tripped", "max_drawdown", {"reason": "15 % of 15 %"}, "15 % of 15 %"),
        ("guard_tripped", "max_drawdown", {}, "max_drawdown"),
    ],
)
def test_an_event_is_told_in_words(page: Page, kind: str, subject: str, detail: dict[str, Any], more: str) -> None:
    told = call(page, "events", "eventWords", {"kind": kind, "subject": subject, "detail": detail})
    assert told["more"] == more


def test_a_queued_message_is_no_news(page: Page) -> None:
    assert [call(page, "events", "isTold", {"kind": f"notification_{word}"}) for word in ("queued", "delivered")] == [
        False,
        True,
    ]


def test_only_a_limit_that_moves_is_drawn_as_a_curve(page: Page) -> None:
    levels = [{"points": [[0, 1], [1, None], [2, 1]]}, {"points": [[0, 1], [1, 2]]}, {"points": []}]
    assert [call(page, "query", "isConstant", level) for level in levels] == [True, False, False]
