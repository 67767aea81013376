"""What only Interactive Brokers has: its messages, commissions that come apart from the fill, corrected executions."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

_BROKER: Final = ("broker",)

MESSAGES: Final = Metric("ibkr_messages_total", "counter", "Messages of TWS, by what they mean.", ("broker", "kind"))
WITHOUT_COMMISSION: Final = Metric(
    "ibkr_fills_without_commission_total",
    "counter",
    "Fills recorded without their commission: it did not come in time, or is in another currency.",
    _BROKER,
)
LATE_COMMISSIONS: Final = Metric(
    "ibkr_commissions_late_total", "counter", "Commissions that came after their fill was recorded without.", _BROKER
)
CORRECTIONS: Final = Metric("ibkr_fill_corrections_total", "counter", "Executions that were corrected.", _BROKER)
