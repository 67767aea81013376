"""What a strategy may lose, and the switches that stop it."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

_STRATEGY: Final = ("strategy",)

DRAWDOWN: Final = Metric(
    "trading_drawdown_ratio", "gauge", "How far the equity is below its peak.", _STRATEGY, unit="ratio"
)
DRAWDOWN_MAX: Final = Metric(
    "trading_drawdown_max_ratio", "gauge", "The deepest drawdown so far.", _STRATEGY, unit="ratio"
)
EXPOSURE_GROSS: Final = Metric(
    "trading_exposure_gross_ratio", "gauge", "Sum of absolute positions, of the equity.", _STRATEGY, unit="ratio"
)
EXPOSURE_NET: Final = Metric(
    "trading_exposure_net_ratio", "gauge", "Sum of positions, of the equity.", _STRATEGY, unit="ratio"
)
VOLATILITY: Final = Metric(
    "trading_volatility_ratio", "gauge", "Deviation of the returns, annualised; 90 d.", _STRATEGY, unit="ratio"
)
BETA: Final = Metric("trading_beta_ratio", "gauge", "How the returns follow the benchmark's; 90 d.", _STRATEGY)
VAR_95: Final = Metric(
    "trading_var_95_ratio", "gauge", "Loss that 95 % of the intervals stay below; 90 d.", _STRATEGY, unit="ratio"
)
CVAR_95: Final = Metric(
    "trading_cvar_95_ratio", "gauge", "Mean loss of the worst 5 % of the intervals; 90 d.", _STRATEGY, unit="ratio"
)
LARGEST_POSITION: Final = Metric(
    "trading_largest_position_ratio", "gauge", "Largest absolute position, of the equity.", _STRATEGY, unit="ratio"
)
RISK_UTILIZATION: Final = Metric(
    "trading_risk_utilization_ratio", "gauge", "Gross exposure, of its limit.", _STRATEGY, unit="ratio"
)
KILL_SWITCH: Final = Metric(
    "trading_kill_switch_active",
    "gauge",
    "1 while the bot's own switch stops it: pnl, psr (probabilistic Sharpe ratio below its floor), drawdown, others.",
    ("strategy", "switch"),
)
