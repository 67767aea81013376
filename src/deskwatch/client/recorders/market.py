"""Record the market as the bot sees it, and the feed that it comes from."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from deskwatch.catalog.metrics import market
from deskwatch.client import untrusted
from deskwatch.client.bound import Bound
from deskwatch.client.figure import set_number
from deskwatch.client.link import RecordSink
from deskwatch.client.metrics import Registry
from deskwatch.client.metrics.registry import MAX_LABEL_SETS
from deskwatch.client.naming import checked_name
from deskwatch.client.recorders.feed import FeedRecorder
from deskwatch.client.recorders.recorder import Recorder
from deskwatch.client.series import Counts, Labelled, Level

MARKET: Final = "market"
"""The symbol of what holds for all of the market."""

REGIMES: Final = {"calm": 0.0, "normal": 1.0, "storm": 2.0}


class MarketSymbol:
    """Records the ticks of one symbol; bound once, outside the loop.

    Args:
        ticks: Counts them.
        feed: Where they come from.
    """

    __slots__ = ("_feed", "_ticks")

    def __init__(self, ticks: Counts, feed: FeedRecorder) -> None:
        self._ticks = ticks
        self._feed = feed

    def record_tick(self, market_time: float | None = None) -> None:
        """Count a tick; see ``MarketMetrics.record_tick``."""
        self._ticks.inc()
        self._feed.note_data(market_time)


class MarketMetrics(Recorder):
    """Tells deskwatch of the market and of the feed. No call raises or waits after the declaration.

    Args:
        feed: Names the feed, in the label ``feed``.
        registry: Where the metrics are declared; by default the registry of the process.
        dialect: Expose them under the names of another system (docs/recorders/dialects.md).
        port: Where ``start_server`` serves them, 0 for any free port.
        clock: Gives the wall time in seconds.
        link: Where the monitor is told; by default what ``deskwatch run`` described in the environment.

    Attributes:
        feed: Records messages, gaps, staleness and quality of the data.

    Raises:
        ValueError: The feed's name is empty or too long, there is no such dialect, or another recorder of the registry
            speaks another one.
    """

    def __init__(
        self,
        feed: str = "default",
        *,
        registry: Registry | None = None,
        dialect: str | None = None,
        port: int = 0,
        clock: Callable[[], float] = time.time,
        link: RecordSink | None = None,
    ) -> None:
        super().__init__(registry=registry, dialect=dialect, port=port, clock=clock, link=link)
        self.feed = FeedRecorder(self._declares, checked_name("feed", feed), clock)
        family = self._declares.family
        self._ticks: Labelled[Counts] = family(market.TICKS)
        self._volatility = family(market.VOLATILITY)
        self._trend = family(market.TREND)
        self._regime = family(market.REGIME)
        self._liquidity = family(market.LIQUIDITY)
        self._price_change = family(market.PRICE_CHANGE)
        self._volume = family(market.VOLUME)
        self._volume_change = family(market.VOLUME_CHANGE)
        self._indicator = family(market.INDICATOR)
        self._symbols = Bound(self._symbol, MAX_LABEL_SETS, self._drops)
        self._registry.show_before_exposing(self)

    def _symbol(self, symbol: str) -> MarketSymbol:
        return MarketSymbol(self._ticks.labels(symbol), self.feed)

    def bind(self, symbol: str) -> MarketSymbol:
        """Return the recorder of one symbol's ticks, for the hot path."""
        return self._symbols.to(symbol)

    def record_tick(self, symbol: str, market_time: float | None = None) -> None:
        """Count a tick, and note how new the data is.

        Args:
            symbol: What has a new price.
            market_time: When it was, Unix seconds; by default now.
        """
        self.bind(symbol).record_tick(market_time)

    def record_volatility(self, ratio: float, symbol: str = MARKET) -> None:
        """Tell the volatility as the bot measures it; 0.2 is 20 percent."""
        self._set(self._volatility, ratio, symbol)

    def record_trend(self, trend: float, symbol: str = MARKET) -> None:
        """Tell the trend as the bot measures it: above 0 up, below 0 down."""
        self._set(self._trend, trend, symbol)

    def record_regime(self, regime: str | float, symbol: str = MARKET) -> None:
        """Tell the regime: ``calm`` (0), ``normal`` (1) or ``storm`` (2)."""
        name = untrusted.text(regime, 10) if isinstance(regime, str) else None
        self._set(self._regime, regime if name is None else REGIMES.get(name.lower()), symbol)

    def record_liquidity(self, ratio: float, symbol: str = MARKET) -> None:
        """Tell the bot's own score of liquidity, 0 to 1."""
        self._set(self._liquidity, ratio, symbol)

    def record_price_change(self, ratio: float, window: str, symbol: str = MARKET) -> None:
        """Tell how the price changed in a window such as ``1h``; 0.01 is one percent up."""
        self._set(self._price_change, ratio, symbol, window)

    def record_volume(
        self, volume: float, window: str, symbol: str = MARKET, *, change_ratio: float | None = None
    ) -> None:
        """Tell what was traded in a window such as ``24h``, as the venue counts it.

        Args:
            volume: What was traded.
            window: In which time.
            symbol: Of what.
            change_ratio: How that differs from the window before; 0.01 is one percent more.
        """
        self._set(self._volume, volume, symbol, window)
        if change_ratio is not None:
            self._set(self._volume_change, change_ratio, symbol, window)

    def record_indicator(self, indicator: str, value: float, symbol: str = MARKET) -> None:
        """Tell an indicator such as ``rsi``, ``macd``, ``bollinger_position`` or ``support_resistance_strength``."""
        self._set(self._indicator, value, symbol, indicator)

    def _set(self, family: Labelled[Level], value: object, *labels: str) -> None:
        set_number(self._drops, family, value, *labels)

    def show(self) -> None:
        """Set what is worked out in a scrape."""
        self.feed.show()
