"""A stand-in for the five public questions that freqtrade asks of Binance's spot market; one pair, prices as told.

Source:  https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints
Use:     ``BinanceSpot()`` as a context manager; ``price`` is the market from then on.
"""

from __future__ import annotations

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

_MINUTE_MS = 60_000


class BinanceSpot:
    """BTC/USDT at one price, with a book around it and flat candles behind it."""

    def __init__(self, price: float = 100.0) -> None:
        self.price = price
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> BinanceSpot:
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, given: dict[str, str]) -> Any:
        answers = {
            "/api/v3/exchangeInfo": _exchange_info,
            "/api/v3/time": lambda: {"serverTime": _now_ms()},
            "/api/v3/klines": lambda: _klines(self.price, int(given.get("limit", "500"))),
            "/api/v3/depth": lambda: _depth(self.price),
            "/api/v3/ticker/24hr": lambda: _tickers(self.price, one="symbol" in given),
        }
        return answers[path]() if path in answers else None


def _handler(venue: BinanceSpot) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            answer = venue.answer(parts.path, dict(parse_qsl(parts.query)))
            body = json.dumps(answer if answer is not None else {"code": -1000, "msg": "not here"}).encode()
            self.send_response(200 if answer is not None else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    return Handler


def _now_ms() -> int:
    return int(time.time() * 1000)


def _exchange_info() -> dict[str, Any]:
    return {
        "timezone": "UTC",
        "serverTime": _now_ms(),
        "rateLimits": [],
        "exchangeFilters": [],
        "symbols": [
            {
                "symbol": "BTCUSDT",
                "status": "TRADING",
                "baseAsset": "BTC",
                "baseAssetPrecision": 8,
                "quoteAsset": "USDT",
                "quotePrecision": 8,
                "quoteAssetPrecision": 8,
                "orderTypes": ["LIMIT", "MARKET", "STOP_LOSS_LIMIT"],
                "icebergAllowed": True,
                "ocoAllowed": True,
                "isSpotTradingAllowed": True,
                "isMarginTradingAllowed": False,
                "filters": [
                    {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000", "tickSize": "0.01"},
                    {"filterType": "LOT_SIZE", "minQty": "0.00001", "maxQty": "9000", "stepSize": "0.00001"},
                    {"filterType": "NOTIONAL", "minNotional": "5", "maxNotional": "9000000"},
                ],
                "permissions": [],
                "permissionSets": [["SPOT"]],
            }
        ],
    }


def _klines(price: float, limit: int) -> list[list[Any]]:
    newest = _now_ms() // _MINUTE_MS * _MINUTE_MS
    starts = range(newest - (limit - 1) * _MINUTE_MS, newest + 1, _MINUTE_MS)
    plain = f"{price:.2f}"
    rest = ["1000", 5, "5", "500", "0"]
    return [[at, plain, plain, plain, plain, "10", at + _MINUTE_MS - 1, *rest] for at in starts]


def _depth(price: float) -> dict[str, Any]:
    bids = [[f"{price - 0.01 * n:.2f}", "50"] for n in range(1, 21)]
    asks = [[f"{price + 0.01 * n:.2f}", "50"] for n in range(1, 21)]
    return {"lastUpdateId": _now_ms(), "bids": bids, "asks": asks}


def _tickers(price: float, *, one: bool) -> Any:
    plain = f"{price:.2f}"
    ticker = {
        "symbol": "BTCUSDT",
        "priceChange": "0",
        "priceChangePercent": "0",
        "weightedAvgPrice": plain,
        "prevClosePrice": plain,
        "lastPrice": plain,
        "lastQty": "1",
        "bidPrice": f"{price - 0.01:.2f}",
        "bidQty": "1",
        "askPrice": f"{price + 0.01:.2f}",
        "askQty": "1",
        "openPrice": plain,
        "highPrice": plain,
        "lowPrice": plain,
        "volume": "100000",
        "quoteVolume": "10000000",
        "openTime": _now_ms() - 86_400_000,
        "closeTime": _now_ms(),
        "firstId": 1,
        "lastId": 2,
        "count": 2,
    }
    return ticker if one else [ticker]
