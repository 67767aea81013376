"""What a strategy decides, and how long it takes to decide."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

DECISION_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Seconds: a rule on a tick takes 1 ms, the optimisation of a portfolio up to a minute."""

SIGNALS: Final = Metric(
    "trading_signals_total", "counter", "Signals: BUY, SELL or HOLD.", ("strategy", "symbol", "signal")
)
SIGNALS_ACTIVE: Final = Metric("trading_signals_active", "gauge", "Signals open now.", ("strategy", "symbol"))
SIGNAL_GENERATION: Final = Metric(
    "trading_signal_generation_seconds",
    "histogram",
    "Time that a signal took.",
    ("strategy",),
    unit="seconds",
    buckets=DECISION_BUCKETS,
)
OPTIMIZATION: Final = Metric(
    "trading_optimization_seconds",
    "histogram",
    "Time that an optimisation of the portfolio took.",
    ("strategy",),
    unit="seconds",
    buckets=DECISION_BUCKETS,
)
OPTIMIZATION_FAILURES: Final = Metric(
    "trading_optimization_failures_total", "counter", "Optimisations that gave no portfolio.", ("strategy",)
)
