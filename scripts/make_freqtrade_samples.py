"""Make the samples in tests/samples/freqtrade with the real freqtrade, offline: backtests on spot and on futures.

    uv venv .tools/clients/freqtrade && uv pip install --python .tools/clients/freqtrade/bin/python freqtrade
    python scripts/make_freqtrade_samples.py .tools/clients/freqtrade/bin/freqtrade

The prices are those of the demo, the exchange is a stand-in on loopback that knows one market, from Binance's public
documentation: https://developers.binance.com/docs/binance-spot-api-docs/rest-api
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from deskwatch.demo.prices import bars

SAMPLES = Path(__file__).parents[1] / "tests/samples/freqtrade"
MINUTE_MS, HOUR_MS = 60_000, 3_600_000

STRATEGY = '''
from freqtrade.strategy import IStrategy


class SampleStrategy(IStrategy):
    """Follows a crossing of averages, adds once, sells a part once; short as well where that can be."""

    INTERFACE_VERSION = 3
    timeframe = "TIMEFRAME"
    can_short = CAN_SHORT
    minimal_roi = {"0": ROI}
    stoploss = -0.02
    position_adjustment_enable = True
    startup_candle_count = 30

    def populate_indicators(self, dataframe, metadata):
        dataframe["fast"] = dataframe["close"].ewm(span=5).mean()
        dataframe["slow"] = dataframe["close"].ewm(span=20).mean()
        return dataframe

    def populate_entry_trend(self, dataframe, metadata):
        dataframe.loc[ENTER_LONG, "enter_long"] = 1
        if self.can_short:
            dataframe.loc[dataframe["fast"] < dataframe["slow"], "enter_short"] = 1
        return dataframe

    def populate_exit_trend(self, dataframe, metadata):
        dataframe.loc[dataframe["fast"] < dataframe["slow"], "exit_long"] = 1
        dataframe.loc[dataframe["fast"] > dataframe["slow"], "exit_short"] = 1
        return dataframe

    def adjust_trade_position(self, trade, current_time, current_rate, current_profit, min_stake, max_stake, **kwargs):
        if trade.nr_of_successful_entries == 1 and current_profit < -0.002:
            return trade.stake_amount / 2
        if trade.nr_of_successful_entries == 2 and trade.nr_of_successful_exits == 0 and current_profit > 0.0:
            return -trade.stake_amount / 3
        return None

    def leverage(self, *args, **kwargs):
        return 3.0
'''


class Market(BaseHTTPRequestHandler):
    """The few answers that freqtrade needs before it can work."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer by path; what is not known is an empty object."""
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        answer: Any = {}
        if path.endswith("/exchangeInfo"):
            answer = exchange_info(futures="/fapi/" in path)
        elif path.endswith("/time"):
            answer = {"serverTime": int(time.time() * 1000)}
        elif path.endswith("/klines"):
            answer = live_candles(int(query.get("limit", ["500"])[0]))
        elif path.endswith("/depth"):
            price = live_price()
            answer = {"lastUpdateId": 1, "bids": [[f"{price - 0.01:.2f}", "5"]], "asks": [[f"{price + 0.01:.2f}", "5"]]}
        elif "/ticker" in path:
            answer = [ticker()]
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def exchange_info(*, futures: bool) -> dict[str, Any]:
    """Return one market, spot or perpetual."""
    filters = [
        {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000", "tickSize": "0.01"},
        {"filterType": "LOT_SIZE", "minQty": "0.00001", "maxQty": "9000", "stepSize": "0.00001"},
        {"filterType": "NOTIONAL", "minNotional": "5", "notional": "5"},
    ]
    symbol = {
        "symbol": "BTCUSDT",
        "status": "TRADING",
        "baseAsset": "BTC",
        "quoteAsset": "USDT",
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "orderTypes": ["LIMIT", "MARKET", "STOP_LOSS_LIMIT"],
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "permissions": ["SPOT"],
        "filters": filters,
    }
    if futures:
        symbol |= {
            "pair": "BTCUSDT",
            "contractType": "PERPETUAL",
            "deliveryDate": 4133404800000,
            "marginAsset": "USDT",
            "pricePrecision": 2,
            "quantityPrecision": 5,
        }
    return {"timezone": "UTC", "serverTime": int(time.time() * 1000), "rateLimits": [], "symbols": [symbol]}


CLOSES = [bar.close for bar in bars()]


def live_price(at_ms: int | None = None) -> float:
    """Return a price that walks through the demo's month, a minute of it every second of the clock."""
    seconds = int((time.time() * 1000 if at_ms is None else at_ms) / 1000)
    return CLOSES[seconds % len(CLOSES)]


def live_candles(limit: int) -> list[list[Any]]:
    """Return the candles of the last minutes."""
    first = int(time.time() * 1000) // MINUTE_MS - limit + 1
    rows = []
    for minute in range(first, first + limit):
        prices = [live_price(minute * MINUTE_MS + step) for step in (0, 15_000, 30_000, 45_000)]
        opened, closed = prices[0], prices[-1]
        told = [f"{price:.2f}" for price in (opened, max(prices), min(prices), closed)]
        rows.append([minute * MINUTE_MS, *told, "10", (minute + 1) * MINUTE_MS - 1, "400000", 100, "5", "200000", "0"])
    return rows


def ticker() -> dict[str, Any]:
    """Return the day's statistics of the one market."""
    price = f"{live_price():.2f}"
    names = ("lastPrice", "bidPrice", "askPrice", "openPrice", "highPrice", "lowPrice", "weightedAvgPrice")
    return {
        "symbol": "BTCUSDT",
        **dict.fromkeys(names, price),
        "volume": "10000",
        "quoteVolume": "400000000",
        "priceChange": "0",
        "priceChangePercent": "0",
        "openTime": 0,
        "closeTime": int(time.time() * 1000),
        "count": 1,
    }


def candles(minutes: int) -> list[list[float]]:
    """Return the demo's prices as candles of so many minutes."""
    rows: dict[int, list[float]] = {}
    for bar in bars():
        start = int(bar.time_seconds * 1000) // (minutes * MINUTE_MS) * minutes * MINUTE_MS
        row = rows.setdefault(start, [start, bar.close, bar.close, bar.close, bar.close, 100.0])
        row[2], row[3], row[4] = max(row[2], bar.close), min(row[3], bar.close), bar.close
    return list(rows.values())


def write_data(folder: Path) -> None:
    """Write what a backtest reads: candles, and for futures the mark price and the funding rate."""
    spot, futures = folder / "data/binance", folder / "data/binance/futures"
    futures.mkdir(parents=True)
    (spot / "BTC_USDT-5m.json").write_text(json.dumps(candles(5)))
    (futures / "BTC_USDT_USDT-5m-futures.json").write_text(json.dumps(candles(5)))
    marks = json.dumps(candles(60))
    for name in ("1h-mark", "1h-futures"):
        (futures / f"BTC_USDT_USDT-{name}.json").write_text(marks)
    rates = [[row[0], 0.0001, 0.0, 0.0, 0.0, 0.0] for row in candles(480)]
    for name in ("8h-funding_rate", "1h-funding_rate"):
        (futures / f"BTC_USDT_USDT-{name}.json").write_text(json.dumps(rates))


def config(port: int, *, futures: bool, database: Path) -> dict[str, Any]:
    """Return freqtrade's settings."""
    api = f"http://127.0.0.1:{port}"
    urls = {"public": f"{api}/api/v3", "private": f"{api}/api/v3", "v1": f"{api}/api/v1", "sapi": f"{api}/sapi/v1"}
    urls |= {
        f"fapi{kind}{version}": f"{api}/fapi/v{number}"
        for kind in ("Public", "Private")
        for version, number in (("", "1"), ("V2", "2"), ("V3", "3"))
    }
    ccxt = {"urls": {"api": urls}, "options": {"fetchMarkets": {"types": ["linear" if futures else "spot"]}}}
    return {
        "max_open_trades": 1,
        "stake_currency": "USDT",
        "stake_amount": 1000,
        "dry_run": True,
        "dry_run_wallet": 10_000,
        "db_url": f"sqlite:///{database}",
        "trading_mode": "futures" if futures else "spot",
        "margin_mode": "isolated" if futures else "",
        "timeframe": "5m",
        "dataformat_ohlcv": "json",
        "entry_pricing": {"price_side": "other", "use_order_book": True, "order_book_top": 1},
        "exit_pricing": {"price_side": "other", "use_order_book": True, "order_book_top": 1},
        "order_types": {"entry": "market", "exit": "market", "stoploss": "market", "stoploss_on_exchange": False},
        "exchange": {
            "name": "binance",
            "pair_whitelist": ["BTC/USDT:USDT" if futures else "BTC/USDT"],
            "enable_ws": False,
            "ccxt_config": ccxt,
            "ccxt_async_config": ccxt,
        },
        "pairlists": [{"method": "StaticPairList"}],
        "internals": {"process_throttle_secs": 1},
        "bot_name": "sample",
        "initial_state": "running",
    }


def strategy(folder: Path, *, short: bool, live: bool) -> None:
    """Write the strategy."""
    text = STRATEGY.replace("CAN_SHORT", str(short)).replace("TIMEFRAME", "1m" if live else "5m")
    text = text.replace("ROI", "0.0005" if live else "0.02")
    entry = 'dataframe["close"] > 0' if live else 'dataframe["fast"] > dataframe["slow"]'
    (folder / "strategies").mkdir(exist_ok=True)
    (folder / "strategies/sample_strategy.py").write_text(text.replace("ENTER_LONG", entry))


def backtest(freqtrade: str, folder: Path, port: int, *, futures: bool) -> None:
    """Run a backtest and keep its result."""
    settings = folder / "config.json"
    settings.write_text(json.dumps(config(port, futures=futures, database=folder / "none.sqlite")))
    strategy(folder, short=futures, live=False)
    results = folder / ("results-futures" if futures else "results-spot")
    results.mkdir()
    command = [freqtrade, "backtesting", "--userdir", str(folder), "-c", str(settings), "-s", "SampleStrategy"]
    command += ["--timerange", "20220105-20220112", "--export", "trades", "--cache", "none"]
    subprocess.run([*command, "--backtest-directory", str(results)], check=True)
    (found,) = results.glob("backtest-result-*.zip")
    keep_result(found, SAMPLES / f"backtest-result-{'futures' if futures else 'spot'}.zip")


def keep_result(made: Path, kept: Path) -> None:
    """Copy the result out of the zip, and leave settings, strategy and frames behind."""
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as target:
        name = f"{made.stem}.json"
        target.writestr(name, source.read(name))


def trade(freqtrade: str, folder: Path, port: int, seconds: float) -> None:
    """Trade dry for a while and keep the database."""
    settings, database = folder / "live.json", folder / "tradesv3.sqlite"
    given = config(port, futures=False, database=database)
    settings.write_text(json.dumps({**given, "timeframe": "1m"}))
    strategy(folder, short=False, live=True)
    bot = subprocess.Popen([freqtrade, "trade", "--userdir", str(folder), "-c", str(settings), "-s", "SampleStrategy"])
    try:
        time.sleep(seconds)
    finally:
        bot.terminate()
        bot.wait(30)
    with sqlite3.connect(database) as source, sqlite3.connect(SAMPLES / "tradesv3.sqlite") as target:
        source.backup(target)
        target.execute("VACUUM")
    source.close()
    target.close()


def main() -> None:
    """Make all samples."""
    freqtrade = str(Path(sys.argv[1]).absolute())
    SAMPLES.mkdir(parents=True, exist_ok=True)
    for old in SAMPLES.iterdir():
        if old.name != "README.md":
            old.unlink()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Market)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_port
    os.environ["NO_COLOR"] = "1"
    with tempfile.TemporaryDirectory(prefix="deskwatch-freqtrade-") as name:
        folder = Path(name)
        write_data(folder)
        backtest(freqtrade, folder, port, futures=False)
        backtest(freqtrade, folder, port, futures=True)
        trade(freqtrade, folder, port, seconds=150)
    server.shutdown()


if __name__ == "__main__":
    main()
