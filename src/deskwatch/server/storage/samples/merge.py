"""Join what several places know of one series."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from deskwatch.server.storage.samples.ports import Series


def merge(parts: Sequence[Series]) -> Series:
    """Return one series of all samples by time; of two samples at one time the first part's counts."""
    if len(parts) == 1:
        return parts[0]
    ts_ms = np.concatenate([part.ts_ms for part in parts])
    values = np.concatenate([part.values for part in parts])
    unique_ms, first = np.unique(ts_ms, return_index=True)
    return Series(parts[0].labels, unique_ms, values[first])


def prepend(older: Series, newer: Series) -> Series:
    """Return the newer samples, with those of ``older`` that lie before them in front."""
    count = int(np.searchsorted(older.ts_ms, newer.ts_ms[0]))
    if not count:
        return newer
    return Series(
        newer.labels,
        np.concatenate([older.ts_ms[:count], newer.ts_ms]),
        np.concatenate([older.values[:count], newer.values]),
    )
