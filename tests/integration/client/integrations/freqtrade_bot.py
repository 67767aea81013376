"""A real freqtrade in dry-run, beside a stand-in of its exchange; it enters and exits when told to."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

USER, PASSWORD, WS_TOKEN = "watcher", "a password", "a-token-for-the-websocket"
STARTS_WITHIN_SECONDS = 150
"""Its first start of all compiles it."""

STRATEGY = """
from pathlib import Path
from freqtrade.strategy import IStrategy

class Told(IStrategy):
    timeframe = "1m"
    minimal_roi = {}
    stoploss = -0.9
    process_only_new_candles = False
    startup_candle_count = 1

    def populate_indicators(self, dataframe, metadata):
        return dataframe

    def populate_entry_trend(self, dataframe, metadata):
        dataframe["enter_long"] = int((Path(self.config["user_data_dir"]) / "enter").exists())
        return dataframe

    def populate_exit_trend(self, dataframe, metadata):
        dataframe["exit_long"] = 0
        return dataframe

    def custom_exit(self, pair, trade, current_time, current_rate, current_profit, **kwargs):
        return "told" if (Path(self.config["user_data_dir"]) / "exit").exists() else None
"""


def wait_for(what: Callable[[], Any], seconds: float = 30) -> Any:
    """Return the first true value."""
    deadline = time.monotonic() + seconds
    while not (value := what()):
        assert time.monotonic() < deadline, f"waited {seconds:g} s for {what}"
        time.sleep(0.05)
    return value


class FreqtradeBot:
    """Starts and stops freqtrade; its database outlives it."""

    def __init__(self, program: str, folder: Path, exchange_url: str) -> None:
        self._program = program
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "strategies").mkdir(parents=True)
        (folder / "strategies/told.py").write_text(STRATEGY)
        (folder / "config.json").write_text(json.dumps(self._config(exchange_url)))

    def start(self) -> None:
        arguments = ["trade", "--config", "config.json", "--strategy", "Told", "--user-data-dir", str(self.folder)]
        # Its imports take twenty seconds until their bytecode is kept.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        with (self.folder / "freqtrade.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, *arguments], cwd=self.folder, stdout=log, stderr=log, env=environment
            )
        wait_for(self._serves, STARTS_WITHIN_SECONDS)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)
            self._process = None

    def tell(self, word: str) -> None:
        """Let it ``enter`` or ``exit`` until ``hush``; after an exit it locks the pair for the rest of the minute."""
        for lock in self.get("/locks")["locks"]:
            httpx.delete(f"{self.url}/api/v1/locks/{lock['id']}", auth=(USER, PASSWORD)).raise_for_status()
        (self.folder / word).touch()

    def hush(self) -> None:
        for word in ("enter", "exit"):
            (self.folder / word).unlink(missing_ok=True)

    def get(self, path: str) -> Any:
        return httpx.get(f"{self.url}/api/v1{path}", auth=(USER, PASSWORD)).raise_for_status().json()

    def filled_orders(self) -> list[tuple[int, str, str, float, float]]:
        """Return trade, order, side, units and price, as they stand in freqtrade's own database."""
        columns = "ft_trade_id, order_id, ft_order_side, filled, average"
        query = f"select {columns} from orders where status = 'closed' order by id"
        with sqlite3.connect(self.folder / "trades.sqlite") as database:
            return database.execute(query).fetchall()

    def _serves(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "freqtrade.log").read_text()[-3000:]
        try:
            return bool(self.get("/health")["last_process_ts"])
        except httpx.HTTPError:
            return False

    def _config(self, exchange_url: str) -> dict[str, Any]:
        urls = {"urls": {"api": dict.fromkeys(("public", "private"), f"{exchange_url}/api/v3")}}
        return {
            "dry_run": True,
            "dry_run_wallet": 1000,
            "db_url": f"sqlite:///{self.folder}/trades.sqlite",
            "tradable_balance_ratio": 1.0,
            "stake_currency": "USDT",
            "initial_state": "running",
            "stake_amount": 100,
            "max_open_trades": 1,
            "trading_mode": "spot",
            "exchange": {
                "name": "binance",
                "key": "",
                "secret": "",
                "enable_ws": False,
                "pair_whitelist": ["BTC/USDT"],
                "ccxt_config": {**urls, "options": {"fetchMarkets": {"types": ["spot"]}}},
            },
            "pairlists": [{"method": "StaticPairList"}],
            "entry_pricing": {"price_side": "other", "use_order_book": True, "order_book_top": 1},
            "exit_pricing": {"price_side": "other", "use_order_book": True, "order_book_top": 1},
            "internals": {"process_throttle_secs": 1},
            "api_server": {
                "enabled": True,
                "listen_ip_address": "127.0.0.1",
                "listen_port": self.port,
                "username": USER,
                "password": PASSWORD,
                "jwt_secret_key": "a secret that is only for this test, and long",
                "ws_token": WS_TOKEN,
            },
        }
