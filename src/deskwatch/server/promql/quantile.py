"""Quantiles of samples, and of classic histograms.

Source:  https://github.com/prometheus/prometheus/blob/release-3.5/promql/quantile.go
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from deskwatch.server.promql.values import Floats, Mask

SMALL_DELTA = 1e-12  # quantile.go, smallDeltaTolerance: smaller differences between buckets are rounding


def interpolated(
    ordered: Floats, start: npt.NDArray[np.intp], counts: npt.NDArray[np.intp], quantile: Floats
) -> Floats:
    """Return the quantile of each run of ``ordered``; a quantile outside [0, 1] gives anything."""
    rank = np.nan_to_num(np.clip(quantile, 0, 1)) * (counts - 1)
    lower = np.floor(rank).astype(np.intp)
    upper = np.minimum(lower + 1, counts - 1)
    weight = rank - lower
    result: Floats = ordered[start + lower] * (1 - weight) + ordered[start + upper] * weight
    return result


def outside_unit(quantile: Floats, values: Floats) -> Floats:
    """Return the values, with -Inf for a quantile below 0, +Inf above 1 and NaN for NaN."""
    result = np.where(quantile < 0, -np.inf, np.where(quantile > 1, np.inf, values))
    return np.where(np.isnan(quantile), np.nan, result)


@np.errstate(divide="ignore", invalid="ignore")  # an empty histogram divides by zero
def bucket_quantile(quantile: Floats, bounds: Floats, counts: Floats) -> Floats:
    """Return the quantile of classic histograms that share their buckets.

    Args:
        quantile: One number a histogram.
        bounds: The upper bounds, ascending and distinct.
        counts: Cumulative counts, ``[bucket, histogram]``.
    """
    if len(bounds) < 2 or not np.isposinf(bounds[-1]):
        return outside_unit(quantile, np.full(quantile.shape, np.nan))
    counts = _monotonic(counts)
    total = counts[-1]
    rank = quantile * total
    reached = counts[:-1] >= rank
    bucket = np.where(reached.any(axis=0), reached.argmax(axis=0), len(bounds) - 1)
    values = _within(bucket, rank, bounds, counts)
    values = np.where(bucket == len(bounds) - 1, bounds[-2], values)
    values = np.where((total == 0) | np.isnan(total), np.nan, values)
    return outside_unit(quantile, values)


def _within(bucket: npt.NDArray[np.intp], rank: Floats, bounds: Floats, counts: Floats) -> Floats:
    """Return the value at the rank, taking a bucket's observations as evenly spread."""
    histogram = np.arange(counts.shape[1])
    below = np.maximum(bucket - 1, 0)
    is_lowest = bucket == 0
    low = np.where(is_lowest, 0.0, bounds[below])
    before = np.where(is_lowest, 0.0, counts[below, histogram])
    high = bounds[bucket]
    inside = low + (high - low) * ((rank - before) / (counts[bucket, histogram] - before))
    return np.where(is_lowest & (bounds[0] <= 0), bounds[0], inside)


def _monotonic(counts: Floats) -> Floats:
    """Return the counts so that none falls, and none rises by rounding only."""
    result = counts.copy()
    for row in range(1, len(result)):
        before, here = result[row - 1], result[row]
        result[row] = np.where((here < before) | _almost_equal(before, here), before, here)
    return result


def _almost_equal(a: Floats, b: Floats) -> Mask:
    """Say whether two counts differ by rounding: util/almost/almost.go."""
    difference, size = np.abs(a - b), np.abs(a) + np.abs(b)
    smallest = np.finfo(np.float64).tiny
    tiny = (a == 0) | (b == 0) | (size < smallest)
    equal: Mask = (a == b) | np.where(tiny, difference < SMALL_DELTA * smallest, difference / size < SMALL_DELTA)
    return equal
