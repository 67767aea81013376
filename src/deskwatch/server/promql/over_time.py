"""Aggregate the samples of each window: ``*_over_time``, ``deriv`` and ``predict_linear``.

Source:  https://github.com/prometheus/prometheus/blob/release-3.5/promql/functions.go
"""

from __future__ import annotations

import numpy as np

from deskwatch.server.promql.quantile import interpolated, outside_unit
from deskwatch.server.promql.segments import Segments, per_window, reduce_windows
from deskwatch.server.promql.values import Cells, Floats, Ints, Mask, Windows


def sum_over_time(windows: Windows) -> Cells:
    """Return the sum."""
    return reduce_windows(np.add, windows.samples, windows.first, windows.last), _filled(windows)


def count_over_time(windows: Windows) -> Cells:
    """Return the number of samples."""
    return windows.counts.astype(np.float64), _filled(windows)


def avg_over_time(windows: Windows) -> Cells:
    """Return the mean."""
    total, present = sum_over_time(windows)
    return total / windows.counts, present


def min_over_time(windows: Windows) -> Cells:
    """Return the smallest value; NaN only when there is nothing else."""
    return reduce_windows(np.fmin, windows.samples, windows.first, windows.last), _filled(windows)


def max_over_time(windows: Windows) -> Cells:
    """Return the largest value; NaN only when there is nothing else."""
    return reduce_windows(np.fmax, windows.samples, windows.first, windows.last), _filled(windows)


def last_over_time(windows: Windows) -> Cells:
    """Return the newest value."""
    present = _filled(windows)
    return windows.samples[np.where(present, windows.last - 1, 0)], present


def present_over_time(windows: Windows) -> Cells:
    """Return 1 where there is any sample."""
    return np.ones(windows.first.shape), _filled(windows)


def stdvar_over_time(windows: Windows) -> Cells:
    """Return the variance of the population."""

    def variance(part: Segments) -> Floats:
        values = windows.samples[part.position]
        mean = part.sum(values) / part.counts
        return part.sum((values - mean[part.owner]) ** 2) / part.counts

    return per_window(windows, variance), _filled(windows)


def stddev_over_time(windows: Windows) -> Cells:
    """Return the standard deviation of the population."""
    variance, present = stdvar_over_time(windows)
    return np.sqrt(variance), present


def quantile_over_time(windows: Windows, quantile: Floats) -> Cells:
    """Return the quantile, interpolated between samples; ``quantile`` is one number a step."""
    wanted = np.broadcast_to(quantile, windows.first.shape)

    def interpolate(part: Segments) -> Floats:
        values = windows.samples[part.position]
        order = np.lexsort((values, ~np.isnan(values), part.owner))  # NaN counts as the smallest
        return interpolated(values[order], part.start, part.counts, wanted.ravel()[part.window])

    return outside_unit(wanted, per_window(windows, interpolate)), _filled(windows)


def deriv(windows: Windows) -> Cells:
    """Return the slope of the least-squares line, a second."""

    def slope(part: Segments) -> Floats:
        origin_ms = windows.ts_ms[part.position[part.start]]
        return _regression(windows, part, origin_ms)[0]

    return per_window(windows, slope), windows.counts >= 2


def predict_linear(windows: Windows, seconds: Floats) -> Cells:
    """Return where the least-squares line will be; ``seconds`` is one number a step."""
    shape = windows.first.shape
    ahead = np.broadcast_to(seconds, shape).ravel()
    origin = np.broadcast_to(windows.time_ms, shape).ravel()

    def predicted(part: Segments) -> Floats:
        slope, intercept = _regression(windows, part, origin[part.window])
        return slope * ahead[part.window] + intercept

    return per_window(windows, predicted), windows.counts >= 2


def _regression(windows: Windows, part: Segments, origin_ms: Ints) -> tuple[Floats, Floats]:
    """Return slope and value at the origin; times are taken from the mean, which costs no digits."""
    y = windows.samples[part.position]
    x = (windows.ts_ms[part.position] - origin_ms[part.owner]) / 1000
    mean_x, mean_y = part.sum(x) / part.counts, part.sum(y) / part.counts
    dx = x - mean_x[part.owner]
    slope = part.sum(dx * (y - mean_y[part.owner])) / part.sum(dx * dx)
    intercept = mean_y - slope * mean_x
    start = y[part.start]
    is_level = np.minimum.reduceat(y == start[part.owner], part.start)
    slope = np.where(is_level, np.where(np.isinf(start), np.nan, 0.0), slope)
    return slope, np.where(is_level, np.where(np.isinf(start), np.nan, start), intercept)


def _filled(windows: Windows) -> Mask:
    return windows.counts > 0
