"""Notifications survive JSON, and joining two of them loses nothing."""

from __future__ import annotations

import math
from dataclasses import replace

import orjson
import pytest

from alert_factory import START_MS, firing, resolved
from deskwatch.model import Alert, Labels
from deskwatch.server.alerting.context import Context, Position
from deskwatch.server.alerting.notification import FlushReason, Notice, Notification, joined, worst_severity


def notification(*notices: Notice, **changes: object) -> Notification:
    own = Notification("{}:{}", Labels(), "desk", FlushReason.FIRST_FIRING, notices, START_MS)
    return replace(own, **changes)


def new(alert: Alert) -> Notice:
    return Notice(alert, heard=False)


def heard(alert: Alert) -> Notice:
    return Notice(alert, heard=True)


@pytest.mark.parametrize("value", [0.1, math.inf, -math.inf])
def test_json_there_and_back_changes_nothing(value):
    context = Context("demo", "USD", 1.5, positions=(Position("BTC", 1.0),), log_lines=("x",), market_ts_ms=5)
    before = notification(new(firing(value=value)), context=context, incident_id=7)
    assert Notification.from_json(orjson.loads(orjson.dumps(before.to_json()))) == before


def test_a_value_that_is_not_a_number_survives_json():
    after = Notification.from_json(orjson.loads(orjson.dumps(notification(new(firing(value=math.nan))).to_json())))
    assert math.isnan(after.notices[0].alert.value)


def test_unknown_positions_and_a_flat_book_are_not_the_same():
    unknown, flat = Context(positions=None), Context(positions=())
    assert Context.from_json(unknown.to_json()) == unknown
    assert Context.from_json(flat.to_json()) == flat


def test_joining_an_unheard_firing_with_its_end_leaves_the_end_unheard():
    end = resolved(firing(), START_MS + 1)
    whole = joined(notification(new(firing())), notification(heard(end)))
    assert whole.notices == (Notice(end, heard=False),)


def test_joining_keeps_alerts_of_which_only_the_older_one_speaks():
    end = resolved(firing("One"), START_MS + 1)
    whole = joined(notification(heard(end)), notification(heard(firing("Two"))))
    assert {notice.alert.name for notice in whole.notices} == {"One", "Two"}


def test_joining_two_that_were_heard_stays_heard():
    whole = joined(notification(heard(firing())), notification(heard(firing(value=0.2))))
    assert whole.notices == (heard(firing(value=0.2)),)


def test_an_unknown_severity_ranks_as_a_warning():
    assert worst_severity([firing(severity="info"), firing(severity="page")]) == "page"
    assert worst_severity([firing(severity="critical"), firing(severity="page")]) == "critical"
