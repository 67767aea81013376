"""A stand-in for TWS at the level of its socket: the documented handshake and the few messages that a bot's day needs.

ib_async itself reads and writes the wire. Orders of more than ``funds`` are rejected (201); a market order fills at
``price``, a limit order rests. What happens besides is told by the test.

Source:  https://interactivebrokers.github.io/tws-api/connection.html (handshake, length-prefixed fields ended by NUL);
         the order of fields as ib_async's decoder of server version 178 reads them.
Use:     ``async with Tws() as tws``.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

SERVER_VERSION = 178
ACCOUNT = "DU1234567"
CONTRACT_ID = 265598

_PLACE, _CANCEL, _OPEN_ORDERS, _EXECUTIONS, _ACCOUNT_UPDATES, _MARKET_DATA = "3", "4", "5", "7", "6", "1"
_POSITIONS, _START_API, _ACCOUNT_MULTI, _COMPLETED, _ACCOUNT_SUMMARY = "61", "71", "76", "99", "62"


class Tws:
    """One account at one broker, for one connection at a time."""

    def __init__(self, price: float = 100.0, funds: float = 10_000.0) -> None:
        self.price = price
        self.funds = funds
        self.net_liquidation = 10_000.0
        self.silent = False
        """While set, an order gets no answer, as when the connection breaks just then."""
        self.orders: dict[int, dict[str, Any]] = {}
        self.executions: list[list[Any]] = []
        self.commissions: list[list[Any]] = []
        self.ticker_ids: list[str] = []
        self._writer: asyncio.StreamWriter | None = None
        self._server: asyncio.Server | None = None
        self.port = 0

    async def __aenter__(self) -> Tws:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self.hang_up()
        self._server.close()
        await self._server.wait_closed()

    def hang_up(self) -> None:
        """Close the socket of the client, as a TWS that restarts does."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def tell(self, *fields: object) -> None:
        """Send a message; without a client nobody hears it."""
        if self._writer is None:
            return
        body = "".join(f"{field}\0" for field in fields).encode()
        self._writer.write(struct.pack(">I", len(body)) + body)

    def error(self, code: int, said: str, request: int = -1) -> None:
        self.tell(4, 2, request, code, said, "")

    def tick(self, price: float) -> None:
        """Tell a last price (tick type 4) to every subscription."""
        for ticker in self.ticker_ids:
            self.tell(1, 6, ticker, 4, price, 10, 0)

    def account_value(self, tag: str, value: object, currency: str) -> None:
        self.tell(6, 2, tag, value, currency, ACCOUNT)

    def status(self, order_id: int, status: str) -> None:
        order = self.orders[order_id]
        left = order["quantity"] - order["filled"]
        permanent = 1000 + order_id
        self.tell(3, order_id, status, order["filled"], left, order["paid"], permanent, 0, order["paid"], 1, "", 0)

    def fill(self, order_id: int, quantity: float, price: float, *, number: str | None = None) -> None:
        """Execute a part of an order, with its commission; a ``number`` as of an execution before corrects that."""
        order = self.orders[order_id]
        if number is None:
            order["filled"] += quantity
        order["paid"] = price
        exec_id = number or f"0000e0d5.6564a2f{len(self.executions)}.01.01"
        self.executions.append(self._execution(order_id, exec_id, quantity, price))
        self.commissions.append([exec_id, round(quantity * 0.005, 4), "USD", "", "", ""])
        self.tell(11, -1, *self.executions[-1])
        self.tell(59, 1, *self.commissions[-1])
        self.status(order_id, "Filled" if order["filled"] == order["quantity"] else "Submitted")

    def _execution(self, order_id: int, exec_id: str, quantity: float, price: float) -> list[Any]:
        order = self.orders[order_id]
        now = datetime.now(UTC).strftime("%Y%m%d %H:%M:%S UTC")
        side = "BOT" if order["action"] == "BUY" else "SLD"
        contract = [CONTRACT_ID, order["symbol"], "STK", "", 0, "", "", "SMART", "USD", order["symbol"], "NMS"]
        rest = [order["filled"], price, "", "", "", "", 1, 0]
        return [
            order_id,
            *contract,
            exec_id,
            now,
            ACCOUNT,
            "ISLAND",
            side,
            quantity,
            price,
            1000 + order_id,
            1,
            0,
            *rest,
        ]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self.ticker_ids = []
        try:
            assert await reader.readexactly(4) == b"API\0"
            await _message(reader)  # the versions that the client speaks
            self.tell(SERVER_VERSION, "20261126 12:00:00 UTC")
            while True:
                self._answer((await _message(reader)).split("\0")[:-1])
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _answer(self, fields: list[str]) -> None:
        answers: dict[str, Callable[[], None]] = {
            _START_API: self._begin,
            _POSITIONS: self._tell_positions,
            _OPEN_ORDERS: lambda: self.tell(53, 1),
            _COMPLETED: lambda: self.tell(102),
            _ACCOUNT_UPDATES: self._tell_account,
            _ACCOUNT_MULTI: lambda: self.tell(74, 1, fields[2]),
            _ACCOUNT_SUMMARY: lambda: self.tell(64, 1, fields[2]),
            _EXECUTIONS: lambda: self._tell_executions(fields[2]),
            _MARKET_DATA: lambda: self.ticker_ids.append(fields[2]),
            _PLACE: lambda: self._place(fields),
            _CANCEL: lambda: self._cancel(int(fields[2])),
        }
        answers[fields[0]]()

    def _begin(self) -> None:
        self.tell(9, 1, max(self.orders, default=0) + 1)
        self.tell(15, 1, ACCOUNT)

    def _tell_account(self) -> None:
        self.account_value("NetLiquidation", self.net_liquidation, "USD")
        self.tell(54, 1, ACCOUNT)

    def _cancel(self, order_id: int) -> None:
        self.status(order_id, "Cancelled")
        self.error(202, "Order Canceled - reason:", order_id)

    def _tell_positions(self) -> None:
        held: dict[str, float] = {}
        for order in self.orders.values():
            signed = order["filled"] if order["action"] == "BUY" else -order["filled"]
            held[order["symbol"]] = held.get(order["symbol"], 0) + signed
        for symbol, units in held.items():
            contract = [CONTRACT_ID, symbol, "STK", "", 0, "", "", "", "USD", symbol, "NMS"]
            self.tell(61, 3, ACCOUNT, *contract, units, self.price)
        self.tell(62, 1)

    def _tell_executions(self, request: str) -> None:
        for execution in self.executions:
            self.tell(11, request, *execution)
        self.tell(55, 1, request)
        for commission in self.commissions:
            self.tell(59, 1, *commission)

    def _place(self, fields: list[str]) -> None:
        order_id, symbol = int(fields[1]), fields[3]
        action, quantity, kind, limit = fields[16], float(fields[17]), fields[18], fields[19]
        price = float(limit or self.price)
        self.orders[order_id] = {
            "symbol": symbol,
            "action": action,
            "quantity": quantity,
            "filled": 0.0,
            "paid": 0.0,
            "kind": kind,
            "limit": limit,
        }
        if self.silent:
            return
        if quantity * price > self.funds:
            said = "Order rejected - reason:YOUR ORDER IS NOT ACCEPTED. INSUFFICIENT AVAILABLE FUNDS"
            self.error(201, said, order_id)
            return
        self._tell_open_order(order_id)
        self.status(order_id, "Submitted")
        if kind == "MKT":
            self.fill(order_id, quantity, self.price)

    def _tell_open_order(self, order_id: int) -> None:
        order = self.orders[order_id]
        symbol = order["symbol"]
        contract = [CONTRACT_ID, symbol, "STK", "", 0, "", "", "SMART", "USD", symbol, "NMS"]
        head = [order["action"], order["quantity"], order["kind"], order["limit"], 0, "DAY", "", ACCOUNT, "", 0, ""]
        identity = [1, 1000 + order_id]
        # Everything that an ordinary order leaves empty, group by group as decoder.openOrder reads it.
        timing = [0, 0, 0, "", "", "", "", ""]
        model = ["", "", "", "", "", 0, "", -1, 0, "", "", "", "", "", 0, 0, 0, 0, "", 3, 0, 0, "", 0, 0, "", 0, "", ""]
        trailing = [0, 0, "", "", "", "", ""]
        legs = [0, 0, 0, "", "", ""]
        hedge = [""]
        clearing = [0, "", "IB", 0, 0]
        state = ["", 0, 0, "Submitted", "", "", "", "", "", "", "", "", "", "", "", "", "", "", 0, 0]
        conditions = [0]
        adjusted = ["None", "", "", "", "", "", "", 0, "", "", "", 0, 0, 0, 0, 0]
        newest = ["", "", 0, "", "", "", "", ""]
        groups = [head, identity, timing, model, trailing, legs, hedge, clearing, state, conditions, adjusted, newest]
        self.tell(5, order_id, *contract, *(field for group in groups for field in group))


async def _message(reader: asyncio.StreamReader) -> str:
    (length,) = struct.unpack(">I", await reader.readexactly(4))
    return (await reader.readexactly(length)).decode()
