"""Quantiles against numpy's, and classic histograms by hand."""

from __future__ import annotations

import numpy as np
import pytest

from deskwatch.server.promql.quantile import bucket_quantile, interpolated, outside_unit

BOUNDS = np.array([0.1, 1.0, 5.0, np.inf])


@pytest.mark.parametrize("quantile", [0.0, 0.1, 0.5, 0.99, 1.0])
def test_interpolated_is_numpys_linear_quantile(quantile: float) -> None:
    runs = [np.sort(np.random.default_rng(size).normal(size=size)) for size in (1, 2, 7, 100)]
    counts = np.array([len(run) for run in runs])
    found = interpolated(np.concatenate(runs), np.cumsum(counts) - counts, counts, np.full(len(runs), quantile))
    assert found == pytest.approx([np.quantile(run, quantile) for run in runs], rel=1e-12)


def test_a_quantile_outside_zero_to_one_is_infinite() -> None:
    found = outside_unit(np.array([-0.1, 1.1, 0.5, np.nan]), np.full(4, 7.0))
    assert found[:3].tolist() == [-np.inf, np.inf, 7.0]
    assert np.isnan(found[3])


@pytest.mark.parametrize(
    ("counts", "quantile", "wanted"),
    [
        ([0, 10, 10, 10], 0.5, 0.55),  # half of 0.1 .. 1.0
        ([10, 10, 10, 10], 0.5, 0.05),  # the lowest bucket begins at 0
        ([0, 0, 5, 10], 0.9, 5.0),  # beyond the last bound: the last bound
        ([4, 2, 10, 10], 0.2, 0.05),  # a count that falls is raised to the one before
    ],
)
def test_bucket_quantile_by_hand(counts: list[float], quantile: float, wanted: float) -> None:
    found = bucket_quantile(np.array([quantile]), BOUNDS, np.array(counts, dtype=float)[:, np.newaxis])
    assert found == pytest.approx([wanted])


@pytest.mark.parametrize(
    ("bounds", "counts"), [(BOUNDS, [0.0, 0.0, 0.0, 0.0]), (BOUNDS[:3], [1.0, 2.0, 3.0]), (BOUNDS[3:], [3.0])]
)
def test_an_empty_or_open_histogram_has_no_quantile(bounds: np.ndarray, counts: list[float]) -> None:
    assert np.isnan(bucket_quantile(np.array([0.5]), bounds, np.array(counts)[:, np.newaxis])).all()
