"""The short way to the newest samples says what the long way says, and comes back with the very same names."""

from __future__ import annotations

import random

import pytest

from deskwatch.model import METRIC_NAME, Labels, Matcher, MatchOp, Scrape
from deskwatch.server.storage.samples import Head, Names, Table
from deskwatch.server.storage.samples.block import BLOCK_ROWS

T0 = 1_700_000_000_000
STEP = 5_000
ALL = (Matcher(METRIC_NAME, MatchOp.EQUAL, "m"),)
SERIES = tuple(Labels({METRIC_NAME: "m", "i": str(number)}) for number in range(6))


def scrape(row: int, *series: Labels, source: str = "s") -> Scrape:
    return Scrape(source, T0 + row * STEP, series, [100.0 * row + number for number in range(len(series))])


def newest(tables: list[Table]) -> dict[Labels, tuple[int, str]]:
    """Return time and value of the last sample; as text, for a stale marker is not equal to itself."""
    return {
        series.labels: (int(series.ts_ms[-1]), repr(series.values[-1])) for table in tables for series in table.series()
    }


def filled(seed: int) -> Head:
    """Return a head of three sources whose series come, go, move and are said twice."""
    head, choice = Head(), random.Random(seed)
    for row in range(2 * BLOCK_ROWS + 20):
        for source in ("s", "t", "u"):
            if choice.random() < 0.9:
                chosen = choice.sample(SERIES, k=choice.randint(0, 6)) if choice.random() < 0.2 else SERIES[:4]
                head.append(scrape(row, *chosen, source=source), T0 + row * STEP)
    return head


@pytest.mark.parametrize("seed", range(5))
def test_the_newest_samples_are_the_last_of_all_samples(seed: int) -> None:
    head, choice = filled(seed), random.Random(seed)
    for _ in range(50):
        end_ms = T0 + choice.randint(-2, 2 * BLOCK_ROWS + 25) * STEP + choice.choice((-1, 0, 1))
        start_ms = end_ms - choice.choice((0, 1, STEP, 60 * STEP))
        assert newest(head.newest(ALL, start_ms, end_ms)) == newest(head.tables(ALL, start_ms, end_ms))


def test_one_row_is_enough_when_every_series_is_said() -> None:
    head = Head()
    for row in range(10):
        head.append(scrape(row, *SERIES), T0 + row * STEP)
    (table,) = head.newest(ALL, T0, T0 + 7 * STEP)
    assert (list(table.labels), table.ts_ms.tolist(), table.values.shape) == (list(SERIES), [T0 + 7 * STEP], (6, 1))


def test_names_are_the_same_object_until_a_series_comes() -> None:
    head = Head()
    head.append(scrape(0, *SERIES[:2]), T0)
    head.append(scrape(1, *SERIES[:2]), T0 + STEP)
    first, second = (head.newest(ALL, T0, T0 + end * STEP)[0].labels for end in (0, 1))
    assert isinstance(first, Names)
    assert first is second
    head.append(scrape(2, *SERIES[:3]), T0 + 2 * STEP)
    (third,) = head.newest(ALL, T0, T0 + 2 * STEP)
    assert list(third.labels) == list(SERIES[:3])


def test_a_sample_older_than_the_range_is_not_said() -> None:
    head = Head()
    head.append(scrape(0, *SERIES), T0)
    assert head.newest(ALL, T0 + 1, T0 + STEP) == []
    assert len(head.newest(ALL, T0, T0 + STEP)) == 1
