"""Selectors: from stored samples to vectors and windows.

Source:  https://prometheus.io/docs/prometheus/3.5/migration/ (ranges and look-back are open on the left)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from deskwatch.model import Labels, Matcher
from deskwatch.model.sample import STALE_NAN_BITS
from deskwatch.server.promql.ast import RangeSelector, Selector
from deskwatch.server.promql.frame import Frame
from deskwatch.server.promql.values import Floats, Ints, Mask, Vector, Windows, empty_vector
from deskwatch.server.storage.samples import Series

Positions = npt.NDArray[np.intp]


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
    found = _fetch(node.selector.matchers, end_ms, node.range_ms, frame)
    return windows(_without_stale(found), node.range_ms, end_ms, frame)


def windows(found: Sequence[Series], range_ms: int, end_ms: Ints, frame: Frame) -> Windows:
    """Find the windows that end at ``end_ms`` in the samples of each series; each has some."""
    frame.budget.spend(len(found) * frame.steps)
    start = np.cumsum([0, *(len(series.ts_ms) for series in found)], dtype=np.intp)[:-1]
    bounds: dict[int, tuple[Positions, Positions]] = {}
    first = np.empty((len(found), frame.steps), dtype=np.intp)
    last = np.empty_like(first)
    for row, series in enumerate(found):
        key = id(series.ts_ms)
        if key not in bounds:
            bounds[key] = (
                np.searchsorted(series.ts_ms, end_ms - range_ms, side="right"),
                np.searchsorted(series.ts_ms, end_ms, side="right"),
            )
        first[row], last[row] = bounds[key]
    return Windows(
        labels=[series.labels for series in found],
        ts_ms=_joined([series.ts_ms for series in found], np.int64),
        samples=_joined([series.values for series in found], np.float64),
        start=start,
        first=first + start[:, np.newaxis],
        last=last + start[:, np.newaxis],
        range_ms=range_ms,
        end_ms=end_ms,
        time_ms=frame.times_ms,
    )


def is_stale(values: Floats) -> Mask:
    """Say for each value whether it marks the end of its series."""
    mask: Mask = values.view(np.uint64) == np.uint64(STALE_NAN_BITS)
    return mask


def _newest(node: Selector, frame: Frame) -> tuple[Vector, Floats]:
    reference_ms = frame.reference_ms(node.offset_ms, node.at)
    found = _fetch(node.matchers, reference_ms, frame.limits.lookback_ms, frame)
    if not found:
        return empty_vector(frame.steps), np.empty((0, frame.steps))
    frame.budget.spend(len(found) * frame.steps)
    values = np.empty((len(found), frame.steps))
    times_ms = np.empty_like(values)
    fresh = np.empty(values.shape, dtype=np.bool_)
    known: dict[int, tuple[Positions, Ints, Mask]] = {}
    for row, series in enumerate(found):
        key = id(series.ts_ms)
        if key not in known:
            known[key] = _positions(series.ts_ms, reference_ms, frame.limits.lookback_ms)
        position, sample_ms, fresh[row] = known[key]
        times_ms[row] = sample_ms
        np.take(series.values, position, out=values[row])
    return Vector([series.labels for series in found], values, fresh & ~is_stale(values)), times_ms


def _positions(ts_ms: Ints, reference_ms: Ints, lookback_ms: int) -> tuple[Positions, Ints, Mask]:
    """Return where the newest sample of each step is, its time, and whether it is new enough."""
    position = np.searchsorted(ts_ms, reference_ms, side="right") - 1
    known = position >= 0
    position[~known] = 0
    sample_ms = ts_ms[position]
    return position, sample_ms, known & (sample_ms > reference_ms - lookback_ms)


def _fetch(matchers: tuple[Matcher, ...], reference_ms: Ints, back_ms: int, frame: Frame) -> list[Series]:
    start_ms = int(reference_ms.min()) - back_ms + 1
    found = frame.queryable.select(matchers, start_ms, int(reference_ms.max()))
    frame.budget.spend(sum(len(series.ts_ms) for series in found))
    return found


def _without_stale(found: list[Series]) -> list[Series]:
    """Drop the markers; most answers have none, and then the series keep the arrays that they share."""
    if not found or not is_stale(np.concatenate([series.values for series in found])).any():
        return found
    kept = [(series, ~is_stale(series.values)) for series in found]
    return [
        series if keep.all() else Series(series.labels, series.ts_ms[keep], series.values[keep])
        for series, keep in kept
        if keep.any()
    ]


def _joined(parts: Sequence[npt.NDArray[np.generic]], dtype: type) -> npt.NDArray:  # type: ignore[type-arg]
    return np.concatenate(parts) if parts else np.empty(0, dtype=dtype)


def labels_of_absent(matchers: Sequence[Matcher]) -> Labels:
    """Return the labels that a selector fixes: those with exactly one matcher, and that one for equality."""
    named = [matcher for matcher in matchers if matcher.name != "__name__"]
    counts = {matcher.name: sum(other.name == matcher.name for other in named) for matcher in named}
    return Labels(
        tuple((matcher.name, matcher.value) for matcher in named if matcher.op == "=" and counts[matcher.name] == 1)
    )
