"""Selectors: from stored samples to vectors and windows.

Source:  https://prometheus.io/docs/prometheus/3.5/migration/ (ranges and look-back are open on the left)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from deskwatch.model import Labels, Matcher
from deskwatch.model.sample import STALE_NAN_BITS
from deskwatch.server.promql.ast import RangeSelector, Selector
from deskwatch.server.promql.frame import Frame
from deskwatch.server.promql.names import Positions, joined
from deskwatch.server.promql.values import Floats, Ints, Mask, Vector, Windows, empty_vector
from deskwatch.server.storage.samples import Table


def select_vector(node: Selector, frame: Frame) -> Vector:
    """Return the newest sample of each series at each step, at most the look-back old and not ended."""
    return _newest(node, frame)[0]


def select_timestamps(node: Selector, frame: Frame) -> Vector:
    """Return, instead of the values, the times of the samples, in seconds."""
    vector, times_ms = _newest(node, frame)
    return Vector(vector.labels, times_ms / 1000, vector.present)


def select_windows(node: RangeSelector, frame: Frame) -> Windows:
    """Return the samples of each series in ``(end - range, end]`` of each step."""
    end_ms = frame.reference_ms(node.selector.offset_ms, node.selector.at)
    tables = _fetch(node.selector.matchers, end_ms, node.range_ms, frame)
    found = windows(tables, node.range_ms, end_ms, frame)
    if not is_stale(found.samples).any():
        return found
    return windows(_without_stale(tables), node.range_ms, end_ms, frame)


def windows(tables: Sequence[Table], range_ms: int, end_ms: Ints, frame: Frame) -> Windows:
    """Find the windows that end at ``end_ms`` in the samples of each series; each has some."""
    sizes = [len(table.labels) for table in tables]
    frame.budget.spend(sum(sizes) * frame.steps)
    lengths = np.repeat(np.array([len(table.ts_ms) for table in tables], dtype=np.intp), sizes)
    start = np.cumsum(lengths) - lengths
    ts_ms, samples = _laid_out(tables, int(lengths.sum()))
    return Windows(
        labels=joined([table.labels for table in tables]),
        ts_ms=ts_ms,
        samples=samples,
        start=start,
        first=start[:, np.newaxis] + _past(tables, sizes, end_ms - range_ms),
        last=start[:, np.newaxis] + _past(tables, sizes, end_ms),
        range_ms=range_ms,
        end_ms=end_ms,
        time_ms=frame.times_ms,
    )


def is_stale(values: Floats) -> Mask:
    """Say for each value whether it marks the end of its series."""
    mask: Mask = values.view(np.uint64) == np.uint64(STALE_NAN_BITS)
    return mask


def _newest(node: Selector, frame: Frame) -> tuple[Vector, Floats]:
    """Return the values, and the times of the samples in milliseconds."""
    reference_ms = frame.reference_ms(node.offset_ms, node.at)
    if frame.steps == 1:
        return _newest_at(node, int(reference_ms[0]), frame)
    tables = _fetch(node.matchers, reference_ms, frame.limits.lookback_ms, frame)
    labels = joined([table.labels for table in tables])
    frame.budget.spend(len(labels) * frame.steps)
    values = np.empty((len(labels), frame.steps))
    times_ms = np.empty_like(values)
    fresh = np.empty(values.shape, dtype=np.bool_)
    row = 0
    for table in tables:
        rows = slice(row, row := row + len(table.labels))
        position, times_ms[rows], fresh[rows] = _positions(table.ts_ms, reference_ms, frame.limits.lookback_ms)
        np.take(table.values, position, axis=1, out=values[rows])
    return Vector(labels, values, fresh & ~is_stale(values)), times_ms


def _newest_at(node: Selector, reference_ms: int, frame: Frame) -> tuple[Vector, Floats]:
    """Return the same at one moment, for which the store need not give every sample of the look-back."""
    start_ms = reference_ms - frame.limits.lookback_ms + 1
    tables = frame.queryable.newest(node.matchers, start_ms, reference_ms)
    if not tables:
        return empty_vector(1), np.empty((0, 1))
    frame.budget.spend(sum(table.values.size for table in tables))
    values = np.concatenate([table.values[:, -1:] for table in tables])
    times_ms = np.repeat([float(table.ts_ms[-1]) for table in tables], [len(table.labels) for table in tables])
    return Vector(joined([table.labels for table in tables]), values, ~is_stale(values)), times_ms[:, np.newaxis]


def _positions(ts_ms: Ints, reference_ms: Ints, lookback_ms: int) -> tuple[Positions, Ints, Mask]:
    """Return where the newest sample of each step is, its time, and whether it is new enough."""
    position = np.searchsorted(ts_ms, reference_ms, side="right") - 1
    known = position >= 0
    position[~known] = 0
    sample_ms = ts_ms[position]
    return position, sample_ms, known & (sample_ms > reference_ms - lookback_ms)


def _fetch(matchers: tuple[Matcher, ...], reference_ms: Ints, back_ms: int, frame: Frame) -> list[Table]:
    start_ms = int(reference_ms.min()) - back_ms + 1
    tables = frame.queryable.tables(matchers, start_ms, int(reference_ms.max()))
    frame.budget.spend(sum(table.values.size for table in tables))
    return tables


def _without_stale(tables: Sequence[Table]) -> list[Table]:
    """Drop the markers; a series that has one no longer shares its times with the others."""
    kept: list[Table] = []
    for table in tables:
        said = ~is_stale(table.values)
        if said.all():
            kept.append(table)
            continue
        kept.extend(
            Table((table.labels[row],), table.ts_ms[said[row]], table.values[row : row + 1, said[row]])
            for row in np.flatnonzero(said.any(axis=1)).tolist()
        )
    return kept


def _past(tables: Sequence[Table], sizes: Sequence[int], bound_ms: Ints) -> Positions:
    """Return ``[series, step]``: how many of the samples of each series lie at or before the bound."""
    counts = [table.ts_ms.searchsorted(bound_ms, side="right") for table in tables]
    return np.repeat(np.array(counts, dtype=np.intp).reshape(len(tables), len(bound_ms)), sizes, axis=0)


def _laid_out(tables: Sequence[Table], size: int) -> tuple[Ints, Floats]:
    """Return times and values of all samples, series after series."""
    ts_ms, samples = np.empty(size, dtype=np.int64), np.empty(size)
    begin = 0
    for table in tables:
        part = slice(begin, begin := begin + table.values.size)
        ts_ms[part].reshape(table.values.shape)[:] = table.ts_ms
        samples[part].reshape(table.values.shape)[:] = table.values
    return ts_ms, samples


def labels_of_absent(matchers: Sequence[Matcher]) -> Labels:
    """Return the labels that a selector fixes: those with exactly one matcher, and that one for equality."""
    named = [matcher for matcher in matchers if matcher.name != "__name__"]
    counts = {matcher.name: sum(other.name == matcher.name for other in named) for matcher in named}
    return Labels(
        tuple((matcher.name, matcher.value) for matcher in named if matcher.op == "=" and counts[matcher.name] == 1)
    )
