"""The whole text of the message for a drawdown, and what is said in special cases."""

from __future__ import annotations

from dataclasses import replace

from alert_factory import START_MS, firing, resolved
from deskwatch.model import Labels
from deskwatch.server.alerting.context import Context, Position
from deskwatch.server.alerting.notification import FlushReason, Notice, Notification, ordered
from deskwatch.server.alerting.notify import render

WRITTEN_MS = START_MS + 125_000
CONTEXT = Context(
    bot="demo",
    currency="USD",
    pnl_day=-1234.5,
    pnl_total=250.0,
    equity=98_765.4,
    positions=(Position("BTC-PERP", 2.5, 95_000.0),),
    guard_state="ACTIVE",
    log_lines=("sold 1", "sold 2", "bought 3"),
    link="http://127.0.0.1:9990/bot/demo",
)


def notification(*alerts, heard=False, context=None, reason=FlushReason.FIRST_FIRING):
    notices = ordered(Notice(alert, heard) for alert in alerts)
    return Notification("{}:{}", Labels(), "desk", reason, notices, WRITTEN_MS, context=context, url="http://desk/")


def text(*alerts, now_ms=WRITTEN_MS, **settings):
    return render(notification(*alerts, **settings), now_ms).text


def test_the_message_says_what_how_bad_since_when_pnl_position_log_and_link():
    alert = firing()
    alert = replace(alert, annotations={**alert.annotations, "quantity": "drawdown", "runbook": "runbooks/Drawdown.md"})
    assert text(alert, context=CONTEXT) == (
        "FIRING [critical] Drawdown on demo\n"
        "What: Drawdown is bad\n"
        "How bad: drawdown 10.4 %, limit 10.0 %\n"
        "Since: 2022-01-01 00:00:00 UTC (for 2m5s)\n"
        "P&L: today -1,234.50 USD, total +250.00 USD, equity 98,765.40 USD\n"
        "Position: BTC-PERP 2.5 (95,000.00 USD)\n"
        "Guard: ACTIVE\n"
        "Log:\n"
        "  sold 1\n"
        "  sold 2\n"
        "  bought 3\n"
        "Link: http://127.0.0.1:9990/bot/demo\n"
        "Runbook: http://desk/runbooks/Drawdown.md"
    )


def test_a_resolved_message_says_until_when():
    said = text(resolved(firing(), START_MS + 60_000), heard=True)
    assert said.startswith("RESOLVED [critical]")
    assert "Since: 2022-01-01 00:00:00 UTC until 2022-01-01 00:01:00 UTC (for 1m)" in said


def test_an_alert_about_a_state_has_no_figure():
    alert = firing()
    assert "How bad" not in text(replace(alert, annotations={"summary": "is down", "unit": "state"}))


def test_without_a_limit_the_value_stands_alone():
    assert "How bad: 10.4 %\n" in text(replace(firing(), limit=None))


def test_unknown_and_flat_positions_are_told_apart():
    assert "Position: unknown" in text(firing(), context=Context())
    assert "Position: flat" in text(firing(), context=Context(positions=()))


def test_more_than_five_alerts_are_counted():
    said = text(*(firing(f"Alert{number}") for number in range(8)))
    assert "What 5/8: firing: Alert4 is bad" in said
    assert "And: 3 more alerts" in said


def test_the_worst_alert_stands_first():
    said = text(firing("Mild", severity="warning"), firing("Bad", at_ms=START_MS + 1))
    assert said.index("Bad is bad") < said.index("Mild is bad")
    assert said.startswith("FIRING [critical]")


def test_a_late_message_says_when_it_was_written():
    assert "Late: written 2022-01-01 00:02:05 UTC" in text(firing(), now_ms=WRITTEN_MS + 60_001)
    assert "Late" not in text(firing(), now_ms=WRITTEN_MS + 60_000)


def test_a_possible_repeat_and_a_fallback_are_marked():
    message = render(notification(firing()), WRITTEN_MS, repeat_of="12", fallback_of="telegram")
    assert message.title.endswith("(possible repeat of #12)")
    assert "Note: channel telegram has not taken this message" in message.text


def test_a_runbook_that_is_no_address_is_shown_as_it_is():
    alert = firing()
    assert "Runbook: http://[oops" in text(replace(alert, annotations={**alert.annotations, "runbook": "http://[oops"}))


def test_text_from_outside_is_cleaned():
    alert = replace(firing(), annotations={"summary": "a\x00b\x1b[31m\ud800\u202ec"})
    assert "What: a\ufffdb\ufffd[31m\ufffd\ufffdc" in text(alert)
