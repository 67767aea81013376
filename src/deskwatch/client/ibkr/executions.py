"""Record each execution once, with its commission, although both come apart, again, and corrected.

Way:     execution, commission → [executions] → TradingMetrics.record_fill.
Time:    an execution waits for its commission as long as ``delays`` says, and is then recorded without.
Source:  https://interactivebrokers.github.io/tws-api/classIBApi_1_1Execution.html (execId: a correction differs from
         what it corrects only in the digits after the last full stop)
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from deskwatch.client import untrusted
from deskwatch.client.ibkr.contracts import Contracts
from deskwatch.client.ibkr.delays import Delays
from deskwatch.client.ibkr.metrics import IbkrMetrics
from deskwatch.client.trading import TradingMetrics

MAX_KEPT: Final = 10_000
"""Executions that are remembered, the oldest give way. DESIGN.md, "Inside the bot"."""

SIGNS: Final = {"BUY": 1, "SELL": -1}
_SIDES: Final = {"BOT": "BUY", "SLD": "SELL"}
_OPPOSITE: Final = {"BUY": "SELL", "SELL": "BUY"}
_ZERO: Final = Decimal(0)

Recorded = Callable[[str, Decimal], object]
"""Hears of the symbol and of the signed units of every fill that was recorded."""


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution as TWS told it.

    Attributes:
        exec_id: Its name.
        symbol: What was traded.
        side: ``BUY`` or ``SELL``.
        units: How much, 0 after a correction that takes it back.
        price: Of one unit.
        currency: What the price is in.
        order_id: The permanent id of its order.
        market_time: When it was, Unix seconds, whole ones.
        report: ib_async's ``CommissionReport``, which it fills in when it comes; not for every order it tells so.
    """

    exec_id: str
    symbol: str
    side: str
    units: Decimal
    price: Decimal
    currency: str
    order_id: int
    market_time: float
    report: Any


class _Kept:
    """What is remembered of an execution through all its corrections.

    Attributes:
        revision: Of the newest, the digits after the last full stop.
        newest: It, or ``None`` for one from before the watch.
        booked: What was recorded of it, with its commission.
    """

    __slots__ = ("booked", "fee", "newest", "revision", "waits")

    def __init__(self, revision: int, newest: Execution | None) -> None:
        self.revision = revision
        self.newest = newest
        self.waits = newest is not None
        self.booked: Execution | None = None
        self.fee: Decimal | None = None


class Executions:
    """Remembers executions and records them.

    Args:
        metrics: Where fills are recorded.
        broker: Where commissions that did not come, and corrections, are counted.
        delays: How long an execution waits for its commission.
        recorded: Hears of each fill.
    """

    def __init__(self, metrics: TradingMetrics, broker: IbkrMetrics, delays: Delays, recorded: Recorded) -> None:
        self._metrics = metrics
        self._broker = broker
        self._delays = delays
        self._recorded = recorded
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._waiting: dict[str, str] = {}

    def knows(self, exec_id: str) -> bool:
        """Say whether the execution, or a correction of it, was taken or left out."""
        name, revision = split_exec_id(exec_id)
        kept = self._kept.get(name)
        return kept is not None and revision <= kept.revision

    def leave_out(self, exec_id: str) -> None:
        """Remember an execution from before the watch, which is not recorded, nor are its corrections."""
        name, revision = split_exec_id(exec_id)
        if name not in self._kept:
            self._keep(name, _Kept(revision, None))

    def take(self, execution: Execution) -> None:
        """Take an execution; one that was taken before changes nothing, a correction replaces what it corrects."""
        name, revision = split_exec_id(execution.exec_id)
        kept = self._kept.get(name)
        if kept is None:
            kept = self._keep(name, _Kept(revision, execution))
        elif revision <= kept.revision:
            return
        else:
            kept.revision = revision
            if kept.newest is None:
                return
            self._broker.record_correction()
            kept.newest, kept.waits = execution, True
        self._waiting[name] = execution.symbol
        self._delays.start(f"execution {name}", lambda: self._give_up(name, kept))

    def commission(self, exec_id: str, amount: object, currency: str) -> None:
        """Take a commission: its execution is recorded with it."""
        name, revision = split_exec_id(exec_id)
        kept = self._kept.get(name)
        if kept is None or kept.newest is None or revision != kept.revision:
            return
        self._pay(name, kept, kept.newest, amount, currency)

    def _pay(self, name: str, kept: _Kept, execution: Execution, amount: object, currency: str) -> None:
        if not kept.waits:
            if kept.fee is None:
                kept.fee = _ZERO  # so that it is counted once
                self._broker.record_late_commission()
            return
        self._delays.cancel(f"execution {name}")
        self._book(name, kept, untrusted.money(amount) if currency in ("", execution.currency) else None)

    def waits_for(self, symbol: str) -> bool:
        """Say whether an execution of the symbol waits for its commission."""
        return symbol in self._waiting.values()

    def flush(self) -> None:
        """Record what waits, without its commission."""
        for name in list(self._waiting):
            self._delays.cancel(f"execution {name}")
            kept = self._kept.get(name)
            if kept is not None:
                self._give_up(name, kept)

    def _give_up(self, name: str, kept: _Kept) -> None:
        execution = kept.newest
        if not kept.waits or execution is None:
            return
        report = execution.report
        if report.execId == execution.exec_id:
            self._pay(name, kept, execution, report.commission, report.currency)
        else:
            self._book(name, kept, None)

    def _book(self, name: str, kept: _Kept, fee: Decimal | None) -> None:
        execution, before, paid = kept.newest, kept.booked, kept.fee or _ZERO
        kept.waits = False
        self._waiting.pop(name, None)
        if execution is None:  # of one from before the watch nothing is ever waited for
            return
        kept.booked, kept.fee = execution, fee if fee is not None else kept.fee
        if fee is None:
            self._broker.record_fill_without_commission()
        if before is not None:
            self._record(before, _OPPOSITE[before.side], _ZERO)
        self._record(execution, execution.side, fee - paid if fee is not None else _ZERO)

    def _record(self, execution: Execution, side: str, fee: Decimal) -> None:
        if execution.units <= 0:
            return
        self._metrics.record_fill(
            execution.symbol,
            side,
            execution.units,
            execution.price,
            fee,
            order_id=execution.order_id,
            market_time=execution.market_time,
        )
        self._recorded(execution.symbol, SIGNS[side] * execution.units)

    def _keep(self, name: str, kept: _Kept) -> _Kept:
        self._kept[name] = kept
        if len(self._kept) > MAX_KEPT:
            oldest, gone = self._kept.popitem(last=False)
            self._delays.cancel(f"execution {oldest}")
            self._give_up(oldest, gone)
        return kept


def split_exec_id(exec_id: str) -> tuple[str, int]:
    """Return what an execution and its corrections share, and which of them this is."""
    name, _, digits = exec_id.rpartition(".")
    return (name, int(digits)) if name and digits.isdecimal() and len(digits) < 10 else (exec_id, 0)


def read_execution(fill: Any, contract: Any, contracts: Contracts) -> Execution | None:  # noqa: ANN401  (ib_async's)
    """Return ib_async's ``Fill`` as an execution, or ``None`` if one of its values cannot be used.

    Args:
        fill: As ib_async has it.
        contract: What names it: the order's own contract, or a leg's.
        contracts: Names it.
    """
    told = fill.execution
    side, price = _SIDES.get(told.side), untrusted.money(told.price)
    name = untrusted.text(told.execId, untrusted.MAX_NAME_CHARS)
    units = contracts.units(contract, told.shares)
    if not name or side is None or price is None or units is None or units < 0:
        return None
    symbol = contracts.symbol(contract)
    return Execution(
        name,
        symbol,
        side,
        units,
        price,
        currency=contract.currency,
        order_id=told.permId,
        market_time=told.time.timestamp(),
        report=fill.commissionReport,
    )
