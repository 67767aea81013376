"""Watch a ccxt exchange: orders, fills, refusals, request weight, clock; and, if asked to, gate its orders.

Way:     the bot's calls of the exchange → [watch] → TradingMetrics, BrokerMetrics, guard.
Threads: any; the watch adds no request and no wait to the call that it watches.
Source:  https://docs.ccxt.com/#/README?id=exchange-methods (a method of ccxt's that needs another looks it up on the
         instance, so that what stands there is called)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from deskwatch.client.extra import load
from deskwatch.client.guard import Guard
from deskwatch.client.metrics import DropReason
from deskwatch.client.recorders.broker import BrokerMetrics
from deskwatch.client.trading import TradingMetrics
from deskwatch.client.venue.around import Arguments, Look, Step, around
from deskwatch.client.venue.ccxt_calls import (
    AskTime,
    Context,
    EditOrder,
    PlaceOrders,
    Request,
    given_one,
    given_orders,
    note_answer,
)
from deskwatch.client.venue.ccxt_orders import CcxtOrders, EquityOf, Given

WEIGHT_LIMITS: Final = {"binance": 6000, "binanceusdm": 2400, "binancecoinm": 2400}
"""Request weight a minute by ccxt's id; Binance tells only what is used.

Source: https://developers.binance.com/docs/binance-spot-api-docs/rest-api/limits and
        https://developers.binance.com/docs/derivatives/usds-margined-futures/general-info#ip-limits
"""


def watch(
    exchange: Any,  # noqa: ANN401  (any of ccxt's classes, sync, async or pro)
    metrics: TradingMetrics,
    *,
    guard: Guard | None = None,
    fills: Literal["all", "trades"] = "all",
    equity: str | EquityOf | None = None,
    positions: bool = False,
    marks: bool = False,
    weight_limit: float | None = None,
    broker: BrokerMetrics | None = None,
    clock: Callable[[], float] = time.time,
    timer: Callable[[], float] = time.perf_counter,
) -> Watch:
    """Record what a bot does with a ccxt exchange. What its methods return and raise stays as it was.

    Args:
        exchange: The exchange, of ``ccxt``, ``ccxt.async_support`` or ``ccxt.pro``.
        metrics: Where orders, fills and equity are recorded. Its guard is told of orders, positions and the clock.
        guard: If given, it is asked before each order, and one that it refuses raises ``OrderRefusedError`` (which is
            a ``ccxt.OperationRejected`` too) before anything is sent. Most often ``metrics.guard``.
        fills: ``all`` records fills from orders and from trades, ``trades`` from trades alone, which have the fee where
            a venue leaves it out of its orders; then the bot must ask for its trades.
        equity: Record the equity whenever the bot fetches its balance: a currency, of which the total is taken, or a
            function of the balance.
        positions: Correct the guard's positions whenever the bot fetches its positions.
        marks: Record the last price whenever the bot fetches a ticker; the gate needs a price for a market order.
        weight_limit: The venue's request weight a minute, where it is not known (``WEIGHT_LIMITS``).
        broker: Where the exchange's own behaviour is recorded; by default a recorder of its id, beside ``metrics``.
        clock: Gives the wall time in seconds.
        timer: Gives seconds that only go forward.

    Raises:
        MissingExtraError: ccxt is not installed.
        ValueError: This exchange is watched already, ``fills`` is another word, or it is no exchange of ccxt's.
    """
    load("ccxt", "ccxt", "Watching an exchange of ccxt")
    if not all(hasattr(exchange, name) for name in ("id", "markets", "fetch", "create_order", "on_rest_response")):
        raise ValueError(f"exchange must be one of ccxt's, such as ccxt.binanceusdm(), was {exchange!r}")
    if "create_order" in vars(exchange):
        raise ValueError(f"the exchange {exchange.id} is watched already; stop that watch first")
    if fills not in ("all", "trades"):
        raise ValueError(f"fills must be 'all' or 'trades', was {fills!r}")
    known = broker if broker is not None else BrokerMetrics(exchange.id, registry=metrics.registry)
    told = guard if guard is not None else metrics.guard
    orders = CcxtOrders(
        lambda symbol: (exchange.markets or {}).get(symbol),  # noqa: PLW0108  (they may be loaded later, and anew)
        metrics,
        told,
        known,
        trades_only=fills == "trades",
        since=clock(),
    )
    context = Context(metrics, orders, known, gate=guard, told=told, clock=clock, timer=timer)
    limit = weight_limit if weight_limit is not None else WEIGHT_LIMITS.get(exchange.id)
    watched = Watch(exchange, context, weight_limit=limit)
    watched.install(_equity_of(equity), positions=positions, marks=marks)
    return watched


class Watch:
    """What watches one exchange; ``stop`` lets go of it.

    Attributes:
        broker: The recorder of the exchange, for what else the bot knows of it.
    """

    def __init__(self, exchange: Any, context: Context, *, weight_limit: float | None) -> None:  # noqa: ANN401  (as above)
        self.broker = context.broker
        self._exchange = exchange
        self._context = context
        self._weight_limit = weight_limit
        self._names: list[str] = []

    def install(self, equity_of: EquityOf | None, *, positions: bool, marks: bool) -> None:
        """Put the watch around the methods of this one exchange; its class stays as it is."""
        context, orders = self._context, self._context.orders
        self._around("fetch", lambda arguments: Request(context, arguments.get("method", "GET")))
        self._around("fetch_time", lambda _: AskTime(context))
        for name in ("create_order", "create_order_ws"):
            self._around(name, self._place(given_one, by_socket=name.endswith("_ws")))
        for name in ("create_orders", "create_orders_ws"):
            self._around(name, self._place(given_orders, by_socket=name.endswith("_ws")))
        for name in ("edit_order", "edit_order_ws"):
            self._around(name, lambda arguments: EditOrder(context, arguments))
        for name in _ORDER_METHODS:
            self._around(name, lambda _: Look(orders.saw_orders))
        for name in _TRADE_METHODS:
            self._around(name, lambda _: Look(orders.saw_trades))
        self._install_asked(equity_of, positions=positions, marks=marks)
        hook = self._exchange.on_rest_response

        def on_rest_response(code: int, reason: str, url: str, method: str, headers: Any, *rest: Any) -> Any:  # noqa: ANN401
            self._answered(code, headers)
            return hook(code, reason, url, method, headers, *rest)

        self._set("on_rest_response", on_rest_response)

    def _install_asked(self, equity_of: EquityOf | None, *, positions: bool, marks: bool) -> None:
        orders = self._context.orders
        if positions:
            self._around("fetch_positions", self._positions)
        for name in _TICKER_METHODS if marks else ():
            self._around(name, lambda _: Look(orders.saw_tickers))
        if equity_of is not None:
            for name in ("fetch_balance", "watch_balance"):
                self._around(name, lambda _: Look(lambda answer: orders.saw_balance(answer, equity_of)))

    def stop(self) -> None:
        """Give the exchange its own methods back."""
        for name in self._names:
            vars(self._exchange).pop(name, None)
        self._names.clear()

    def _place(self, read: Callable[[Arguments], list[Given]], *, by_socket: bool) -> Callable[[Arguments], Step]:
        return lambda arguments: PlaceOrders(self._context, lambda: read(arguments), by_socket=by_socket)

    def _positions(self, arguments: Arguments) -> Step:
        everything = not arguments.get("symbols")
        return Look(lambda answer: self._context.orders.saw_positions(answer, all_symbols=everything))

    def _answered(self, code: int, headers: Mapping[str, str]) -> None:
        note_answer(code)
        self.broker.record_connected(connected=True)
        try:
            self._weigh(headers)
        except Exception:  # noqa: BLE001  (a header of another form than documented)
            self.broker.registry.drops.count(DropReason.NOT_A_NUMBER)

    def _weigh(self, headers: Mapping[str, str]) -> None:
        low = {str(name).lower(): value for name, value in headers.items()}
        if "x-mbx-used-weight-1m" in low and self._weight_limit:
            self.broker.record_request_weight(float(low["x-mbx-used-weight-1m"]), self._weight_limit)
            return
        for left, limit in _LEFT_OF:
            if left in low and limit in low:
                of = float(low[limit])
                self.broker.record_request_weight(of - float(low[left]), of)

    def _around(self, name: str, step: Callable[[Arguments], Step]) -> None:
        method = getattr(self._exchange, name, None)
        if method is None:
            return
        wrapped = around(method, step, self.broker.registry.drops)
        self._set(name, wrapped)
        camel = _camel_case(name)  # ccxt has both spellings: https://docs.ccxt.com/#/README?id=naming-conventions
        if hasattr(self._exchange, camel):
            self._set(camel, wrapped)

    def _set(self, name: str, value: object) -> None:
        setattr(self._exchange, name, value)
        self._names.append(name)


_ORDER_METHODS: Final = (
    "cancel_order",
    "cancel_order_ws",
    "cancel_orders",
    "cancel_all_orders",
    "fetch_order",
    "fetch_orders",
    "fetch_open_orders",
    "fetch_closed_orders",
    "fetch_canceled_orders",
    "fetch_canceled_and_closed_orders",
    "watch_orders",
)
_TRADE_METHODS: Final = ("fetch_my_trades", "fetch_order_trades", "watch_my_trades")
_TICKER_METHODS: Final = ("fetch_ticker", "fetch_tickers", "watch_ticker", "watch_tickers")
_LEFT_OF: Final = (  # what is left of a limit, and the limit
    ("x-bapi-limit-status", "x-bapi-limit"),  # https://bybit-exchange.github.io/docs/v5/rate-limit
    ("x-ratelimit-remaining", "x-ratelimit-limit"),  # https://docs.bitmex.com/api-explorer (Rate Limits)
)


def _equity_of(equity: str | EquityOf | None) -> EquityOf | None:
    if isinstance(equity, str):
        currency = equity
        return lambda balance: balance["total"][currency]
    return equity


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
