"""A real freqtrade in dry-run, watched by its REST interface and its websocket."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from client_fakes import CollectingLink
from deskwatch import Registry, TradingMetrics
from deskwatch.client.integrations.freqtrade import (
    PASSWORD_VARIABLE,
    USERNAME_VARIABLE,
    WS_TOKEN_VARIABLE,
    FreqtradeWatcher,
)
from deskwatch.client.venue.freqtrade_trades import SteadyFillIds
from doc_blocks import doc_blocks, run_block
from integration.client.integrations.binance_spot import BinanceSpot
from integration.client.integrations.freqtrade_bot import PASSWORD, USER, WS_TOKEN, FreqtradeBot, wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

POLL_SECONDS = 0.3
SLOW_POLL_SECONDS = 600
"""A watcher that would sit out the whole test, were it not woken."""

Read = Callable[[str], float]


@pytest.fixture(scope="module")
def venue() -> Iterator[BinanceSpot]:
    with BinanceSpot() as standing_in:
        yield standing_in


@pytest.fixture(scope="module")
def bot(
    venue: BinanceSpot, real_program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FreqtradeBot]:
    made = FreqtradeBot(real_program("freqtrade"), tmp_path_factory.mktemp("freqtrade"), venue.url)
    try:
        made.start()
        yield made
    finally:
        made.stop()


class Watched:
    """A watcher in a thread, and what it recorded."""

    def __init__(self, bot: FreqtradeBot, poll_seconds: float, ws_token: str | None) -> None:
        self.registry, self.link = Registry(), CollectingLink()
        self.metrics = TradingMetrics("Told", "USDT", registry=self.registry, link=SteadyFillIds(self.link))
        self._watcher = FreqtradeWatcher(
            bot.url,
            self.metrics,
            username=USER,
            password=PASSWORD,
            ws_token=ws_token,
            strategy="Told",
            poll_seconds=poll_seconds,
        )

    def read(self, series: str) -> float:
        """Return a series by its name and labels; 0 if there is none."""
        text = self.registry.expose(with_prometheus_client=False).decode()
        found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    def fills(self) -> list[tuple[str, str, float, float]]:
        fills = self.link.of_kind("fill")
        return [(fill["order_id"], fill["side"], float(fill["quantity"]), float(fill["price"])) for fill in fills]

    async def run(self) -> None:
        await self._watcher.run()


@contextmanager
def watching(bot: FreqtradeBot, poll_seconds: float, ws_token: str | None = None) -> Iterator[Watched]:
    watched = Watched(bot, poll_seconds, ws_token)
    loop = asyncio.new_event_loop()
    task = loop.create_task(watched.run())

    def turn() -> None:
        loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
        loop.close()

    thread = threading.Thread(target=turn)
    thread.start()
    try:
        yield watched
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(10)


CONNECTED = 'broker_connected{broker="freqtrade"}'
LAST_PROCESS = 'freqtrade_last_process_timestamp_seconds{strategy="Told"}'
HEARTBEAT = "bot_heartbeat_timestamp_seconds"


def _own_fills(bot: FreqtradeBot) -> list[tuple[str, str, float, float]]:
    return [
        (f"{trade} {order}", side.upper(), units, price) for trade, order, side, units, price in bot.filled_orders()
    ]


def test_simulated_fills_arrive_once_each_woken_by_the_websocket(bot: FreqtradeBot, venue: BinanceSpot) -> None:
    with (
        watching(bot, SLOW_POLL_SECONDS, WS_TOKEN) as woken,
        watching(bot, POLL_SECONDS, WS_TOKEN) as both,
        watching(bot, POLL_SECONDS) as polling,
    ):
        all_of_them = (woken, both, polling)
        wait_for(lambda: all(each.read(CONNECTED) for each in all_of_them))
        wait_for(lambda: len(bot.folder.joinpath("freqtrade.log").read_text().split("WebSocket")) > 2)
        bot.tell("enter")
        wait_for(lambda: all(len(each.fills()) == 1 for each in all_of_them))
        bot.hush()
        assert float(polling.metrics.ledger.position("BTC/USDT").quantity) == bot.filled_orders()[0][3]
        venue.price = 110.0
        wait_for(lambda: polling.metrics.ledger.position("BTC/USDT").mark_price > 105)
        bot.tell("exit")
        wait_for(lambda: all(len(each.fills()) == 2 for each in all_of_them))
        bot.hush()
        wait_for(lambda: polling.read('freqtrade_trades_open{strategy="Told"}') == 0)
        profit = bot.get("/profit")["profit_closed_coin"]
        wait_for(lambda: abs(float(polling.metrics.ledger.equity) - (1000 + profit)) < 1e-6)
        for each in all_of_them:
            assert each.fills() == _own_fills(bot)
            assert each.metrics.ledger.position("BTC/USDT").quantity == 0
            assert float(each.metrics.ledger.realized_pnl - each.metrics.ledger.fees) == pytest.approx(profit, abs=1e-6)
            assert each.registry.drops.total == 0
        assert polling.read('freqtrade_profit_closed{strategy="Told",currency="USDT"}') == pytest.approx(profit)
        assert polling.read('trading_drawdown_max_ratio{strategy="Told"}') < 0.002  # the fees


def test_a_watcher_that_starts_anew_takes_the_open_position_up_under_the_same_ids(bot: FreqtradeBot) -> None:
    with watching(bot, POLL_SECONDS) as first:
        wait_for(lambda: first.read(CONNECTED))
        bot.tell("enter")
        wait_for(lambda: len(first.fills()) == 1)
        bot.hush()
    with watching(bot, POLL_SECONDS) as second:
        wait_for(lambda: len(second.fills()) == 1)
        assert second.fills() == first.fills() == _own_fills(bot)[-1:]
        assert [fill["id"] for fill in second.link.of_kind("fill")] == [
            fill["id"] for fill in first.link.of_kind("fill")
        ]
        assert second.metrics.ledger.position("BTC/USDT").quantity > 0


def test_a_stopped_freqtrade_looks_dead_and_its_restart_is_taken_up(bot: FreqtradeBot) -> None:
    with watching(bot, POLL_SECONDS, WS_TOKEN) as watched:
        wait_for(lambda: len(watched.fills()) == 1)  # the open position
        before = watched.read(HEARTBEAT)
        wait_for(lambda: watched.read(HEARTBEAT) > before)
        bot.stop()
        wait_for(lambda: not watched.read(CONNECTED))
        died_at = watched.read(HEARTBEAT)
        refused = 'broker_connection_errors_total{broker="freqtrade",reason="refused"}'
        wait_for(lambda: watched.read(refused) >= 2)
        assert watched.read(HEARTBEAT) == died_at
        bot.start()
        wait_for(lambda: watched.read(HEARTBEAT) > died_at, 60)
        wait_for(lambda: watched.read(CONNECTED))
        assert watched.read('broker_reconnections_total{broker="freqtrade"}') == 1
        bot.tell("exit")
        wait_for(lambda: len(watched.fills()) == 2)
        bot.hush()
        assert watched.fills() == _own_fills(bot)[-2:]


def test_a_loop_that_stands_still_has_no_heartbeat_although_the_interface_answers(bot: FreqtradeBot) -> None:
    with watching(bot, POLL_SECONDS) as watched:
        wait_for(lambda: watched.read(HEARTBEAT))
        httpx.post(f"{bot.url}/api/v1/stop", auth=(USER, PASSWORD)).raise_for_status()
        wait_for(lambda: bot.get("/show_config")["state"] == "stopped")
        before = watched.read('broker_api_calls_total{broker="freqtrade"}')
        wait_for(lambda: watched.read('broker_api_calls_total{broker="freqtrade"}') > before + 4)
        still = watched.read(HEARTBEAT)
        wait_for(lambda: watched.read('broker_api_calls_total{broker="freqtrade"}') > before + 10)
        assert watched.read(CONNECTED) == 1
        assert watched.read(HEARTBEAT) == still
        assert watched.read(LAST_PROCESS) > 0
        httpx.post(f"{bot.url}/api/v1/start", auth=(USER, PASSWORD)).raise_for_status()
        wait_for(lambda: watched.read(HEARTBEAT) > still)


def test_a_wrong_password_is_told_and_nothing_is_recorded(bot: FreqtradeBot) -> None:
    registry = Registry()
    metrics = TradingMetrics(registry=registry, link=CollectingLink())
    watcher = FreqtradeWatcher(bot.url, metrics, username=USER, password="wrong")

    async def look() -> bool:
        async with httpx.AsyncClient(base_url=f"{bot.url}/api/v1", auth=(USER, "wrong")) as client:
            return await watcher.look(client)

    assert not asyncio.run(look())
    text = registry.expose(with_prometheus_client=False).decode()
    assert 'broker_connection_errors_total{broker="freqtrade",reason="auth"} 1.0' in text
    assert "trading_fills_total{" not in text


def test_the_command_serves_the_metrics_and_ends_when_told(bot: FreqtradeBot) -> None:
    environment = {USERNAME_VARIABLE: USER, PASSWORD_VARIABLE: PASSWORD, WS_TOKEN_VARIABLE: WS_TOKEN}
    command = [
        sys.executable,
        "-m",
        "deskwatch.client.integrations.freqtrade",
        "--url",
        bot.url,
        "--poll-seconds",
        "0.3",
    ]
    with subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said.startswith("watching Told at")
        metrics_url = said.split()[-1]
        wait_for(lambda: f"{CONNECTED} 1.0" in httpx.get(metrics_url).text)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_the_page_of_the_docs_runs(bot: FreqtradeBot, tmp_path: Path) -> None:
    [block] = doc_blocks("docs/integrations/freqtrade.md")
    environment = {"FREQTRADE_URL": bot.url, USERNAME_VARIABLE: USER, PASSWORD_VARIABLE: PASSWORD}
    done = run_block(block, tmp_path, environment)
    assert done.returncode == 0, done.stderr
    assert "freqtrade_trades_max" in done.stdout
    assert "bot_heartbeat_timestamp_seconds" in done.stdout


def test_an_url_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="url must be"):
        FreqtradeWatcher("freqtrade:8080", TradingMetrics(registry=Registry()), username="", password="")
