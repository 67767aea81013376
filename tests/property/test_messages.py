"""Laws of messages, over any text and any number that a bot or a rule may bring."""

from __future__ import annotations

import json
from dataclasses import replace

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from alert_factory import START_MS, firing, resolved
from deskwatch.model import Labels
from deskwatch.server.alerting import Context, FlushReason, Notice, Notification, Position, render
from deskwatch.server.alerting.notification import joined
from deskwatch.server.alerting.notify import Attempt
from deskwatch.server.alerting.notify.channels.telegram import MAX_CHARS, to_html
from deskwatch.server.alerting.notify.channels.webhook import payload
from deskwatch.server.alerting.notify.text import clean_json, utf16_length
from integration.telegram_stand_in import parse

TEXT = st.text(st.characters(), max_size=60) | st.sampled_from(
    ["<b>", "&amp;", "http://[", "🚀" * 2_100, "\ud800", "</pre>"]
)
NUMBER = st.floats()
UNIT = st.sampled_from(["ratio", "seconds", "bytes", "state", "plain", "restarts", ""])


@st.composite
def notices(draw):
    name = draw(st.sampled_from("ABCDEFGH"))
    annotations = {"summary": draw(TEXT), "unit": draw(UNIT), "runbook": draw(TEXT), "quantity": draw(TEXT)}
    alert = replace(firing(name, value=draw(NUMBER), symbol=draw(TEXT)), annotations=annotations)
    alert = replace(alert, limit=draw(st.none() | st.floats(allow_nan=False)))
    if draw(st.booleans()):
        alert = resolved(alert, START_MS + draw(st.integers(0, 10**9)))
    return Notice(alert, draw(st.booleans()))


CONTEXTS = st.builds(
    Context,
    currency=TEXT,
    pnl_day=st.none() | NUMBER,
    positions=st.none() | st.lists(st.builds(Position, TEXT, NUMBER, st.none() | NUMBER), max_size=3).map(tuple),
    log_lines=st.lists(TEXT, max_size=4).map(tuple),
    link=TEXT,
)
NOTIFICATIONS = st.builds(
    Notification,
    group_key=TEXT,
    group_labels=st.just(Labels()),
    receiver=TEXT,
    reason=st.sampled_from([reason for reason in FlushReason if reason is not FlushReason.NOTHING_NEW]),
    notices=st.lists(notices(), min_size=1, max_size=8, unique_by=lambda n: (n.alert.rule, n.alert.fingerprint)).map(
        tuple
    ),
    created_at_ms=st.just(START_MS),
    context=st.none() | CONTEXTS,
    url=TEXT,
)


@settings(max_examples=100, deadline=None)
@given(NOTIFICATIONS)
def test_telegram_always_gets_valid_html_within_its_limit(notification):
    plain, fault = parse(to_html(render(notification, START_MS)))
    assert fault == ""
    assert 0 < utf16_length(plain) <= MAX_CHARS
    plain.encode("utf-8")


@settings(max_examples=100, deadline=None)
@given(NOTIFICATIONS)
def test_a_webhook_always_gets_valid_json(notification):
    body = orjson.dumps(clean_json(payload(render(notification, START_MS), Attempt("k", 1, START_MS))))
    assert len(json.loads(body)["alerts"]) == len(notification.notices)


@settings(max_examples=100, deadline=None)
@given(NOTIFICATIONS)
def test_a_notification_survives_json_as_text(notification):
    once = json.dumps(notification.to_json())
    assert json.dumps(Notification.from_json(json.loads(once)).to_json()) == once


@settings(max_examples=100, deadline=None)
@given(NOTIFICATIONS, NOTIFICATIONS)
def test_joining_speaks_of_every_alert_once_and_lets_nothing_unheard_be_heard(older, newer):
    def keys(notification, *, unheard=False):
        return {(n.alert.rule, n.alert.fingerprint) for n in notification.notices if not (unheard and n.heard)}

    whole = joined(older, newer)
    assert len(whole.notices) == len(keys(whole))
    assert keys(whole) == keys(older) | keys(newer)
    assert keys(whole, unheard=True) == keys(older, unheard=True) | keys(newer, unheard=True)
