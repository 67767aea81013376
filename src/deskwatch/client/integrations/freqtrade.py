"""Watch a freqtrade beside it, by its REST interface and its message websocket; never from inside, never by a webhook.

A slow receiver of a webhook stalls freqtrade's trade loop. Here nothing waits for us: the watcher asks, in a process
(or a thread) of its own, and the websocket only says when it is worth asking at once. What is recorded always comes
from the REST interface, so that both can never count a fill twice.

Way:     GET /api/v1/… and /api/v1/message/ws → [FreqtradeWatcher] → freqtrade_trades → TradingMetrics.
Threads: one event loop; ``run`` may be called in a thread of its own.
Time:    the heartbeat moves only when ``last_process_ts`` did: its web server answers also while its loop hangs.
Source:  https://www.freqtrade.io/en/stable/rest-api/
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import quote, urlsplit

import orjson

from deskwatch.client import diagnostics, untrusted
from deskwatch.client.extra import load
from deskwatch.client.link import default_link
from deskwatch.client.metrics import DropReason
from deskwatch.client.recorders.broker import BrokerMetrics
from deskwatch.client.trading import TradingMetrics
from deskwatch.client.venue import ConnectionReason
from deskwatch.client.venue.freqtrade_trades import FreqtradeTrades, SteadyFillIds

USERNAME_VARIABLE: Final = "FREQTRADE_USERNAME"
PASSWORD_VARIABLE: Final = "FREQTRADE_PASSWORD"  # noqa: S105  (the name of the variable, not a password)
WS_TOKEN_VARIABLE: Final = "FREQTRADE_WS_TOKEN"  # noqa: S105  (as above)

POLL_SECONDS: Final = 5.0
"""freqtrade's own loop runs every 5 s: https://www.freqtrade.io/en/stable/configuration/ (process_throttle_secs)."""

REQUEST_SECONDS: Final = 5.0
MAX_BACKOFF_SECONDS: Final = 30.0
PAGE_TRADES: Final = 50
MAX_PAGES: Final = 20
"""A thousand trades between two looks; more would be a fault of ours or of theirs."""

FRESH_SECONDS: Final = 30.0
"""At the first look a loop that ran so lately counts as alive: half of what the rule BotHung waits."""

_WAKING: Final = ("entry_fill", "exit_fill", "entry", "exit", "startup", "status")
_CANCELS: Final = ("entry_cancel", "exit_cancel")

Answer = dict[str, Any]


class FreqtradeWatcher:
    """Looks at one freqtrade, over and over.

    Args:
        url: Where its REST interface is, such as ``http://127.0.0.1:8080``.
        metrics: Where to record. Give it ``link=SteadyFillIds(default_link())`` so that a watcher that starts anew
            tells the monitor no fill twice.
        username: Of its REST interface.
        password: Likewise.
        ws_token: Of its message websocket; without one the watcher only polls.
        currency: freqtrade's stake currency.
        strategy: The label ``strategy`` of freqtrade's own figures.
        poll_seconds: Between two looks.
        clock: Gives the wall time in seconds.

    Raises:
        MissingExtraError: httpx or websockets is not installed.
        ValueError: The URL is none.
    """

    def __init__(
        self,
        url: str,
        metrics: TradingMetrics,
        *,
        username: str,
        password: str,
        ws_token: str | None = None,
        currency: str = "USDT",
        strategy: str = "freqtrade",
        poll_seconds: float = POLL_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._httpx = load("httpx", "freqtrade", "Watching freqtrade")
        self._connect = load("websockets.asyncio.client", "freqtrade", "Watching freqtrade").connect
        self._url = _checked_url(url)
        self._metrics = metrics
        self._auth = (username, password)
        self._ws_token = ws_token
        self._poll_seconds = poll_seconds
        self._clock = clock
        self._drops = metrics.registry.drops
        self._broker = BrokerMetrics("freqtrade", registry=metrics.registry)
        self._trades = FreqtradeTrades(metrics, strategy, currency)
        self._last_process: int | None = None
        self._closed_seen: int | None = None
        self._lost = False
        self._woken = asyncio.Event()

    async def run(self) -> None:
        """Look until cancelled; nothing that freqtrade does or is ends it."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._look_on())
            if self._ws_token:
                both.create_task(self._listen())

    async def _look_on(self) -> None:
        wait_seconds = self._poll_seconds
        base_url = f"{self._url}/api/v1"
        async with self._httpx.AsyncClient(base_url=base_url, auth=self._auth, timeout=REQUEST_SECONDS) as client:
            while True:
                well = await self.look(client)
                wait_seconds = self._poll_seconds if well else min(wait_seconds * 2, MAX_BACKOFF_SECONDS)
                await self._pause(wait_seconds)

    async def look(self, client: Any) -> bool:  # noqa: ANN401  (httpx's AsyncClient)
        """Ask freqtrade once, record what is new, and say whether it answered."""
        woken = self._woken.is_set()
        self._woken.clear()
        try:
            if self._alive((await self._get(client, "/health"))["last_process_ts"]) or woken:
                await self._record(client)
        except self._httpx.HTTPError as error:
            self._count_failure(error)
            return False
        except Exception as error:  # noqa: BLE001  (an answer of another form than documented)
            self._drops.count(DropReason.INTERNAL)
            diagnostics.say("freqtrade", f"an answer of {self._url} cannot be read: {error!r}; is it freqtrade?")
            return False
        if self._lost:
            self._broker.record_reconnection()
        self._lost = False
        self._broker.record_connected(connected=True)
        return True

    def _alive(self, last_process: object) -> bool:
        """Take freqtrade's word for when its loop last ran, and say whether it ran since the last look."""
        seconds = untrusted.unix_seconds(last_process)
        if seconds is None:  # it has only just started
            return False
        before, self._last_process = self._last_process, int(seconds)
        self._trades.saw_last_process(seconds)
        moved = seconds > before if before is not None else self._clock() - seconds < FRESH_SECONDS
        if moved:
            self._metrics.heartbeat()
        return moved

    async def _record(self, client: Any) -> None:  # noqa: ANN401  (as above)
        opened = await self._get(client, "/status")
        self._trades.saw_trades([*await self._newly_closed(client), *opened])
        self._trades.saw_rates(opened)
        profit = await self._get(client, "/profit")
        self._trades.saw_equity(await self._get(client, "/balance"), profit)
        self._trades.saw_figures(await self._get(client, "/count"), profit, await self._get(client, "/performance"))

    async def _newly_closed(self, client: Any) -> list[Answer]:  # noqa: ANN401  (as above)
        """Return the trades that were closed since the last look, by their number: its clock need not be ours."""
        newest: list[Answer] = []
        for page in range(MAX_PAGES):
            path = f"/trades?limit={PAGE_TRADES}&offset={page * PAGE_TRADES}&order_by_id=false"
            answer = await self._get(client, path)
            newest += answer["trades"]
            seen = self._closed_seen if self._closed_seen is not None else answer["total_trades"]
            new = max(answer["total_trades"] - seen, 0)
            if len(newest) >= new or not answer["trades"]:
                break
        self._closed_seen = answer["total_trades"]
        return newest[:new]

    async def _get(self, client: Any, path: str) -> Any:  # noqa: ANN401  (as above, and JSON)
        self._broker.record_call()
        answer = await client.get(path)
        answer.raise_for_status()
        return answer.json()

    def _count_failure(self, error: Exception) -> None:
        reason = self._reason(error)
        self._broker.record_connection_error(reason=reason)
        self._broker.record_connected(connected=False)
        self._lost = True
        if reason is ConnectionReason.AUTH:
            wanted = f"{USERNAME_VARIABLE} and {PASSWORD_VARIABLE}"
            diagnostics.say("freqtrade", f"{self._url} does not take the user or the password: set {wanted}")

    def _reason(self, error: Exception) -> ConnectionReason:
        if isinstance(error, self._httpx.HTTPStatusError):
            status = error.response.status_code
            return ConnectionReason.AUTH if status in (401, 403) else ConnectionReason.UNAVAILABLE
        if isinstance(error, self._httpx.TimeoutException):
            return ConnectionReason.TIMEOUT
        if isinstance(error, self._httpx.ConnectError):
            return ConnectionReason.REFUSED
        return ConnectionReason.NETWORK

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _listen(self) -> None:
        """Hear the websocket, and connect again for ever; without it the looks go on."""
        wait_seconds = 1.0
        while True:
            try:
                async with self._connect(self._ws_url(), open_timeout=REQUEST_SECONDS, proxy=None) as socket:
                    subscription = {"type": "subscribe", "data": [*_WAKING, *_CANCELS]}
                    await socket.send(orjson.dumps(subscription).decode())
                    wait_seconds = 1.0
                    async for message in socket:
                        self._heard(message)
            except asyncio.CancelledError:
                raise
            except Exception:  # noqa: BLE001  (the network, the handshake, or a message of another form)
                self._broker.record_connection_error(reason=ConnectionReason.LOST)
            await asyncio.sleep(wait_seconds)
            wait_seconds = min(wait_seconds * 2, MAX_BACKOFF_SECONDS)

    def _heard(self, message: str | bytes) -> None:
        told = orjson.loads(message)
        kind = told.get("type")
        if kind in _CANCELS:
            self._trades.saw_cancel(told.get("data", told), entry=kind == "entry_cancel")
        if kind in _WAKING:
            self._woken.set()

    def _ws_url(self) -> str:
        return f"ws{self._url.removeprefix('http')}/api/v1/message/ws?token={quote(self._ws_token or '')}"


def _checked_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(f"url must be that of freqtrade's REST interface, such as http://127.0.0.1:8080, was {url!r}")
    return f"{parts.scheme}://{parts.netloc}"


async def watch(arguments: argparse.Namespace, username: str, password: str, ws_token: str | None) -> None:
    """Wait until freqtrade says what it trades in, then watch it until cancelled."""
    httpx = load("httpx", "freqtrade", "Watching freqtrade")
    config = await _config(httpx, _checked_url(arguments.url), (username, password))
    strategy = arguments.strategy or config.get("strategy") or "freqtrade"
    metrics = TradingMetrics(strategy, config["stake_currency"], link=SteadyFillIds(default_link()))
    exporter = metrics.start_server(arguments.port)
    print(f"watching {strategy} at {arguments.url}; metrics at {exporter.url}", flush=True)  # noqa: T201  (a command)
    await FreqtradeWatcher(
        arguments.url,
        metrics,
        username=username,
        password=password,
        ws_token=ws_token,
        currency=config["stake_currency"],
        strategy=strategy,
        poll_seconds=arguments.poll_seconds,
    ).run()


async def _config(httpx: Any, url: str, auth: tuple[str, str]) -> Answer:  # noqa: ANN401  (a module)
    wait_seconds = 1.0
    async with httpx.AsyncClient(base_url=f"{url}/api/v1", auth=auth, timeout=REQUEST_SECONDS) as client:
        while True:
            try:
                answer = (await client.get("/show_config")).raise_for_status()
                return dict(answer.json())
            except httpx.HTTPError as error:
                print(f"waiting for freqtrade at {url}: {error!r}", file=sys.stderr, flush=True)  # noqa: T201  (as above)
            await asyncio.sleep(wait_seconds)
            wait_seconds = min(wait_seconds * 2, MAX_BACKOFF_SECONDS)


async def _until_told(arguments: argparse.Namespace) -> None:
    watching = asyncio.create_task(
        watch(
            arguments,
            os.environ.get(USERNAME_VARIABLE, ""),
            os.environ.get(PASSWORD_VARIABLE, ""),
            os.environ.get(WS_TOKEN_VARIABLE),
        )
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, watching.cancel)
    await asyncio.gather(watching, return_exceptions=True)
    if not watching.cancelled():
        watching.result()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the watcher as a program: ``python -m deskwatch.client.integrations.freqtrade --url …``."""
    parser = argparse.ArgumentParser(
        prog="python -m deskwatch.client.integrations.freqtrade",
        description="Watch a freqtrade by its REST interface and websocket.",
        epilog=f"Credentials come from {USERNAME_VARIABLE}, {PASSWORD_VARIABLE} and {WS_TOKEN_VARIABLE}.",
    )
    parser.add_argument("--url", required=True, help="such as http://127.0.0.1:8080")
    parser.add_argument("--strategy", help="the label strategy; by default the name of freqtrade's strategy")
    parser.add_argument("--port", type=int, default=0, help="where the metrics are served, 0 for any free port")
    parser.add_argument("--poll-seconds", type=float, default=POLL_SECONDS, help="between two looks")
    asyncio.run(_until_told(parser.parse_args(argv)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
