"""A stand-in for Binance's USD-M futures API, by its public documentation: one account, one symbol, one-way mode.

Source:  https://developers.binance.com/docs/derivatives/usds-margined-futures/general-info and .../error-code,
         .../trade/rest-api/New-Order, .../trade/rest-api/Position-Information-V3
Use:     ``BinanceFutures()`` as a context manager; ``adapter()`` sends what goes to fapi.binance.com to it, so that
         ccxt keeps its own URLs, by which it finds its table of errors.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections import deque
from collections.abc import Callable
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, RLock, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests.adapters

HOST = "https://fapi.binance.com"
KEY, SECRET = "key", "secret"
FEE_RATE = Decimal("0.0004")
LEVERAGE = 20
WEIGHT_LIMIT = 2400

Json = dict[str, Any]


class Refused(Exception):  # noqa: N818  (it is an answer)
    """An error of the API: HTTP status, code and text."""

    def __init__(self, status: int, code: int, msg: str) -> None:
        self.status, self.body = status, {"code": code, "msg": msg}
        super().__init__(msg)


class Account:
    """Orders, trades and the position; a market order fills at ``price``, a limit order when told to."""

    def __init__(self, wallet: str = "1000", price: str = "100") -> None:
        self.price = Decimal(price)
        self.wallet = Decimal(wallet)
        self.position = Decimal(0)
        self.entry = Decimal(0)
        self.orders: dict[int, Json] = {}
        self.trades: list[Json] = []

    def place(self, given: Json) -> Json:
        quantity, side = Decimal(given["quantity"]), given["side"]
        if given["symbol"] != "BTCUSDT":
            raise Refused(400, -1121, "Invalid symbol.")
        if quantity % Decimal("0.001"):
            raise Refused(400, -1111, "Precision is over the maximum defined for this asset.")
        signed = quantity if side == "BUY" else -quantity
        reduces = given.get("reduceOnly") == "true"
        if reduces and (self.position * signed >= 0 or abs(signed) > abs(self.position)):
            raise Refused(400, -2022, "ReduceOnly Order is rejected.")
        price = Decimal(given.get("price", self.price))
        if not reduces and quantity * price / LEVERAGE > self.wallet:
            raise Refused(400, -2019, "Margin is insufficient.")
        now = _now_ms()
        order = {
            "orderId": len(self.orders) + 1,
            "clientOrderId": given.get("newClientOrderId", ""),
            "symbol": "BTCUSDT",
            "status": "NEW",
            "price": given.get("price", "0"),
            "avgPrice": "0.00",
            "origQty": given["quantity"],
            "executedQty": "0",
            "cumQuote": "0",
            "timeInForce": given.get("timeInForce", "GTC"),
            "type": given["type"],
            "reduceOnly": reduces,
            "closePosition": False,
            "side": side,
            "positionSide": "BOTH",
            "stopPrice": "0",
            "workingType": "CONTRACT_PRICE",
            "origType": given["type"],
            "time": now,
            "updateTime": now,
        }
        self.orders[order["orderId"]] = order
        if given["type"] == "MARKET":
            self.fill(order["orderId"], given["quantity"])
        return order

    def fill(self, order_id: int, quantity: str, price: str | None = None) -> None:
        order = self.orders[order_id]
        amount = Decimal(quantity)
        paid = Decimal(price) if price else self.price if order["type"] == "MARKET" else Decimal(order["price"])
        executed = Decimal(order["executedQty"]) + amount
        quote = Decimal(order["cumQuote"]) + amount * paid
        order["executedQty"], order["cumQuote"], order["avgPrice"] = str(executed), str(quote), str(quote / executed)
        order["status"] = "FILLED" if executed == Decimal(order["origQty"]) else "PARTIALLY_FILLED"
        order["updateTime"] = _now_ms()
        self._move(amount if order["side"] == "BUY" else -amount, paid)
        self.trades.append(
            {
                "id": 1000 + len(self.trades),
                "orderId": order_id,
                "symbol": "BTCUSDT",
                "side": order["side"],
                "price": str(paid),
                "qty": quantity,
                "quoteQty": str(amount * paid),
                "commission": str(amount * paid * FEE_RATE),
                "commissionAsset": "USDT",
                "realizedPnl": "0",
                "buyer": order["side"] == "BUY",
                "maker": order["type"] != "MARKET",
                "positionSide": "BOTH",
                "time": _now_ms(),
            }
        )
        self.wallet -= amount * paid * FEE_RATE

    def _move(self, signed: Decimal, price: Decimal) -> None:
        closing = min(abs(signed), abs(self.position)) if signed * self.position < 0 else Decimal(0)
        self.wallet += closing * (price - self.entry) * (1 if self.position > 0 else -1)
        before, self.position = self.position, self.position + signed
        if before * signed >= 0 and self.position:
            self.entry = (abs(before) * self.entry + abs(signed) * price) / abs(self.position)
        elif self.position * before < 0:
            self.entry = price

    def cancel(self, order_id: int) -> Json:
        order = self.orders.get(order_id)
        if order is None or order["status"] not in ("NEW", "PARTIALLY_FILLED"):
            raise Refused(400, -2011, "Unknown order sent.")
        order["status"] = "CANCELED"
        return order

    def open_orders(self) -> list[Json]:
        return [order for order in self.orders.values() if order["status"] in ("NEW", "PARTIALLY_FILLED")]

    @property
    def unrealized(self) -> Decimal:
        return self.position * (self.price - self.entry)


class BinanceFutures:
    """The account behind HTTP.

    ``next_order`` says what happens to the next order instead of what should: a ``Refused`` is answered without doing
    anything; ``"lose"`` places the order and drops the connection; ``"5xx"`` places it and answers 503; ``"late"``
    places it and answers only when ``let_go`` is set.
    """

    def __init__(self, wallet: str = "1000") -> None:
        self.account = Account(wallet)
        self.next_order: deque[Refused | str] = deque()
        self.clock_ahead_ms = 0
        self.weight = 0
        self.let_go = Event()
        self.lock = RLock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def adapter(self) -> requests.adapters.HTTPAdapter:
        to = self.url

        class Adapter(requests.adapters.HTTPAdapter):
            def send(self, request, *args, **kwargs):
                request.url = request.url.replace(HOST, to)
                return super().send(request, *args, **kwargs)

        return Adapter()

    def __enter__(self) -> BinanceFutures:
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str, given: Json) -> Any:
        account = self.account
        answers: dict[tuple[str, str], Callable[[], Any]] = {
            ("GET", "/fapi/v1/exchangeInfo"): _exchange_info,
            ("GET", "/fapi/v1/time"): lambda: {"serverTime": _now_ms() + self.clock_ahead_ms},
            ("GET", "/fapi/v1/leverageBracket"): lambda: [{"symbol": "BTCUSDT", "brackets": [_BRACKET]}],
            ("GET", "/fapi/v1/ticker/24hr"): lambda: _ticker(account.price),
            ("POST", "/fapi/v1/order"): lambda: account.place(given),
            ("POST", "/fapi/v1/batchOrders"): lambda: [
                self._one_of_many(order) for order in json.loads(given["batchOrders"])
            ],
            ("GET", "/fapi/v1/order"): lambda: self._order(given),
            ("DELETE", "/fapi/v1/order"): lambda: account.cancel(int(given["orderId"])),
            ("GET", "/fapi/v1/openOrders"): account.open_orders,
            ("GET", "/fapi/v1/allOrders"): lambda: list(account.orders.values()),
            ("GET", "/fapi/v1/userTrades"): lambda: account.trades,
            ("GET", "/fapi/v3/positionRisk"): lambda: [_position(account)] if account.position else [],
            ("GET", "/fapi/v3/account"): lambda: _account(account),
        }
        if (method, path) not in answers:
            raise Refused(404, -5000, f"Path {path}, Method {method} is invalid")
        return answers[method, path]()

    def _one_of_many(self, given: Json) -> Json:
        try:
            return self.account.place(given)
        except Refused as refused:
            return refused.body

    def _order(self, given: Json) -> Json:
        order = self.account.orders.get(int(given["orderId"]))
        if order is None:
            raise Refused(400, -2013, "Order does not exist.")
        return order


def _handler(venue: BinanceFutures) -> type[BaseHTTPRequestHandler]:  # noqa: C901  (it is a class)
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            given = dict(parse_qsl(parts.query) + parse_qsl(body))
            with venue.lock:
                venue.weight += 1
                fault = venue.next_order.popleft() if _places(self.command, parts.path) and venue.next_order else None
                status, answer = self._judge(parts.path, parts.query + body, given, fault)
            if fault == "late":
                venue.let_go.wait()
            if fault in ("lose", "late"):
                self.close_connection = True
                return
            self._send(503 if fault == "5xx" else status, answer)

        def _judge(self, path: str, signed: str, given: Json, fault: Refused | str | None) -> tuple[int, Any]:
            try:
                if isinstance(fault, Refused):
                    raise fault
                if "signature" in given:
                    _check_signature(self.headers.get("X-MBX-APIKEY"), signed)
                return 200, venue.answer(self.command, path, given)
            except Refused as refused:
                return refused.status, refused.body

        def _send(self, status: int, answer: Any) -> None:
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-MBX-USED-WEIGHT-1M", str(venue.weight))
            if status == 429:
                self.send_header("Retry-After", "1")
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = _serve  # noqa: N815  (http.server's names)

        def log_message(self, *_: object) -> None: ...

    return Handler


def _places(method: str, path: str) -> bool:
    return method == "POST" and path in ("/fapi/v1/order", "/fapi/v1/batchOrders")


def _check_signature(key: str | None, signed: str) -> None:
    """HMAC SHA256 of the query and the body, without the signature itself."""
    if key != KEY:
        raise Refused(401, -2015, "Invalid API-key, IP, or permissions for action, request ip: 127.0.0.1")
    payload, _, signature = signed.rpartition("&signature=")
    if hmac.new(SECRET.encode(), payload.encode(), hashlib.sha256).hexdigest() != signature:
        raise Refused(400, -1022, "Signature for this request is not valid.")


def _now_ms() -> int:
    return int(time.time() * 1000)


def _exchange_info() -> Json:
    return {
        "timezone": "UTC",
        "serverTime": _now_ms(),
        "rateLimits": [
            {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": WEIGHT_LIMIT},
            {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": 1200},
        ],
        "exchangeFilters": [],
        "assets": [{"asset": "USDT", "marginAvailable": True, "autoAssetExchange": "-10000"}],
        "symbols": [
            {
                "symbol": "BTCUSDT",
                "pair": "BTCUSDT",
                "contractType": "PERPETUAL",
                "deliveryDate": 4133404800000,
                "onboardDate": 1569398400000,
                "status": "TRADING",
                "baseAsset": "BTC",
                "quoteAsset": "USDT",
                "marginAsset": "USDT",
                "pricePrecision": 2,
                "quantityPrecision": 3,
                "baseAssetPrecision": 8,
                "quotePrecision": 8,
                "underlyingType": "COIN",
                "filters": [
                    {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000", "tickSize": "0.01"},
                    {"filterType": "LOT_SIZE", "stepSize": "0.001", "maxQty": "1000", "minQty": "0.001"},
                    {"filterType": "MARKET_LOT_SIZE", "stepSize": "0.001", "maxQty": "120", "minQty": "0.001"},
                    {"filterType": "MIN_NOTIONAL", "notional": "5"},
                ],
                "orderTypes": ["LIMIT", "MARKET", "STOP", "STOP_MARKET"],
                "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
            }
        ],
    }


_BRACKET = {
    "bracket": 1,
    "initialLeverage": 125,
    "notionalCap": 50000,
    "notionalFloor": 0,
    "maintMarginRatio": 0.004,
    "cum": 0.0,
}


def _ticker(price: Decimal) -> Json:
    plain = str(price)
    return {
        "symbol": "BTCUSDT",
        "priceChange": "0",
        "priceChangePercent": "0",
        "weightedAvgPrice": plain,
        "lastPrice": plain,
        "lastQty": "1",
        "openPrice": plain,
        "highPrice": plain,
        "lowPrice": plain,
        "volume": "1",
        "quoteVolume": plain,
        "openTime": _now_ms() - 86_400_000,
        "closeTime": _now_ms(),
        "count": 1,
    }


def _position(account: Account) -> Json:
    return {
        "symbol": "BTCUSDT",
        "positionSide": "BOTH",
        "positionAmt": str(account.position),
        "entryPrice": str(account.entry),
        "breakEvenPrice": str(account.entry),
        "markPrice": str(account.price),
        "unRealizedProfit": str(account.unrealized),
        "liquidationPrice": "0",
        "isolatedMargin": "0",
        "notional": str(account.position * account.price),
        "marginAsset": "USDT",
        "isolatedWallet": "0",
        "initialMargin": "0",
        "maintMargin": "0",
        "positionInitialMargin": "0",
        "openOrderInitialMargin": "0",
        "adl": 1,
        "bidNotional": "0",
        "askNotional": "0",
        "updateTime": _now_ms(),
    }


def _account(account: Account) -> Json:
    margin = str(account.wallet + account.unrealized)
    asset = {
        "asset": "USDT",
        "walletBalance": str(account.wallet),
        "unrealizedProfit": str(account.unrealized),
        "marginBalance": margin,
        "maintMargin": "0",
        "initialMargin": "0",
        "positionInitialMargin": "0",
        "openOrderInitialMargin": "0",
        "crossWalletBalance": str(account.wallet),
        "crossUnPnl": str(account.unrealized),
        "availableBalance": margin,
        "maxWithdrawAmount": margin,
        "updateTime": _now_ms(),
    }
    return {
        "totalWalletBalance": str(account.wallet),
        "totalUnrealizedProfit": str(account.unrealized),
        "totalMarginBalance": margin,
        "availableBalance": margin,
        "assets": [asset],
        "positions": [_position(account)] if account.position else [],
    }
