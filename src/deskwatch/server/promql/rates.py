"""How a series moves within its window: rate and its kin.

Source:  https://github.com/prometheus/prometheus/blob/release-3.5/promql/functions.go (extrapolatedRate, instantValue)
"""

from __future__ import annotations

import numpy as np

from deskwatch.server.promql.segments import Positions, reduce_windows
from deskwatch.server.promql.values import Cells, Floats, Ints, Mask, Windows

EXTRAPOLATION_THRESHOLD = 1.1  # of the average distance of two samples; functions.go, extrapolationThreshold


def rate(windows: Windows) -> Cells:
    """Return the increase a second."""
    return _extrapolated(windows, is_counter=True, is_rate=True)


def increase(windows: Windows) -> Cells:
    """Return how much a counter grew, resets added, drawn out to the ends of the window."""
    return _extrapolated(windows, is_counter=True, is_rate=False)


def delta(windows: Windows) -> Cells:
    """Return how much a gauge changed, drawn out to the ends of the window."""
    return _extrapolated(windows, is_counter=False, is_rate=False)


def irate(windows: Windows) -> Cells:
    """Return the increase a second between the last two samples."""
    previous, newest, present = _last_two(windows)
    seconds = (_ms(windows, newest) - _ms(windows, previous)) / 1000
    before, now = _sample(windows, previous), _sample(windows, newest)
    return np.where(now < before, now, now - before) / seconds, present


def idelta(windows: Windows) -> Cells:
    """Return the difference of the last two samples."""
    previous, newest, present = _last_two(windows)
    return _sample(windows, newest) - _sample(windows, previous), present


def resets(windows: Windows) -> Cells:
    """Return how often the value fell."""
    return _counted(windows, np.diff(windows.samples) < 0)


def changes(windows: Windows) -> Cells:
    """Return how often the value changed; NaN after NaN is no change."""
    before, after = windows.samples[:-1], windows.samples[1:]
    return _counted(windows, (before != after) & ~(np.isnan(before) & np.isnan(after)))


def _extrapolated(windows: Windows, *, is_counter: bool, is_rate: bool) -> Cells:
    present = windows.counts >= 2
    first = np.where(present, windows.first, 0)
    last = np.where(present, windows.last - 1, 0)
    first_value = _sample(windows, first)
    grown = _sample(windows, last) - first_value
    if is_counter:
        grown = grown + _lost_in_resets(windows, present)
    first_ms, last_ms = _ms(windows, first), _ms(windows, last)
    sampled = (last_ms - first_ms) / 1000
    average = sampled / (windows.counts - 1)
    to_start = (first_ms - (windows.end_ms - windows.range_ms)) / 1000
    to_end = (windows.end_ms - last_ms) / 1000
    to_start = np.where(to_start >= average * EXTRAPOLATION_THRESHOLD, average / 2, to_start)
    to_end = np.where(to_end >= average * EXTRAPOLATION_THRESHOLD, average / 2, to_end)
    if is_counter:
        to_zero = np.where((grown > 0) & (first_value >= 0), sampled * (first_value / grown), to_start)
        to_start = np.where(to_zero < to_start, to_zero, to_start)
    factor = (sampled + to_start + to_end) / sampled
    if is_rate:
        factor = factor / (windows.range_ms / 1000)
    return grown * factor, present


def _lost_in_resets(windows: Windows, present: Mask) -> Floats:
    """Return the sum of the values from which a counter fell, within each window."""
    lost = np.zeros(windows.first.shape)
    fell = windows.samples[1:] < windows.samples[:-1]
    fell[windows.start[1:] - 1] = False  # the next sample is another series'
    falls = np.flatnonzero(fell)
    if not len(falls):
        return lost
    rows = np.unique(np.searchsorted(windows.start, falls, side="right") - 1)
    from_which = np.zeros(len(windows.samples))
    from_which[falls + 1] = windows.samples[falls]
    # A fall onto the first sample of a window began before it.
    second = np.where(present, windows.first + 1, windows.last)
    lost[rows] = reduce_windows(np.add, from_which, second[rows], windows.last[rows])
    return lost


def _counted(windows: Windows, event: Mask) -> Cells:
    """Count the events between consecutive samples of each window."""
    present = windows.counts > 0
    running = np.concatenate(([0.0, 0.0], np.cumsum(event)))  # at i: events among the first i samples
    first = np.where(present, windows.first + 1, 0)
    last = np.where(present, windows.last, 0)
    return running[last] - running[first], present


def _last_two(windows: Windows) -> tuple[Positions, Positions, Mask]:
    present = windows.counts >= 2
    newest = np.where(present, windows.last - 1, 0)
    return np.where(present, newest - 1, 0), newest, present


def _sample(windows: Windows, position: Positions) -> Floats:
    values: Floats = np.take(windows.samples, position)
    return values


def _ms(windows: Windows, position: Positions) -> Ints:
    return np.take(windows.ts_ms, position)
