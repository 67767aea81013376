"""The functions that the engine knows, by what they take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from deskwatch.server.promql import over_time, rates
from deskwatch.server.promql.dates import DATE_FUNCTIONS
from deskwatch.server.promql.elementwise import ELEMENTWISE, WITH_SCALARS
from deskwatch.server.promql.values import Cells, Windows

OF_WINDOWS: Final[dict[str, Callable[[Windows], Cells]]] = {
    "rate": rates.rate,
    "increase": rates.increase,
    "delta": rates.delta,
    "irate": rates.irate,
    "idelta": rates.idelta,
    "resets": rates.resets,
    "changes": rates.changes,
    "deriv": over_time.deriv,
    "avg_over_time": over_time.avg_over_time,
    "min_over_time": over_time.min_over_time,
    "max_over_time": over_time.max_over_time,
    "sum_over_time": over_time.sum_over_time,
    "count_over_time": over_time.count_over_time,
    "last_over_time": over_time.last_over_time,
    "present_over_time": over_time.present_over_time,
    "stddev_over_time": over_time.stddev_over_time,
    "stdvar_over_time": over_time.stdvar_over_time,
}

KEEPS_NAME: Final = frozenset({"last_over_time"})

OTHERS: Final = frozenset(
    {
        "absent",
        "absent_over_time",
        "histogram_quantile",
        "label_join",
        "label_replace",
        "pi",
        "predict_linear",
        "quantile_over_time",
        "scalar",
        "sort",
        "sort_desc",
        "time",
        "timestamp",
        "vector",
    }
)

FUNCTIONS: Final = frozenset({*OF_WINDOWS, *OTHERS, *ELEMENTWISE, *WITH_SCALARS, *DATE_FUNCTIONS})
