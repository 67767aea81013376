"""Where and when an expression is evaluated, and how much it may cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from deskwatch.errors import QueryError, QueryReason
from deskwatch.model import Clock
from deskwatch.server.promql.ast import At, Edge
from deskwatch.server.promql.values import Ints
from deskwatch.server.storage.samples import Queryable

QUERY_SECONDS: Final = 2.0  # reliability G4
MAX_SAMPLES: Final = 5_000_000  # a tenth of Prometheus's --query.max-samples, for a tenth of its memory
MAX_POINTS: Final = 11_000
"""Per series of a range query: web/api/v1/api.go in https://github.com/prometheus/prometheus."""
LOOKBACK_MS: Final = 300_000  # Prometheus's --query.lookback-delta
SUBQUERY_STEP_MS: Final = 60_000  # Prometheus's default global evaluation_interval


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may cost.

    Attributes:
        timeout_seconds: Time, checked between the parts of the expression.
        max_samples: Samples read, and cells computed, in all.
        max_points: Steps of a range query.
        lookback_ms: How old a sample may be and still count as now.
        subquery_step_ms: The step of a subquery that names none.
    """

    timeout_seconds: float = QUERY_SECONDS
    max_samples: int = MAX_SAMPLES
    max_points: int = MAX_POINTS
    lookback_ms: int = LOOKBACK_MS
    subquery_step_ms: int = SUBQUERY_STEP_MS


class Budget:
    """What is left of a query's limits."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._deadline = clock.monotonic() + limits.timeout_seconds
        self._samples = 0

    def check_time(self) -> None:
        """Raise when the time is over."""
        if self._clock.monotonic() > self._deadline:
            seconds = self._limits.timeout_seconds
            raise QueryError(f"the query took longer than {seconds:g} s", reason=QueryReason.TIMEOUT)

    def spend(self, samples: int) -> None:
        """Count samples or cells; raise when there were too many, or the time is over."""
        self._samples += samples
        if self._samples > self._limits.max_samples:
            raise QueryError(
                f"the query would load too many samples: more than {self._limits.max_samples};"
                " name fewer series, a shorter range or a longer step"
            )
        self.check_time()


@dataclass(frozen=True, slots=True)
class Frame:
    """The steps at which an expression is evaluated.

    Attributes:
        times_ms: The steps.
        start_ms: The first step of the whole query, ``@ start()``.
        end_ms: Its last, ``@ end()``.
    """

    times_ms: Ints
    start_ms: int
    end_ms: int
    limits: Limits
    budget: Budget
    queryable: Queryable

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return len(self.times_ms)

    def at(self, times_ms: Ints) -> Frame:
        """Return the frame of a subquery's steps."""
        return replace(self, times_ms=times_ms)

    def reference_ms(self, offset_ms: int, at: At | None) -> Ints:
        """Return, for each step, the time that a selector looks at."""
        if at is None:
            return self.times_ms - offset_ms
        fixed = {Edge.START: self.start_ms, Edge.END: self.end_ms}[at] if isinstance(at, Edge) else at
        return np.full(self.steps, fixed - offset_ms, dtype=np.int64)
