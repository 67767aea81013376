"""What goes into the tables comes out of them unchanged."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal

import pytest

from alert_factory import START_MS, firing, pending, resolved
from deskwatch.model import Event, EventKind
from deskwatch.server.storage.state import (
    BotRow,
    Fill,
    GroupId,
    GuardStateRow,
    IncidentState,
    OutboxState,
    Told,
    Transaction,
    alerts,
    bots,
    fills,
    group_log,
    guard_states,
    incidents,
    journal,
    outbox,
)
from deskwatch.server.storage.state.alerts import episode_of, key_of
from deskwatch.server.storage.state.migrate import migrate
from deskwatch.server.storage.state.sqlite import connect

GROUP = GroupId("{}:{}", "desk")
FILL = Fill(
    "demo", "1", START_MS, None, "momentum", "BTC", "BUY", Decimal("0.1"), Decimal("47000.10"), Decimal("4.70"),
    "USD", "o1", Decimal(0), Decimal("0.1"),
)  # fmt: skip


@pytest.fixture
def tx():
    with connect("sqlite://") as conn:
        migrate(conn, "memory")
        with conn.begin():
            yield Transaction(conn)


def test_an_alert_comes_back_whole(tx):
    alert = replace(firing(symbol="\ud800"), keep_firing_since_ms=7, generator_url="http://x")
    alerts.put(tx, alert, known=False)
    assert alerts.active(tx.conn) == [alert]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 0.1 + 0.2])
def test_every_float_survives(tx, value):
    alerts.put(tx, firing(value=value), known=False)
    (back,) = alerts.active(tx.conn)
    assert back.value == value or (math.isnan(back.value) and math.isnan(value))


def test_a_later_episode_does_not_overwrite_an_earlier_end(tx):
    alerts.put(tx, resolved(firing(), START_MS + 1), known=False)
    alerts.put(tx, pending(at_ms=START_MS + 2), known=False)
    assert [alert.state.value for alert in alerts.everything(tx.conn)] == ["resolved", "pending"]


def test_old_ends_are_forgotten_except_those_still_to_be_told(tx):
    told, untold = resolved(firing("Told"), START_MS), resolved(firing("Untold"), START_MS)
    for alert in (told, untold):
        alerts.put(tx, alert, known=False)
    group_log.join_groups(tx, key_of(untold), [GROUP], START_MS)
    alerts.forget_resolved(tx, START_MS + 1)
    assert alerts.everything(tx.conn) == [untold]


def test_an_alert_that_fires_again_does_not_leave_its_group(tx):
    again = firing(at_ms=START_MS + 5)
    alerts.put(tx, resolved(firing(), START_MS + 1), known=False)
    group_log.join_groups(tx, key_of(again), [GROUP], START_MS)
    alerts.put(tx, again, known=False)
    group_log.leave_group(tx, GROUP, [key_of(again)])
    assert group_log.memberships(tx.conn) == {key_of(again): {GROUP: START_MS}}


def test_what_was_told_comes_back(tx):
    said = Told(frozenset({("r", "a")}), frozenset({("r", "b")}), 5)
    group_log.tell(tx, GROUP, said)
    assert group_log.told(tx.conn) == {GROUP: said}
    group_log.forget(tx, GROUP)
    assert group_log.told(tx.conn) == {}


def test_the_state_of_an_episode_is_its_own(tx):
    alerts.put(tx, resolved(firing(), START_MS + 1), known=False)
    assert alerts.state_of(tx.conn, episode_of(firing())).value == "resolved"
    assert alerts.state_of(tx.conn, episode_of(firing(at_ms=START_MS + 2))) is None


def test_a_fill_is_kept_once_to_the_last_digit(tx):
    assert fills.record(tx, FILL)
    assert not fills.record(tx, FILL)
    assert fills.newest(tx.conn, "demo", 10) == [FILL]
    assert str(fills.newest(tx.conn, "demo", 10)[0].price) == "47000.10"


def test_quantities_sum_without_rounding_and_keep_a_closed_symbol(tx):
    for number in range(10):
        fills.record(tx, replace(FILL, fill_id=f"b{number}"))
    fills.record(tx, replace(FILL, fill_id="s", side="SELL", quantity=Decimal("1.0")))
    assert fills.quantities(tx.conn, "demo") == {"BTC": Decimal(0)}
    assert fills.quantities(tx.conn, "other") == {}


def test_a_guard_state_replaces_the_one_before(tx):
    row = GuardStateRow("demo", "momentum", "ACTIVE", "", "", math.nan, 0.15, 1, START_MS)
    halted = replace(row, state="HALTED", limit="max_drawdown", value=0.16)
    guard_states.put(tx, row)
    guard_states.put(tx, halted)
    assert guard_states.of_bot(tx.conn, "demo") == [halted]


def test_a_bot_replaces_the_one_before(tx):
    bots.put(tx, BotRow("demo", "starting"))
    bots.put(tx, BotRow("demo", "running", 7, START_MS, 1, "http://x"))
    assert bots.everyone(tx.conn) == [BotRow("demo", "running", 7, START_MS, 1, "http://x")]


def test_the_journal_is_read_by_number_and_kind(tx):
    for kind in (EventKind.BOT_STARTED, EventKind.FIRST_FILL, EventKind.BOT_EXITED):
        tx.event(Event(kind, START_MS, "demo", "x", {"n": 1}))
    assert [event.id for event in journal.read(tx.conn, 1, 10)] == [2, 3]
    assert [event.id for event in journal.read(tx.conn, 0, 10, [EventKind.FIRST_FILL])] == [2]
    assert [event.id for event in journal.newest(tx.conn, 2)] == [2, 3]
    assert journal.read(tx.conn, 0, 1) == [Event(EventKind.BOT_STARTED, START_MS, "demo", "x", {"n": 1}, 1)]


def test_an_incident_goes_from_open_over_acknowledged_to_resolved(tx):
    incident = incidents.open_incident(tx, GROUP, "Drawdown", "critical", 1)
    assert incidents.unresolved_of(tx.conn, GROUP) == incident
    incidents.acknowledge(tx, incident.id, "ann", 2)
    incidents.resolve(tx, incident.id, 3)
    assert incidents.unresolved(tx.conn) == []
    over = incidents.get(tx.conn, incident.id)
    assert (over.state, over.acknowledged_by, over.resolved_at_ms) == (IncidentState.RESOLVED, "ann", 3)


def queue(tx, channel="phone", next_try_ms=0, **values):
    number = outbox.add_notification(
        tx, group_key="g", receiver="desk", reason="first_firing", status="firing", payload={}, incident_id=None,
        created_at_ms=0,
    )  # fmt: skip
    return outbox.add(
        tx, notification_id=number, channel=channel, group_key="g", payload={}, created_at_ms=0,
        next_try_ms=next_try_ms, **values,
    )  # fmt: skip


def test_the_oldest_due_row_of_the_channel_is_claimed_once(tx):
    queue(tx, channel="other")
    first, second = queue(tx), queue(tx)
    assert [outbox.claim(tx, "phone", 0).id for _ in range(2)] == [first, second]
    assert outbox.claim(tx, "phone", 0) is None
    assert outbox.get(tx.conn, first).state is OutboxState.SENDING


def test_a_pause_that_the_service_asked_for_holds_the_whole_channel(tx):
    queue(tx, next_try_ms=500, last_reason="rate_limited")
    queue(tx)
    assert outbox.claim(tx, "phone", 499) is None
    assert outbox.next_try_ms(tx.conn, "phone") == 500
    assert outbox.claim(tx, "phone", 500) is not None


def test_a_row_left_on_the_wire_becomes_a_possible_repeat(tx):
    row = queue(tx)
    outbox.claim(tx, "phone", 0)
    assert outbox.reopen_sending(tx) == 1
    assert (outbox.get(tx.conn, row).state, outbox.get(tx.conn, row).possible_repeat) == (OutboxState.PENDING, True)


def test_a_try_that_lies_too_far_ahead_is_brought_nearer(tx):
    far, near = queue(tx, next_try_ms=10_000), queue(tx, next_try_ms=10)
    outbox.no_later_than(tx, 100)
    assert [outbox.get(tx.conn, row).next_try_ms for row in (far, near)] == [100, 10]
