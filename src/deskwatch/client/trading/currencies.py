"""Show what the ledger knows of other currencies, and what was paid to hold positions.

Way:     a scrape → account → [currencies]: ledger → gauges.
Threads: the scrape's; the ledger goes on meanwhile.
"""

from __future__ import annotations

from deskwatch.catalog.metrics import currencies
from deskwatch.client.series import Declares, Labelled, Level
from deskwatch.client.trading.ledger import Ledger


class CurrencyGauges:
    """Rates and funding of one strategy.

    Args:
        declares: Where they are declared.
        strategy: The label ``strategy``.
    """

    def __init__(self, declares: Declares, strategy: str) -> None:
        family = declares.family
        self._strategy = strategy
        self._funding: Labelled[Level] = family(currencies.PNL_FUNDING)
        self._rate: Labelled[Level] = family(currencies.RATE)
        self._rated_at: Labelled[Level] = family(currencies.RATE_TIME)
        self._missing: Level = family(currencies.RATES_MISSING).labels(strategy)

    def show(self, ledger: Ledger) -> None:
        """Set the gauges."""
        self._missing.set(float(len(ledger.unrated)))
        self._funding.labels(self._strategy, ledger.currency).set(ledger.funding)
        for purse in list(ledger.purses.values()):
            if purse.rate is not None and purse.rated_at is not None:
                self._rate.labels(self._strategy, purse.currency).set(purse.rate)
                self._rated_at.labels(self._strategy, purse.currency).set(purse.rated_at)
