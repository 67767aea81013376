"""Records of the client are checked, counted and never raise."""

from __future__ import annotations

import math
from decimal import Decimal

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskwatch.server.ingest import (
    Fill,
    GuardChange,
    Heartbeat,
    Hello,
    LogLine,
    RaisedAlert,
    RecordReason,
    read_records,
)

FILL = {
    "kind": "fill",
    "ts_ms": 1,
    "id": "f1",
    "symbol": "BTC-PERP",
    "side": "BUY",
    "quantity": "0.10",
    "price": "47988.5",
    "fee": "-0.01",
    "currency": "USD",
    "strategy": "momentum",
    "order_id": None,
    "market_ts_ms": 1640995200000,
    "position_after": "-0.1",
    "realized_pnl": "0",
}
GUARD = {
    "kind": "guard",
    "ts_ms": 1,
    "state": "HALTED",
    "change": "tripped",
    "limit": "max_drawdown",
    "reason": "equity is not a number",
    "value": None,
    "threshold": 0.15,
    "epoch": 1,
}

ALERT = {"kind": "alert", "ts_ms": 1, "id": "a1", "severity": "critical", "title": "Kill switch", "times": 2}


def body(*records: object, bot: object = "demo") -> bytes:
    return orjson.dumps({"bot": bot, "records": list(records)})


def test_each_kind_is_read():
    batch = read_records(
        body(
            {"kind": "hello", "ts_ms": 1, "pid": 7, "metrics_url": None, "build": None, "python": "3.11"},
            {"kind": "heartbeat", "ts_ms": 2},
            FILL,
            GUARD,
            {"kind": "log", "ts_ms": 3, "level": "info", "message": "hi", "logger": "x", "fields": {"a": 1}},
            ALERT,
        )
    )
    kinds = [Hello, Heartbeat, Fill, GuardChange, LogLine, RaisedAlert]
    assert [type(record) for record in batch.records] == kinds
    assert (batch.bot, dict(batch.rejected), batch.refused) == ("demo", {}, None)


def test_money_keeps_its_digits():
    (fill,) = read_records(body(FILL)).records
    assert isinstance(fill, Fill)
    assert (str(fill.quantity), fill.price, fill.fee) == ("0.10", Decimal("47988.5"), Decimal("-0.01"))


def test_null_is_not_a_number_in_a_guard_record():
    (guard,) = read_records(body(GUARD)).records
    assert isinstance(guard, GuardChange)
    assert math.isnan(guard.value)


def test_an_unknown_key_is_ignored_for_a_newer_client():
    assert len(read_records(body({"kind": "heartbeat", "ts_ms": 2, "new": 1})).records) == 1


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"kind": "weather", "ts_ms": 1}, RecordReason.UNKNOWN_KIND),
        ({"ts_ms": 1}, RecordReason.UNKNOWN_KIND),
        (7, RecordReason.INVALID),
        ({"kind": "heartbeat"}, RecordReason.INVALID),
        ({"kind": "heartbeat", "ts_ms": "1"}, RecordReason.INVALID),
        ({"kind": "heartbeat", "ts_ms": True}, RecordReason.INVALID),
        ({"kind": "heartbeat", "ts_ms": -1}, RecordReason.INVALID),
        ({"kind": "heartbeat", "ts_ms": 10**15}, RecordReason.INVALID),
        ({**ALERT, "severity": "urgent"}, RecordReason.INVALID),
        ({**ALERT, "times": 0}, RecordReason.INVALID),
        ({**ALERT, "title": ""}, RecordReason.INVALID),
        ({**FILL, "side": "HOLD"}, RecordReason.INVALID),
        ({**FILL, "quantity": "NaN"}, RecordReason.INVALID),
        ({**FILL, "price": "Infinity"}, RecordReason.INVALID),
        ({**FILL, "quantity": "0"}, RecordReason.INVALID),
        ({**FILL, "price": "9" * 41}, RecordReason.INVALID),
        ({**FILL, "id": ""}, RecordReason.INVALID),
        ({**GUARD, "state": "SLEEPING"}, RecordReason.INVALID),
        ({"kind": "log", "ts_ms": 1, "level": "info", "message": "x" * 16385}, RecordReason.INVALID),
        (
            {"kind": "log", "ts_ms": 1, "level": "i", "message": "x", "fields": {"a": [[[[[1]]]]]}},
            RecordReason.TOO_DEEP,
        ),
    ],
)
def test_a_bad_record_is_counted_and_its_neighbours_are_taken(record, reason):
    batch = read_records(body({"kind": "heartbeat", "ts_ms": 1}, record, {"kind": "heartbeat", "ts_ms": 2}))
    assert batch.records == (Heartbeat(1), Heartbeat(2))
    assert dict(batch.rejected) == {reason: 1}


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", RecordReason.NOT_JSON),
        (b"{", RecordReason.NOT_JSON),
        (b"[" * 100_000, RecordReason.NOT_JSON),
        (b'{"bot": NaN}', RecordReason.NOT_JSON),
        (b"[]", RecordReason.INVALID),
        (b'{"bot": "", "records": []}', RecordReason.INVALID),
        (b'{"bot": "x", "records": {}}', RecordReason.INVALID),
        (b" " * (2**20 + 1), RecordReason.BODY_TOO_LARGE),
    ],
)
def test_a_bad_body_is_refused_with_its_reason(raw, reason):
    batch = read_records(raw)
    assert (batch.records, batch.refused) == ((), reason)


def test_more_than_a_thousand_records_are_cut():
    batch = read_records(body(*[{"kind": "heartbeat", "ts_ms": 1}] * 1003))
    assert (len(batch.records), dict(batch.rejected)) == (1000, {RecordReason.TOO_MANY: 3})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
KNOWN = st.sampled_from(["hello", "heartbeat", "fill", "guard", "log"])


@given(
    st.lists(
        JSON
        | st.builds(
            lambda r, k, v, kind: {**r, k: v, "kind": kind},
            st.sampled_from([FILL, GUARD]),
            st.sampled_from(sorted(FILL)),
            JSON,
            KNOWN,
        ),
        max_size=4,
    )
)
@settings(max_examples=200, deadline=None)
def test_every_record_is_taken_or_counted(records):
    batch = read_records(body(*records))
    assert len(batch.records) + sum(batch.rejected.values()) == len(records)
