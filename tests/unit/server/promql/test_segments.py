"""Windows reduced at once against windows reduced one by one."""

from __future__ import annotations

import numpy as np
import pytest

from deskwatch.model import Labels
from deskwatch.server.promql import segments as module
from deskwatch.server.promql.segments import per_window, reduce_windows
from deskwatch.server.promql.values import Windows

SOURCE = np.random.default_rng(3)


def windows(series: int = 7, samples: int = 40, steps: int = 11) -> Windows:
    bounds = np.sort(SOURCE.integers(0, samples + 1, (2, series, steps)), axis=0)
    start = np.arange(series) * samples
    return Windows(
        labels=[Labels({"i": str(number)}) for number in range(series)],
        ts_ms=np.tile(np.arange(samples) * 1000, series),
        samples=SOURCE.normal(size=series * samples),
        start=start,
        first=bounds[0] + start[:, np.newaxis],
        last=bounds[1] + start[:, np.newaxis],
        range_ms=1,
        end_ms=np.zeros(steps, dtype=np.int64),
        time_ms=np.zeros(steps, dtype=np.int64),
    )


@pytest.mark.parametrize(("ufunc", "alone"), [(np.add, np.sum), (np.fmin, np.min), (np.fmax, np.max)])
def test_reduce_windows_is_the_reduction_of_each(ufunc: np.ufunc, alone: object) -> None:
    given = windows()
    found = reduce_windows(ufunc, given.samples, given.first, given.last)
    for row, column in np.argwhere(given.counts > 0):
        one = given.samples[given.first[row, column] : given.last[row, column]]
        assert found[row, column] == pytest.approx(alone(one), rel=1e-13)  # type: ignore[operator]


@pytest.mark.parametrize("chunk", [1, 50, 1 << 19])
def test_per_window_is_the_same_however_it_is_cut(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(module, "CHUNK_SAMPLES", chunk)  # the seam is memory, which a test cannot fill
    given = windows()
    found = per_window(given, lambda part: part.sum(given.samples[part.position]) / part.counts)
    for (row, column), mean in np.ndenumerate(found):
        one = given.samples[given.first[row, column] : given.last[row, column]]
        assert np.isnan(mean) if not len(one) else mean == pytest.approx(one.mean(), rel=1e-12)
