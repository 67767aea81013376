"""Every branch of the decision, by its name."""

from __future__ import annotations

import pytest

from deskwatch.server.alerting.dispatch import flush_reason
from deskwatch.server.alerting.notification import FlushReason
from deskwatch.server.storage.state import TOLD_NOTHING, Told

A, B = ("r", "a"), ("r", "b")
HOUR_MS = 3_600_000


@pytest.mark.parametrize(
    ("firing", "resolved", "told", "quiet_ms", "expected"),
    [
        ({A}, set(), TOLD_NOTHING, None, FlushReason.FIRST_FIRING),
        ({A, B}, set(), Told(frozenset({A})), 0, FlushReason.MORE_FIRING),
        ({A}, set(), Told(frozenset({A})), HOUR_MS - 1, FlushReason.NOTHING_NEW),
        ({A}, set(), Told(frozenset({A})), HOUR_MS, FlushReason.REPEAT),
        ({A}, set(), Told(frozenset({A, B})), 0, FlushReason.NOTHING_NEW),
        ({A}, {B}, Told(frozenset({A, B})), 0, FlushReason.SOME_RESOLVED),
        (set(), {A}, Told(frozenset({A})), 0, FlushReason.ALL_RESOLVED),
        (set(), {A}, TOLD_NOTHING, None, FlushReason.FIRED_AND_RESOLVED),
        ({A}, {B}, Told(frozenset({A})), 0, FlushReason.FIRED_AND_RESOLVED),
        (set(), {A}, Told(frozenset(), frozenset({A})), 0, FlushReason.FIRED_AND_RESOLVED),
        (set(), set(), TOLD_NOTHING, None, FlushReason.NOTHING_NEW),
        (set(), set(), Told(frozenset({A})), HOUR_MS, FlushReason.NOTHING_NEW),
    ],
)
def test_the_reason_is_named(firing, resolved, told, quiet_ms, expected):
    assert flush_reason(firing, resolved, told, quiet_ms, HOUR_MS) is expected
