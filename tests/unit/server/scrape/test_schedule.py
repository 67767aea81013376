"""Slots are spread, and missed ones are not made up for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from deskwatch.server.scrape.schedule import next_slot_ms, slot_offset_ms


@given(st.integers(0, 10**12), st.integers(1, 10**6), st.integers(0, 10**6))
def test_the_next_slot_is_after_now_and_at_most_an_interval_away(now_ms, interval_ms, offset_ms):
    slot = next_slot_ms(now_ms, interval_ms, offset_ms)
    assert 0 < slot - now_ms <= interval_ms
    assert (slot - offset_ms) % interval_ms == 0


def test_targets_are_spread_over_the_interval():
    tenths = {slot_offset_ms(f"scrape:bot{i}/127.0.0.1:8000", 5000) // 500 for i in range(100)}
    assert tenths == set(range(10))


def test_a_target_keeps_its_place():
    assert slot_offset_ms("scrape:demo/127.0.0.1:8000", 5000) == slot_offset_ms("scrape:demo/127.0.0.1:8000", 5000)
