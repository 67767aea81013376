"""What the head keeps, refuses and forgets."""

from __future__ import annotations

import math
import struct
import threading

import numpy as np
import pytest

from deskwatch.model import METRIC_NAME, STALE_NAN, Labels, Matcher, MatchOp, Scrape, is_stale
from deskwatch.server.storage.samples.block import BLOCK_ROWS
from deskwatch.server.storage.samples.head import Head, Refusal

T0 = 1_700_000_000_000
STEP = 5_000

A, B, C = (Labels({METRIC_NAME: "m", "i": name}) for name in "abc")
ALL = (Matcher(METRIC_NAME, MatchOp.EQUAL, "m"),)


def fill(head: Head, rows: int, series: tuple[Labels, ...] = (A, B), source: str = "s") -> None:
    for row in range(rows):
        head.append(Scrape(source, T0 + row * STEP, series, [float(row)] * len(series)), T0 + row * STEP)


def samples(head: Head, labels: Labels, matchers: tuple[Matcher, ...] = ALL) -> list[tuple[int, float]]:
    found = [series for series in head.select(matchers, 0, 1 << 60) if series.labels == labels]
    return [pair for series in found for pair in zip(series.ts_ms.tolist(), series.values.tolist(), strict=True)]


def test_every_row_is_read_back_across_blocks() -> None:
    head = Head()
    fill(head, 3 * BLOCK_ROWS + 7)
    assert samples(head, B) == [(T0 + row * STEP, float(row)) for row in range(3 * BLOCK_ROWS + 7)]


def test_the_range_includes_both_ends() -> None:
    head = Head()
    fill(head, 10)
    (series, _) = head.select(ALL, T0 + 2 * STEP, T0 + 4 * STEP)
    assert series.values.tolist() == [2.0, 3.0, 4.0]


def test_a_series_no_longer_named_gets_one_stale_marker() -> None:
    head = Head()
    fill(head, 3)
    for row in (3, 4):
        head.append(Scrape("s", T0 + row * STEP, (A,), [1.0]), T0 + row * STEP)
    *kept, (marked_ms, marker) = samples(head, B)
    assert [value for _, value in kept] == [0.0, 1.0, 2.0]
    assert marked_ms == T0 + 3 * STEP
    assert is_stale(marker)


def test_an_empty_scrape_ends_every_series() -> None:
    head = Head()
    fill(head, 1)
    head.append(Scrape("s", T0 + STEP, (), []), T0 + STEP)
    assert [is_stale(samples(head, labels)[-1][1]) for labels in (A, B)] == [True, True]


def test_a_source_may_begin_with_an_empty_scrape() -> None:
    """A target that is down at first says nothing at all."""
    head = Head()
    head.append(Scrape("s", T0, (), []), T0)
    head.append(Scrape("s", T0 + STEP, (A,), [1.0]), T0 + STEP)
    assert samples(head, A) == [(T0 + STEP, 1.0)]
    assert head.newest(ALL, T0, T0) == []


def test_a_new_series_has_nothing_before_it_began() -> None:
    head = Head()
    fill(head, 2)
    head.append(Scrape("s", T0 + 2 * STEP, (A, B, C), [1.0, 2.0, 3.0]), T0 + 2 * STEP)
    assert samples(head, C) == [(T0 + 2 * STEP, 3.0)]
    assert len(samples(head, A)) == 3


def test_the_order_of_the_series_may_change_between_scrapes() -> None:
    head = Head()
    head.append(Scrape("s", T0, (A, B), [1.0, 2.0]), T0)
    head.append(Scrape("s", T0 + STEP, (B, A), [20.0, 10.0]), T0)
    assert [value for _, value in samples(head, A)] == [1.0, 10.0]


def test_nan_stale_marker_and_payload_keep_their_bits() -> None:
    odd = struct.unpack("<d", struct.pack("<Q", 0x7FF8_0000_0000_1234))[0]
    head = Head()
    for row, value in enumerate([math.nan, STALE_NAN, odd]):
        head.append(Scrape("s", T0 + row, (A,), [value]), T0)
    (series,) = head.select(ALL, 0, 1 << 60)
    wanted = np.array([math.nan, STALE_NAN, odd]).view(np.uint64)
    assert series.values.view(np.uint64).tolist() == wanted.tolist()


@pytest.mark.parametrize(
    ("ts_ms", "values", "reason"),
    [
        (T0, [1.0, 1.0], Refusal.DUPLICATE),
        (T0 - 1, [1.0, 1.0], Refusal.OUT_OF_ORDER),
        (T0 + 600_001, [1.0, 1.0], Refusal.FUTURE),
        (T0 + STEP, [1.0], Refusal.MALFORMED),
    ],
)
def test_a_scrape_that_cannot_be_kept_is_refused_and_counted(ts_ms: int, values: list[float], reason: Refusal) -> None:
    head = Head()
    fill(head, 1)
    assert head.append(Scrape("s", ts_ms, (A, B), values), T0) is reason
    assert head.refused[reason] == 1
    assert len(samples(head, A)) == 1


def test_ten_minutes_ahead_is_still_kept() -> None:
    assert Head().append(Scrape("s", T0 + 600_000, (A,), [1.0]), T0) is None


def test_one_series_of_two_sources_is_merged_by_time() -> None:
    head = Head()
    head.append(Scrape("one", T0, (A,), [1.0]), T0)
    head.append(Scrape("two", T0 + 1, (A,), [2.0]), T0)
    head.append(Scrape("one", T0 + 2, (A,), [3.0]), T0)
    assert samples(head, A) == [(T0, 1.0), (T0 + 1, 2.0), (T0 + 2, 3.0)]


def test_old_blocks_are_forgotten_with_their_series() -> None:
    head = Head(window_ms=BLOCK_ROWS * STEP)
    fill(head, BLOCK_ROWS, (A, B))
    for row in range(BLOCK_ROWS, 3 * BLOCK_ROWS):
        head.append(Scrape("s", T0 + row * STEP, (A,), [0.0]), T0 + row * STEP)
    head.drop_old(T0 + 3 * BLOCK_ROWS * STEP)
    assert head.matching(ALL) == [A]
    assert samples(head, A)[0][0] == head.complete_from_ms() - 1 + STEP


def test_a_source_that_fell_silent_is_forgotten_whole() -> None:
    head = Head(window_ms=1000)
    fill(head, 1)
    head.drop_old(T0 + 2000)
    assert len(head) == 0


def test_rows_are_flushed_once() -> None:
    head = Head()
    fill(head, 3)
    for source, block, _, last in head.unflushed():
        source.flushed_ms = int(block.ts_ms[last - 1])
    assert list(head.unflushed()) == []
    head.append(Scrape("s", T0 + 3 * STEP, (A, B), [1.0, 1.0]), T0 + 3 * STEP)
    assert [(first, last) for _, _, first, last in head.unflushed()] == [(3, 4)]


def test_a_reader_in_another_thread_sees_whole_rows_only() -> None:
    head = Head()
    fill(head, 1)
    torn: list[tuple[int, ...]] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            rows = [dict(zip(s.ts_ms.tolist(), s.values.tolist(), strict=True)) for s in head.select(ALL, 0, 1 << 60)]
            # A second series may have been read one row later, never with another value.
            torn.extend((ts,) for ts in rows[0].keys() & rows[1].keys() if rows[0][ts] != rows[1][ts])
            torn.extend((len(row),) for row in rows if len(row) != max(row.values()) + 1)

    reader = threading.Thread(target=read)
    reader.start()
    for row in range(1, 3000):
        head.append(Scrape("s", T0 + row * STEP, (A, B), [float(row)] * 2), T0 + row * STEP)
    done.set()
    reader.join()
    assert torn == []
