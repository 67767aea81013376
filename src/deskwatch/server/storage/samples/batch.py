"""Samples on their way between memory and the file, as columns.

A NaN comes back from DuckDB as NULL or as another NaN, so its bits travel in a column of their own: Prometheus
tells a stale marker from an ordinary NaN by them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from deskwatch.model import Labels
from deskwatch.server.storage.samples.block import Block, is_absent
from deskwatch.server.storage.samples.ports import Series, Timestamps, Values

Columns = dict[str, npt.NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class Rows:
    """Complete rows of one block."""

    block: Block
    first: int
    last: int

    @property
    def newest_ms(self) -> int:
        """The time of the newest of the rows."""
        return int(self.block.ts_ms[self.last - 1])


def columns_of(batch: Sequence[Rows], ids: Mapping[Labels, int]) -> Columns:
    """Return the samples of the rows as the columns of the table."""
    parts = [_said(rows, ids) for rows in batch]
    series_id, ts_ms, value = (np.concatenate(column) for column in zip(*parts, strict=True))
    nan_bits = np.where(np.isnan(value), value.view(np.uint64), np.uint64(0))
    return {"series_id": series_id, "ts_ms": ts_ms, "value": value, "nan_bits": nan_bits}


def series_of(columns: Mapping[str, npt.NDArray[np.generic]], labels_of: Mapping[int, Labels]) -> list[Series]:
    """Return the series of an answer, each sorted by time."""
    ids = np.asarray(columns["series_id"])
    order = np.argsort(ids, kind="stable")
    ids = ids[order]
    ts_ms: Timestamps = np.asarray(columns["ts_ms"], dtype=np.int64)[order]
    values = _with_nans(columns)[order]
    bounds = [0, *(np.flatnonzero(np.diff(ids)) + 1).tolist(), len(ids)] if len(ids) else []
    return [
        _sorted(labels_of[int(ids[first])], ts_ms[first:last], values[first:last]) for first, last in pairwise(bounds)
    ]


def _said(rows: Rows, ids: Mapping[Labels, int]) -> tuple[npt.NDArray[np.int32], Timestamps, Values]:
    block, first, last = rows.block, rows.first, rows.last
    values = block.values[:, first:last].T.ravel()
    column_ids = np.array([ids[labels] for labels in block.series], dtype=np.int32)
    series_id = np.tile(column_ids, last - first)
    ts_ms = np.repeat(block.ts_ms[first:last], len(block.series))
    said = ~is_absent(values)
    return series_id[said], ts_ms[said], values[said]


def _with_nans(columns: Mapping[str, npt.NDArray[np.generic]]) -> Values:
    values: Values = np.array(np.ma.getdata(columns["value"]), dtype=np.float64)
    bits = np.asarray(columns["nan_bits"], dtype=np.uint64)
    is_nan = bits != 0
    values.view(np.uint64)[is_nan] = bits[is_nan]
    return values


def _sorted(labels: Labels, ts_ms: Timestamps, values: Values) -> Series:
    """Rows of one series lie in the order of time, unless somebody set the clock back between two runs."""
    if (np.diff(ts_ms) > 0).all():
        return Series(labels, ts_ms, values)
    unique_ms, first = np.unique(ts_ms, return_index=True)
    return Series(labels, unique_ms, values[first])
