"""A stand-in for TWS: the text protocol of server version 176 on a loopback socket, and a market that obeys the test.

It runs in a thread of its own. Market orders are filled at once, with commission and position; others are acknowledged
and wait. ``test_ibkr.py`` first holds it to a contract with ib_async alone, without deskwatch.

Source: the messages and the order of their fields are those that ``ib_async.client`` sends and ``ib_async.decoder``
        reads; https://ibkrcampus.com/campus/ibkr-api-page/twsapi-doc/ says what they mean.
"""

from __future__ import annotations

import asyncio
import struct
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

SERVER_VERSION = 176
ACCOUNT = "DU123"
COMMISSION = 1.25
PRICE = 100.0
MARKET = "MKT"

CON_IDS = {"AAPL": 265598, "MSFT": 272093, "ES": 495512563, "SPY": 756733}


@dataclass
class Placed:
    """An order as the client sent it, and how far it is."""

    order_id: int
    client_id: int
    contract: list[str]
    action: str
    quantity: float
    kind: str
    limit: str
    perm_id: int
    status: str = "PreSubmitted"
    filled: float = 0.0

    @property
    def remaining(self) -> float:
        return self.quantity - self.filled


@dataclass
class Done:
    """An execution, kept for ``reqExecutions``."""

    fields: list[Any]
    exec_id: str
    commission: float | None


@dataclass
class Tws:
    """The stand-in; its calls may come from any thread."""

    port: int = 0
    net_liquidation: float = 100_000.0
    commission: float | None = COMMISSION
    orders: dict[int, Placed] = field(default_factory=dict)
    executions: list[Done] = field(default_factory=list)
    positions: dict[str, tuple[list[str], float, float]] = field(default_factory=dict)
    received: list[list[str]] = field(default_factory=list)
    refuse_client: bool = False
    on_order: Callable[[Tws, Placed], None] | None = None

    def __post_init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._writer: asyncio.StreamWriter | None = None
        self._client_id = 0
        self._tickers: dict[str, str] = {}
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._serve, "127.0.0.1", self.port), self._loop
        ).result()
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        async def end() -> None:
            self._server.close()
            if self._writer is not None:
                self._writer.close()
            mine = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in mine:
                task.cancel()
            await asyncio.gather(*mine, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def do(self, action: Callable[[], object]) -> None:
        """Run something in the stand-in's thread, and wait for it."""
        done: Future[None] = Future()

        def run() -> None:
            try:
                action()
                done.set_result(None)
            except Exception as error:  # noqa: BLE001  (whatever it is, the test shall see it)
                done.set_exception(error)

        self._loop.call_soon_threadsafe(run)
        done.result(5)

    # What the market and TWS do.

    def accept(self, order_id: int) -> None:
        self._send(*open_order(self.orders[order_id]))
        self._status(self.orders[order_id], "Submitted")

    def fill(
        self, order_id: int, shares: float, price: float, exec_id: str, commission: float | str | None = "as usual"
    ) -> None:
        """Fill a part of an order: execution, then status, then the commission unless there is none."""
        placed = self.orders[order_id]
        placed.filled += shares
        paid = self.commission if commission == "as usual" else commission
        done = self._execution(placed, shares, price, exec_id, paid)
        self._send(11, -1, *done.fields)
        self._status(placed, "Submitted" if placed.remaining else "Filled", price)
        if paid is not None:
            self.report_commission(exec_id, paid)

    def correct(self, order_id: int, shares: float, price: float, exec_id: str, commission: float | None) -> None:
        """Send an execution that replaces an earlier one; the status of the order stays."""
        done = self._execution(self.orders[order_id], shares, price, exec_id, commission)
        self._send(11, -1, *done.fields)
        if commission is not None:
            self.report_commission(exec_id, commission)

    def fill_unseen(self, order_id: int, shares: float, price: float, exec_id: str) -> None:
        """Fill while nobody is connected."""
        placed = self.orders[order_id]
        placed.filled += shares
        placed.status = "Submitted" if placed.remaining else "Filled"
        self._execution(placed, shares, price, exec_id, self.commission)

    def report_commission(self, exec_id: str, commission: float, currency: str = "USD") -> None:
        self._send(59, 1, exec_id, commission, currency, "", "", "")

    def cancelled(self, order_id: int) -> None:
        self._status(self.orders[order_id], "Cancelled")
        self.error(order_id, 202, "Order Canceled - reason:")

    def error(self, request_id: int, code: int, text: str) -> None:
        self._send(4, 2, request_id, code, text, "")

    def status(self, order_id: int, status: str) -> None:
        self._status(self.orders[order_id], status)

    def position(self, symbol: str, units: float, cost: float, contract: list[str] | None = None) -> None:
        self.positions[symbol] = (contract or stock(symbol), units, cost)
        self._send_position(symbol)

    def value(self, tag: str, value: object, currency: str = "USD") -> None:
        self._send(6, 2, tag, value, currency, ACCOUNT)

    def tick(self, symbol: str, bid: float, ask: float, last: float) -> None:
        request_id = self._tickers[symbol]
        for kind, price in ((1, bid), (2, ask), (4, last)):
            self._send(1, 6, request_id, kind, price, 100, 0)

    def drop(self) -> None:
        """Close the connection, as TWS does at its daily restart."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    # The protocol.

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            assert await reader.readexactly(4) == b"API\0"
            versions = (await _frame(reader)).decode()
            assert versions.startswith("v")
            self._writer = writer
            self._send(SERVER_VERSION, "20261126 12:00:00 UTC")
            while True:
                fields = (await _frame(reader)).decode().split("\0")[:-1]
                self.received.append(fields)
                self._answer(fields)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    def _answer(self, fields: list[str]) -> None:
        answers: dict[str, Callable[[list[str]], None]] = {
            "71": self._start,
            "61": lambda _: self._tell_positions(),
            "5": lambda _: self._tell_open_orders(),
            "99": lambda _: self._tell_completed_orders(),
            "6": lambda _: self._tell_account(),
            "76": lambda sent: self._tell_account_of(sent[2]),
            "7": lambda sent: self._tell_executions(sent[2]),
            "3": self._place,
            "4": lambda sent: self._cancel(int(sent[2])),
            "1": self._subscribe,
            "49": lambda _: self._send(49, 1, 1_795_000_000),
        }
        if fields[0] in answers:
            answers[fields[0]](fields)

    def _start(self, fields: list[str]) -> None:
        self._client_id = int(fields[2])
        if self.refuse_client:
            self.error(-1, 326, "Unable to connect as the client id is already in use.")
            self.drop()
            return
        self._send(9, 1, max([0, *self.orders]) + 1)
        self._send(15, 1, ACCOUNT)
        for code, farm in ((2104, "Market"), (2106, "HMDS"), (2158, "Sec-def")):
            self.error(-1, code, f"{farm} data farm connection is OK:usfarm")

    def _tell_positions(self) -> None:
        for symbol in self.positions:
            self._send_position(symbol)
        self._send(62, 1)

    def _send_position(self, symbol: str) -> None:
        contract, units, cost = self.positions[symbol]
        self._send(61, 3, ACCOUNT, *_position_contract(contract), units, cost)

    def _tell_open_orders(self) -> None:
        for placed in self.orders.values():
            if placed.status in ("PreSubmitted", "Submitted"):
                self._send(*open_order(placed))
                self._status(placed, placed.status)
        self._send(53, 1)

    def _tell_completed_orders(self) -> None:
        for placed in self.orders.values():
            if placed.status in ("Filled", "Cancelled"):
                self._send(*completed_order(placed))
        self._send(102)

    def _tell_account(self) -> None:
        self.value("NetLiquidation", self.net_liquidation)
        self._send(54, 1, ACCOUNT)

    def _tell_account_of(self, request_id: str) -> None:
        self._send(73, 1, request_id, ACCOUNT, "", "NetLiquidation", self.net_liquidation, "USD")
        self._send(74, 1, request_id)

    def _tell_executions(self, request_id: str) -> None:
        for done in self.executions:
            self._send(11, request_id, *done.fields)
            if done.commission is not None:
                self.report_commission(done.exec_id, done.commission)
        self._send(55, 1, request_id)

    def _subscribe(self, fields: list[str]) -> None:
        self._tickers[fields[4]] = fields[2]

    def _place(self, fields: list[str]) -> None:
        order_id, contract = int(fields[1]), fields[2:14]
        placed = Placed(
            order_id, self._client_id, contract, fields[16], float(fields[17]), fields[18], fields[19], 7000 + order_id
        )
        self.orders[order_id] = placed
        if self.on_order is not None:
            self.on_order(self, placed)
            return
        self.accept(order_id)
        if placed.kind == MARKET:
            self.fill(order_id, placed.quantity, PRICE, f"0001.{order_id}.01.01")
            sign = 1 if placed.action == "BUY" else -1
            _, held, _ = self.positions.get(contract[1], (contract, 0.0, 0.0))
            self.position(contract[1], held + sign * placed.quantity, PRICE, contract)

    def _cancel(self, order_id: int) -> None:
        self.cancelled(order_id)

    def _status(self, placed: Placed, status: str, price: float = 0.0) -> None:
        placed.status = status
        sent = (placed.order_id, status, placed.filled, placed.remaining, price, placed.perm_id)
        self._send(3, *sent, 0, price, placed.client_id, "", 0)

    def _execution(self, placed: Placed, shares: float, price: float, exec_id: str, commission: float | None) -> Done:
        contract = placed.contract
        fields = [
            placed.order_id,
            *contract[:7],  # conId … multiplier
            contract[7],
            contract[9],
            contract[10] or contract[1],
            contract[11],
            exec_id,
            f"{datetime.now(UTC):%Y%m%d %H:%M:%S} UTC",
            ACCOUNT,
            "ISLAND",
            "BOT" if placed.action == "BUY" else "SLD",
            shares,
            price,
            placed.perm_id,
            placed.client_id,
            0,
            placed.filled,
            price,
            "",
            "",
            "",
            "",
            1,
        ]
        done = Done(fields, exec_id, commission)
        self.executions.append(done)
        return done

    def _send(self, *fields: object) -> None:
        if self._writer is None:
            return
        message = "".join(f"{value}\0" for value in fields).encode()
        self._writer.write(struct.pack(">I", len(message)) + message)


async def _frame(reader: asyncio.StreamReader) -> bytes:
    (length,) = struct.unpack(">I", await reader.readexactly(4))
    return await reader.readexactly(length)


def stock(symbol: str) -> list[str]:
    """Return a contract as a client sends it: 12 fields."""
    return [str(CON_IDS[symbol]), symbol, "STK", "", "0.0", "", "", "SMART", "", "USD", symbol, symbol]


def _order_contract(contract: list[str]) -> list[str]:
    return [*contract[:8], contract[9], contract[10] or contract[1], contract[11]]


def _position_contract(contract: list[str]) -> list[str]:
    return _order_contract(contract)


def _blank(count: int) -> list[str]:
    return [""] * count


def open_order(placed: Placed) -> list[object]:
    """Return the fields of ``openOrder``, in the order in which the decoder reads them."""
    return [
        5,
        placed.order_id,
        *_order_contract(placed.contract),
        *(placed.action, placed.quantity, placed.kind, placed.limit, "", "DAY", "", ACCOUNT, "", 0, ""),
        *(placed.client_id, placed.perm_id),
        *_blank(3),  # outsideRth, hidden, discretionaryAmt
        *_blank(6),  # goodAfterTime, one that is skipped, the groups of advisors
        *_blank(29),  # modelCode … deltaNeutralAuxPrice
        *_blank(7),  # continuousUpdate … comboLegsDescrip
        *(0, 0, 0),  # legs, legs with prices, parameters
        *_blank(3),  # scale
        "",  # hedge
        *("", "", "", 0, 0),  # optOutSmartRouting … delta neutral
        "",  # algorithm
        *("", 0, placed.status, *_blank(9), *_blank(3), "", "", "", ""),
        0,  # conditions
        *_blank(16),
        *_blank(3),  # duration, postToAts, autoCancelParent
        *_blank(5),
    ]


def completed_order(placed: Placed) -> list[object]:
    """Return the fields of ``completedOrder`` likewise."""
    return [
        101,
        *_order_contract(placed.contract),
        *(placed.action, placed.quantity, placed.kind, placed.limit, "", "DAY", "", ACCOUNT, "", 0, ""),
        placed.perm_id,
        *_blank(3),
        *_blank(5),  # goodAfterTime, the groups of advisors
        *_blank(23),  # modelCode … deltaNeutralAuxPrice
        *_blank(5),
        *(0, 0, 0),
        *_blank(3),
        "",
        *("", "", 0, 0),
        "",
        *("", placed.status, "", ""),
        0,
        *_blank(15),
        *_blank(5),
    ]
