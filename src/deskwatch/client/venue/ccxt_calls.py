"""What goes on around the calls of a ccxt exchange: a request, an order, a change of one, a look at the clock.

Way:     integrations.ccxt puts them around the methods → [ccxt_calls] → TradingMetrics, BrokerMetrics, guard.
Threads: what belongs to which call goes by a context variable, so that threads and tasks do not mix.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from dataclasses import dataclass
from functools import cache
from typing import Any

from deskwatch.client import untrusted
from deskwatch.client.extra import load
from deskwatch.client.guard import Allowed, Guard
from deskwatch.client.metrics import DropReason
from deskwatch.client.recorders.broker import BrokerMetrics
from deskwatch.client.trading import TradingMetrics
from deskwatch.client.venue.around import Arguments, Step
from deskwatch.client.venue.ccxt_errors import connection_reason, is_too_many, is_unknown, reject_reason
from deskwatch.client.venue.ccxt_orders import CcxtOrders, Given
from deskwatch.client.venue.placing import Outcome, Placing
from deskwatch.client.venue.reasons import ConnectionReason, RejectReason
from deskwatch.errors import OrderRefusedError

_placing: ContextVar[Placing | None] = ContextVar("deskwatch_ccxt_placing", default=None)


@dataclass(frozen=True, slots=True)
class Context:
    """What all calls of one exchange share.

    Attributes:
        metrics: Where orders are recorded.
        orders: Reads what the exchange returned.
        broker: Where the exchange's own behaviour is recorded.
        gate: Asked before an order; ``None`` for nobody.
        told: Told what became of orders; ``None`` for nobody.
        clock: Gives the wall time in seconds.
        timer: Gives seconds that only go forward.
    """

    metrics: TradingMetrics
    orders: CcxtOrders
    broker: BrokerMetrics
    gate: Guard | None
    told: Guard | None
    clock: Callable[[], float]
    timer: Callable[[], float]

    def unreadable(self) -> OrderRefusedError:
        """Return the refusal of an order that the gate cannot be asked about, and count it."""
        self.broker.registry.drops.count(DropReason.ORDER)
        return _refused(Allowed.UNUSABLE_ORDER, "something that cannot be read")


def note_answer(status: int) -> None:
    """Take note of the HTTP status that the order got which this thread or task is placing, if it is."""
    placing = _placing.get()
    if placing is not None:
        placing.status = status


class Request(Step):
    """One HTTP request, whatever it is for.

    Args:
        context: Of the exchange.
        method: Of HTTP; all but ``GET`` may place an order.
    """

    def __init__(self, context: Context, method: str) -> None:
        self._broker = context.broker
        self._method = method

    def enter(self) -> None:
        """Count it, and take note that an order may have left."""
        placing = _placing.get()
        if placing is not None and self._method != "GET":
            placing.leaves()
        self._broker.record_call()

    def failed(self, error: BaseException) -> None:
        """Count why it failed, unless the venue just said no."""
        reason = connection_reason(error)
        if is_too_many(error):
            self._broker.record_pacing_violation()
        if reason is not None:
            self._broker.record_connection_error(reason=reason)
            self._broker.record_connected(reason is ConnectionReason.AUTH)


class PlaceOrders(Step):
    """An order, or a batch of them, on its way.

    Args:
        context: Of the exchange.
        read: Reads the orders from the arguments of the call.
        by_socket: They go by websocket, without an HTTP status: the error's class alone says what became of them.
    """

    def __init__(self, context: Context, read: Callable[[], list[Given]], *, by_socket: bool = False) -> None:
        self._context = context
        self._read = read
        self._given: list[Given] = []
        self._placing = Placing()
        self._token: Token[Placing | None] | None = None
        self._began = 0.0
        if by_socket:
            self._placing.leaves()
            self._placing.status = 200

    def enter(self) -> None:
        """Ask the gate, and begin.

        Raises:
            OrderRefusedError: The gate, if there is one, says no.
        """
        if _placing.get() is not None:  # one method of ccxt places its order by another
            return
        if self._context.gate is not None:
            self._ask(self._context.gate)
        else:
            self._given = self._read()
        for given in self._given:
            self._context.metrics.record_order(given.symbol, given.side, Outcome.SENT)
        self._token = _placing.set(self._placing)
        self._began = self._context.timer()

    def done(self, result: Any) -> None:  # noqa: ANN401  (an order of ccxt's, or a list of them)
        """Record what the venue took, and of a batch what it did not take."""
        if self._token is None:
            return
        if not isinstance(result, list):
            self._accept(self._given[0], result)
            return
        left = list(self._given)
        for answer in result:
            if answer.get("id") is not None and left:
                given = _given_of(answer, left)
                left.remove(given)
                self._accept(given, answer)
        for given in left:
            self._reject(given, RejectReason.EXCHANGE_ERROR)

    def failed(self, error: BaseException) -> None:
        """Record that the orders were rejected, or that nobody knows."""
        if self._token is None:
            return
        unknown = is_unknown(error, self._placing)
        for given in self._given:
            if unknown:
                self._record(given, Outcome.UNKNOWN)
            else:
                self._reject(given, reject_reason(error))

    def leave(self) -> None:
        """End."""
        if self._token is not None:
            _placing.reset(self._token)

    def _accept(self, given: Given, answer: Arguments) -> None:
        self._record(given, Outcome.ACCEPTED)
        if self._context.told is not None:
            self._context.told.order_accepted()
        self._context.orders.placed(given, answer)

    def _record(self, given: Given, outcome: Outcome) -> None:
        self._context.metrics.record_order(given.symbol, given.side, outcome, self._context.timer() - self._began)

    def _reject(self, given: Given, reason: RejectReason) -> None:
        self._record(given, Outcome.REJECTED)
        self._context.broker.record_reject(reason)
        self._context.orders.free(given)
        if self._placing.sent and self._context.told is not None:
            self._context.told.order_rejected()

    def _ask(self, gate: Guard) -> None:
        try:
            self._given = self._read()
            answers = [self._answer(gate, given) for given in self._given]
        except Exception as error:  # in doubt closed
            raise self._context.unreadable() from error
        refused = [(given, answer) for given, answer in zip(self._given, answers, strict=True) if not answer]
        if not refused:
            return
        for given, answer in zip(self._given, answers, strict=True):
            if answer:
                self._context.orders.free(given)
        for given, _ in refused:
            self._context.metrics.record_order(given.symbol, given.side, Outcome.REFUSED)
        raise _refused(refused[0][1], refused[0][0].symbol)

    def _answer(self, gate: Guard, given: Given) -> Allowed:
        orders = self._context.orders
        units, price = orders.units(given.symbol, given.amount), orders.price_of(given)
        return gate.allow_order(given.symbol, given.side, units or 0, price or 0, intent=orders.intent_of(given))


class EditOrder(Step):
    """A change of an order that stands: the gate is asked by its state alone, as its limits count new orders.

    Args:
        context: Of the exchange.
        arguments: Of the call.
    """

    def __init__(self, context: Context, arguments: Arguments) -> None:
        self._context = context
        self._arguments = arguments

    def enter(self) -> None:
        """Ask the gate.

        Raises:
            OrderRefusedError: The gate, if there is one, says no.
        """
        if self._context.gate is None:
            return
        try:
            given = given_order(self._arguments)
            answer = self._context.gate.allow(self._context.orders.intent_of(given))
        except Exception as error:  # in doubt closed
            raise self._context.unreadable() from error
        if not answer:
            self._context.metrics.record_order(given.symbol, given.side, Outcome.REFUSED)
            raise _refused(answer, given.symbol)

    def done(self, result: Any) -> None:  # noqa: ANN401  (an order of ccxt's)
        """Record what the answer tells anew."""
        self._context.orders.saw_orders(result)


class AskTime(Step):
    """Compares the clocks when the bot asks the venue for its time; half the way there and back is taken off.

    Args:
        context: Of the exchange.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._sent_at = 0.0

    def enter(self) -> None:
        """Look at the clock."""
        self._sent_at = self._context.clock()

    def done(self, result: Any) -> None:  # noqa: ANN401  (milliseconds, or nothing)
        """Look again, and tell the guard."""
        if result is None:
            return
        offset_seconds = (self._sent_at + self._context.clock()) / 2 - float(result) / 1000
        self._context.broker.record_clock_offset(offset_seconds)
        if self._context.told is not None:
            self._context.told.note_clock_offset(offset_seconds)


@cache
def _refused_class() -> type[OrderRefusedError]:
    rejected: Any = load("ccxt", "ccxt", "Watching an exchange of ccxt").OperationRejected

    class OrderRefused(OrderRefusedError, rejected):  # type: ignore[misc]  # noqa: N818  (named as ccxt's are)
        """Caught by what a bot has for the refusals of a venue, and never sent again as a network error would be."""

    return OrderRefused


def _refused(answer: Allowed, symbol: str) -> OrderRefusedError:
    return _refused_class()(answer.value, symbol)


def _given_of(answer: Arguments, left: list[Given]) -> Given:
    """Return which order of a batch this answer is for: ccxt sorts the answers by time."""
    likeness = (answer.get("symbol"), answer.get("side"), answer.get("amount"))
    return next((given for given in left if (given.symbol, given.side, given.amount) == likeness), left[0])


def given_order(arguments: Arguments) -> Given:
    """Return an order as the bot gave it to ``create_order``."""
    params = arguments.get("params")
    return Given(
        untrusted.text(arguments.get("symbol")) or "",
        untrusted.text(arguments.get("side")) or "",
        arguments.get("amount") or 0,
        arguments.get("price"),
        params if isinstance(params, Mapping) else {},
    )


def given_one(arguments: Arguments) -> list[Given]:
    """Return the one order of ``create_order``."""
    return [given_order(arguments)]


def given_orders(arguments: Arguments) -> list[Given]:
    """Return the orders as the bot gave them to ``create_orders``."""
    return [given_order(order) for order in arguments.get("orders", ())]
