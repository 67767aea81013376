"""The pages as a person sees them: real Chromium, made-up data in the shapes of the HTTP API."""

from __future__ import annotations

import re
import time
from typing import Any
from urllib.parse import parse_qs, quote, urlparse

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.real

PHONE = {"width": 390, "height": 844}
OPTION_OF = """async (title) => {
  const { echarts } = await import("nicegui-echart");
  const heads = [...document.querySelectorAll(".dw-panel h3")];
  const panel = heads.find((head) => head.textContent === title && head.offsetParent).closest(".dw-panel");
  const option = echarts.getInstanceByDom(panel.querySelector(".dw-chart")).getOption();
  return { series: option.series.map(({ id, data, markLine }) => ({
    id, points: data.length,
    words: (markLine?.data ?? []).map((line) => line.label.formatter()),
    levels: (markLine?.data ?? []).map((line) => line.yAxis ?? null) })) };
}"""
AXES = """async () => {
  const { echarts } = await import("nicegui-echart");
  const charts = [...document.querySelectorAll(".dw-part-bot .dw-chart")].map(echarts.getInstanceByDom).filter(Boolean);
  return charts.map((chart) => chart.getOption().xAxis[0]).map(({ min, max }) => [min, max]);
}"""
INK_OF = """(canvas) => {
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  const colours = new Set();
  for (let at = 0; at < pixels.length; at += 4) if (pixels[at + 3]) colours.add(pixels.slice(at, at + 3).join());
  return colours.size;
}"""
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(2)</script>",
    '"><svg onload=alert(3)>',
    "{{constructor.constructor('alert(4)')()}}",
    "${alert(5)}`${alert(6)}`",
    "javascript:alert(7)",
    "</textarea><iframe srcdoc='<script>parent.alert(8)</script>'>",
]


def alert(**changes: Any) -> dict[str, Any]:
    now_ms = int(time.time() * 1000)
    return {
        "fingerprint": "f1",
        "name": "DrawdownPastLimit",
        "severity": "critical",
        "state": "firing",
        "summary": "Drawdown of momentum is 10.4 % and the position is open",
        "value": 0.104,
        "limit": 0.1,
        "unit": "ratio",
        "active_at_ms": now_ms - 125_000,
        "fired_at_ms": now_ms - 5_000,
        "resolved_at_ms": None,
        "labels": {"bot": "momentum"},
        "incident_id": None,
        "acknowledged_by": None,
    } | changes


def event(number: int, kind: str, **changes: Any) -> dict[str, Any]:
    ts_ms = int(time.time() * 1000) - 60_000
    return {"id": number, "ts_ms": ts_ms, "kind": kind, "bot": "momentum", "subject": "", "detail": {}} | changes


def wait_for_chart(page: Page) -> None:
    page.locator(".dw-chart canvas").first.wait_for()


def scrolls_sideways(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def test_the_desk_draws_charts_and_nothing_leaves_the_machine(serve: Any, look: Any) -> None:
    server = serve()
    page, seen = look(server.url)
    wait_for_chart(page)
    expect(page.locator(".dw-panel:visible h3")).to_have_count(14)
    assert page.locator(".dw-chart canvas").first.evaluate(INK_OF) > 20
    assert page.evaluate(OPTION_OF, "Equity")["series"][0]["points"] > 400
    assert {urlparse(url).hostname for url in seen.requests if not url.startswith("data:")} == {"127.0.0.1"}
    assert seen.console == []


def test_the_strip_says_state_and_numbers_in_words(serve: Any, look: Any) -> None:
    server = serve(state="HALTED", reason="max_drawdown: 15.2 % of 15.0 %")
    page, _ = look(server.url)
    strip = page.locator(".dw-strip")
    expect(strip.locator(".dw-pill").first).to_have_text("HALTED")
    expect(strip).to_contain_text("max_drawdown: 15.2 % of 15.0 %")
    expect(strip).to_contain_text("-1,843.07 USDT")
    expect(strip).to_contain_text("limit 15.0 %")


def test_drawdown_is_drawn_with_the_limits_of_rules_and_guard(serve: Any, look: Any) -> None:
    page, _ = look(serve().url)
    wait_for_chart(page)
    expect(page.locator(".dw-legend", has_text="guard halts momentum")).to_contain_text("15.0 %")
    page.wait_for_function(
        f"async () => (await ({OPTION_OF})('Drawdown from the equity peak')).series.at(-1).words.length === 3"
    )
    limits = page.evaluate(OPTION_OF, "Drawdown from the equity peak")["series"][-1]
    assert limits["words"] == ["warning 8.0 %", "page 10.0 %", "guard halts 15.0 %"]
    assert limits["levels"] == [0.08, 0.1, 0.15]


def test_a_firing_alert_is_seen_within_two_seconds(serve: Any, look: Any) -> None:
    server = serve()
    page, _ = look(server.url)
    expect(page.locator(".dw-alerts:visible")).to_contain_text("no alert is pending or firing")
    server.tell(alerts=[alert()])
    row = page.locator(".dw-alerts:visible tr[data-state=firing]")
    expect(row).to_contain_text("DrawdownPastLimit", timeout=2000)
    expect(row).to_contain_text("10.4 % / 10.0 %")
    expect(row.locator(".dw-pill")).to_have_text("firing")
    expect(row.locator(".dw-pill svg")).to_have_count(1)


def test_the_edge_of_a_strip_takes_the_worst_alert_and_the_pill_keeps_the_state(serve: Any, look: Any) -> None:
    server = serve(alerts=[alert(severity="warning")])
    page, _ = look(server.url)
    strip = page.locator(".dw-strip")
    expect(strip).to_have_attribute("data-tone", "warn")
    server.tell(alerts=[alert()])
    expect(strip).to_have_attribute("data-tone", "bad")
    expect(strip.locator(".dw-pill").first).to_have_text("ACTIVE")


@pytest.mark.parametrize(
    ("ratio", "tone", "words"),
    [
        (0.07, "good", "well within its limit"),
        (0.075, "warn", "past half of its limit"),
        (0.12, "bad", "near its limit"),
        (0.15, "bad", "limit reached"),
    ],
)
def test_the_drawdown_is_told_in_colour_and_words(serve: Any, look: Any, ratio: float, tone: str, words: str) -> None:
    page, _ = look(serve(drawdown=ratio).url)
    meter = page.locator(".dw-drawdown")
    expect(meter).to_have_attribute("data-tone", tone)
    expect(meter).to_contain_text(words)


def test_a_halted_bot_says_what_to_do_next(serve: Any, look: Any) -> None:
    page, _ = look(serve(bots=["the bot's"], state="HALTED", reason="max_drawdown").url)
    command = """deskwatch guard reset --bot 'the bot'\\''s' --reason "…\""""
    expect(page.locator(".dw-next code")).to_have_text(command)
    expect(page.locator(".dw-next")).to_contain_text("New entries are refused")


def test_charts_begin_together_where_the_first_points_are(serve: Any, look: Any) -> None:
    page, seen = look(serve(age=100, lived=100).url)
    wait_for_chart(page)
    page.wait_for_function("() => document.querySelectorAll('.dw-part-bot .dw-chart canvas').length === 5")
    axes = page.evaluate(AXES)
    assert len({start for start, _ in axes}) == 1
    assert 95_000 < axes[0][1] - axes[0][0] < 130_000
    assert max(span_of(url) for url in seen.requests if "query_range" in url) == 300


def test_alerts_stand_with_the_worst_first(serve: Any, look: Any) -> None:
    rows = [
        alert(fingerprint="a", state="resolved", name="Old", resolved_at_ms=int(time.time() * 1000)),
        alert(fingerprint="b", state="pending", name="Soon", fired_at_ms=None),
        alert(fingerprint="c", severity="warning", name="Bad"),
        alert(fingerprint="d", name="Worst", acknowledged_by="mira"),
    ]
    page, _ = look(serve(alerts=rows).url)
    shown = page.locator(".dw-alerts:visible tbody b")
    expect(shown).to_have_text(["Worst", "Bad", "Soon", "Old"])
    expect(page.locator(".dw-alerts:visible tbody tr").first).to_contain_text("taken by mira")


def test_after_the_first_answer_only_new_points_are_fetched(serve: Any, look: Any) -> None:
    page, seen = look(serve().url)
    wait_for_chart(page)
    page.get_by_role("button", name="15m").click()
    for _ in range(30):  # until every panel has its first answer, however slow the machine
        before = len(seen.requests)
        page.wait_for_timeout(1500)
        if not any(span_of(url) == 900 for url in seen.requests[before:] if "query_range" in url):
            break
    before = len(seen.requests)
    page.wait_for_timeout(4500)
    spans = [span_of(url) for url in seen.requests[before:] if "query_range" in url]
    assert len(spans) >= 10
    assert max(spans) <= 10


def test_another_range_is_fetched_whole_and_kept(serve: Any, look: Any) -> None:
    server = serve()
    page, seen = look(server.url)
    wait_for_chart(page)
    with page.expect_request(lambda asked: "query_range" in asked.url and span_of(asked.url) == 21_600):
        page.get_by_role("button", name="6h").click()
    page.reload()
    expect(page.get_by_role("button", name="6h")).to_have_attribute("aria-pressed", "true")
    assert seen.console == []


def span_of(url: str) -> float:
    query = parse_qs(urlparse(url).query)
    return float(query["end"][0]) - float(query["start"][0])


def test_hostile_text_stays_text(serve: Any, look: Any) -> None:
    text = " ".join(HOSTILE)
    server = serve(
        bots=[text],
        reason=text,
        hostile=text,
        lines=HOSTILE,
        alerts=[alert(name=text, summary=text, severity=text, acknowledged_by=text, labels={"bot": text})],
        events=[event(1, "guard_tripped", subject=text, bot=text, detail={"reason": text}), event(2, text)],
    )
    for path in ("/", f"/bot/{quote(text, safe='')}"):
        page, seen = look(f"{server.url}{path}")
        page.wait_for_selector(".dw-strip h2")
        expect(page.locator(".dw-strip h2").first).to_have_text(text, use_inner_text=False)
        expect(page.locator(".dw-alerts:visible")).to_contain_text(text)
        wait_for_chart(page)
        box = page.locator(".dw-chart:visible").first.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(page.locator(".dw-tooltip").first).to_contain_text(text)
        assert page.locator("img[src=x], iframe, svg[onload]").count() == 0
        assert seen.dialogs == []
        assert seen.console == []


def test_a_hostile_bot_name_in_the_address_is_text(serve: Any, look: Any) -> None:
    server = serve()
    for text in HOSTILE:
        page, seen = look(f"{server.url}/bot/{quote(text, safe='')}")
        expect(page.locator(".dw-strips")).to_contain_text(f"watches no bot of the name {text}")
        assert seen.dialogs == []


def test_a_phone_shows_one_column_with_numbers_in_pairs_and_no_sideways_scroll(serve: Any, look: Any) -> None:
    page, _ = look(serve(alerts=[alert()]).url, **PHONE)
    wait_for_chart(page)
    lefts = page.evaluate(
        "[...document.querySelectorAll('.dw-cell')].filter((c) => c.offsetParent).map((c) => c.offsetLeft)"
    )
    assert len(lefts) == 14
    assert len(set(lefts)) == 2
    assert sum(left > min(lefts) for left in lefts) == 3, "of six small numbers every other stands on the right"
    assert not scrolls_sideways(page)
    tops = [
        page.locator(f"{kind}:visible").evaluate("(cell) => cell.offsetTop")
        for kind in (".dw-alerts", "[data-panel='1']", "[data-panel='2']", ".dw-events", ".dw-logs")
    ]
    assert tops == sorted(tops), "on a phone alerts stand before the charts and the log at the end"


@pytest.mark.parametrize(("width", "height"), [(844, 390), (1024, 768), (1440, 900), (1920, 1080)])
def test_no_size_scrolls_sideways(serve: Any, look: Any, width: int, height: int) -> None:
    page, _ = look(serve().url, width=width, height=height)
    wait_for_chart(page)
    assert not scrolls_sideways(page)


def test_a_lost_server_is_said_and_the_page_recovers_by_itself(mortal_server: Any, look: Any) -> None:
    server = mortal_server
    page, _ = look(server.url)
    wait_for_chart(page)
    expect(page.locator(".dw-lost")).to_have_count(0)
    server.stop()
    expect(page.locator(".dw-lost")).to_contain_text("No contact with deskwatch since", timeout=8000)
    expect(page.locator(".dw-chart canvas").first).to_be_visible()
    expect(page.locator(".dw-strips")).to_have_css("opacity", "0.7")
    server.start(state="REDUCING")
    expect(page.locator(".dw-lost")).to_have_count(0, timeout=10_000)
    expect(page.locator(".dw-strip .dw-pill").first).to_have_text("REDUCING", timeout=10_000)
    wait_for_chart(page)


def test_the_log_is_followed_until_the_reader_scrolls_up(serve: Any, look: Any) -> None:
    page, _ = look(serve(bots=["momentum"]).url)
    lines = page.locator(".dw-lines:visible")
    expect(lines.locator("div").nth(50)).to_be_attached()
    at_end = "(box) => box.scrollHeight - box.scrollTop - box.clientHeight < 2"
    page.wait_for_function(
        "() => [...document.querySelectorAll('.dw-lines')].some((box) => box.offsetParent && box.scrollTop > 0)"
    )
    assert lines.evaluate(at_end)
    lines.evaluate("(box) => { box.scrollTop = 10; }")
    expect(page.locator(".dw-follow:visible")).to_contain_text(re.compile(r"\d+ new lines"), timeout=4000)
    assert lines.evaluate("(box) => box.scrollTop") == 10
    page.locator(".dw-follow:visible").click()
    assert lines.evaluate(at_end)


def test_a_bot_without_our_client_shows_its_process_and_no_empty_chart(serve: Any, look: Any) -> None:
    page, seen = look(serve(bots=["legacy-grid"], instrumented=False).url)
    wait_for_chart(page)
    expect(page.locator(".dw-strip")).to_contain_text("reports no trading numbers")
    expect(page.locator(".dw-panel:visible h3", has_text="Equity")).to_have_count(0)
    expect(page.locator(".dw-panel:visible h3", has_text="CPU")).to_have_count(1)
    assert not any("trading_equity" in url for url in seen.requests)


def test_a_bot_that_has_not_traded_says_so(serve: Any, look: Any) -> None:
    server = serve(age=-3600)
    page, _ = look(server.url)
    expect(page.locator(".dw-panel:visible", has_text="Orders and fills")).to_contain_text("no fills yet")


def test_several_bots_stand_in_strips_that_lead_to_their_pages(serve: Any, look: Any) -> None:
    page, seen = look(serve(bots=["momentum", "mean-reversion"], events=[event(1, "first_fill")]).url)
    expect(page.locator(".dw-strip")).to_have_count(2)
    expect(page.locator(".dw-events:visible")).to_contain_text("First fill")
    page.get_by_role("link", name="mean-reversion").last.click()
    expect(page.locator(".dw-strip")).to_have_count(1)
    expect(page.locator(".dw-strip h2")).to_have_text("mean-reversion")
    wait_for_chart(page)
    assert "mean-reversion" in page.title()
    assert any('bot="mean-reversion"' in parse_qs(urlparse(url).query).get("query", [""])[0] for url in seen.requests)


def test_a_query_that_is_refused_is_told_in_the_panel(serve: Any, look: Any) -> None:
    page, _ = look(serve(refuse="trading_equity").url)
    panel = page.locator(".dw-panel:visible", has=page.get_by_text("Equity", exact=True))
    expect(panel.locator(".dw-message")).to_contain_text("not answered on purpose")
    wait_for_chart(page)
