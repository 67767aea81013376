"""Show what the ledger knows of other currencies, and what was paid to hold positions.

Way:     a scrape → account → [currencies]: ledger → gauges.
Threads: the scrape's; the ledger goes on meanwhile.
"""

from __future__ import annotations

from deskwatch.client.metrics import Registry
from deskwatch.client.trading.ledger import Ledger


class CurrencyGauges:
    """Rates and funding of one strategy.

    Args:
        registry: Where they are declared.
        strategy: The label ``strategy``.
    """

    def __init__(self, registry: Registry, strategy: str) -> None:
        gauge, money = registry.gauge, ("strategy", "currency")
        self._strategy = strategy
        self._funding = gauge("trading_pnl_funding", "Funding received, less what was paid.", money)
        self._rate = gauge("trading_rate", "What one of the currency is worth in the account's.", money)
        self._rated_at = gauge("trading_rate_timestamp_seconds", "Time of the newest rate of the currency.", money)
        self._missing = gauge(
            "trading_rates_missing", "Currencies that are used and have no rate; the equity is unknown.", ("strategy",)
        ).labels(strategy)

    def show(self, ledger: Ledger) -> None:
        """Set the gauges."""
        self._missing.set(float(len(ledger.unrated)))
        self._funding.labels(self._strategy, ledger.currency).set(ledger.funding)
        for purse in list(ledger.purses.values()):
            if purse.rate is not None and purse.rated_at is not None:
                self._rate.labels(self._strategy, purse.currency).set(purse.rate)
                self._rated_at.labels(self._strategy, purse.currency).set(purse.rated_at)
