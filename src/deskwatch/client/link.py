"""Ship records to the monitor from a thread of its own.

Way:     recorders, guard → [link] → POST /api/ingest/records; what its answer commands → obey → guard.
Threads: ``send`` appends to a bounded queue and returns. One daemon thread a process, started with the first record,
         takes from it, and is the only one that opens a socket. A forked child starts with an empty queue.
Time:    wall milliseconds stand in the records; waiting goes by the monotonic clock.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final, Protocol

import orjson

from deskwatch.client import diagnostics
from deskwatch.client.fork import renew_after_fork
from deskwatch.client.metrics import DropReason, Drops, default_registry
from deskwatch.client.obey import Commanded, Obedience
from deskwatch.client.transport import Answer, post

URL_VARIABLE: Final = "DESKWATCH_URL"
TOKEN_VARIABLE: Final = "DESKWATCH_TOKEN"  # noqa: S105  (the name of the variable, not a token)
BOT_VARIABLE: Final = "DESKWATCH_BOT"
BUILD_VARIABLE: Final = "DESKWATCH_BUILD"

RECORDS_PATH: Final = "/api/ingest/records"
MAX_QUEUED: Final = 10_000  # DESIGN.md, "Inside the bot"
MAX_BATCH: Final = 500  # half of what the server takes in one request
MAX_BODY_BYTES: Final = 512 * 1024  # half of what the server takes in one request
POLL_SECONDS: Final = 0.1  # ordinary records wait at most so long; a guard's do not wait
FIRST_BACKOFF_SECONDS: Final = 0.1
MAX_BACKOFF_SECONDS: Final = 5.0
REQUEST_SECONDS: Final = 2.0
EXIT_FLUSH_SECONDS: Final = 2.0
"""Sentry's value.

Source: https://docs.sentry.io/platforms/python/configuration/options/#shutdown_timeout
"""

Record = dict[str, object]
Post = Callable[[bytes], Answer]


class RecordSink(Protocol):
    """What takes records."""

    def send(self, record: Record, *, urgent: bool = False) -> None:
        """Take a record; never raise and never block."""
        ...

    def announce(self, metrics_url: str | None, now_ms: int) -> None:
        """Say that this process is here, and where its metrics are."""
        ...

    def heed(self, guard: Commanded) -> None:
        """Let the monitor's commands reach a guard."""
        ...

    def close(self, timeout_seconds: float = EXIT_FLUSH_SECONDS) -> bool:
        """Send what is left, for so long at most, and say whether all of it went."""
        ...


class NoLink:
    """Takes records and forgets them: the bot runs without a monitor."""

    def send(self, record: Record, *, urgent: bool = False) -> None:
        """Forget the record."""

    def announce(self, metrics_url: str | None, now_ms: int) -> None:
        """Tell nobody."""

    def heed(self, guard: Commanded) -> None:
        """Nobody commands it."""

    def close(self, timeout_seconds: float = EXIT_FLUSH_SECONDS) -> bool:  # noqa: ARG002
        """Say that nothing is left."""
        return True


class Link:
    """A queue and the thread that empties it.

    Args:
        send_batch: Sends one body and says what came of it.
        bot: The name under which the server knows this bot.
        drops: Counts what was dropped.
        obedience: Hears what the monitor commands in its answers; without one it commands nothing.

    Attributes:
        obedience: As given.
    """

    def __init__(self, send_batch: Post, bot: str, drops: Drops, obedience: Obedience | None = None) -> None:
        self._post = send_batch
        self._bot = bot
        self._drops = drops
        self.obedience = obedience
        self._hello: Record | None = None
        self._begin()
        renew_after_fork(self)
        atexit.register(self.close)

    def _begin(self) -> None:
        self._urgent: deque[Record] = deque()
        self._queue: deque[Record] = deque()
        self._wake = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closing = False
        self._deadline: float | None = None

    def send(self, record: Record, *, urgent: bool = False) -> None:
        """Queue a record; the oldest gives way when the queue is full, and is counted.

        Args:
            record: Plain JSON values; it must not be changed afterwards.
            urgent: Send it before all others, and at once.
        """
        if self._closing:
            self._drops.count(DropReason.CLOSED)
            return
        queue = self._urgent if urgent else self._queue
        queue.append(record)
        self._trim(queue)
        if self._thread is None:
            self._start()
        if urgent:
            self._wake.set()

    def announce(self, metrics_url: str | None, now_ms: int) -> None:
        """Say that this process is here, and where its metrics are; a forked child says so of itself."""
        python = ".".join(map(str, sys.version_info[:3]))
        build = os.environ.get(BUILD_VARIABLE)
        self._hello = {"kind": "hello", "ts_ms": now_ms, "metrics_url": metrics_url, "build": build, "python": python}
        self.send({**self._hello, "pid": os.getpid()}, urgent=True)

    def heed(self, guard: Commanded) -> None:
        """Let the monitor's commands reach a guard."""
        if self.obedience is not None:
            self.obedience.heed(guard)

    @property
    def queued(self) -> int:
        """How many records wait."""
        return len(self._urgent) + len(self._queue)

    def _start(self) -> None:
        if not self._starting.acquire(blocking=False):
            return
        try:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="deskwatch-link", daemon=True)
                thread.start()
                self._thread = thread
        except RuntimeError:
            self._drops.count(DropReason.INTERNAL)  # no thread to be had now; the next record tries again
        finally:
            self._starting.release()

    def _run(self) -> None:
        backoff_seconds = FIRST_BACKOFF_SECONDS
        while not self._over():
            if not self.queued:
                self._pause(POLL_SECONDS)
            elif self._send_some():
                backoff_seconds = FIRST_BACKOFF_SECONDS
                self._pause(0 if self._closing or self.queued >= MAX_BATCH else POLL_SECONDS)
            else:
                self._pause(backoff_seconds)
                backoff_seconds = min(backoff_seconds * 2, MAX_BACKOFF_SECONDS)

    def _over(self) -> bool:
        if self._deadline is None:
            return False
        return not self.queued or time.monotonic() > self._deadline

    def _pause(self, seconds: float) -> None:
        """Wait; an urgent record ends the wait."""
        self._wake.wait(min(seconds, POLL_SECONDS) if self._closing else seconds)
        self._wake.clear()

    def _send_some(self) -> bool:
        """Send one batch and say whether the server is well; what it did not take stays at the head."""
        urgent = bool(self._urgent)
        records, parts = self._take(self._urgent if urgent else self._queue)
        if not parts:
            return True
        answer = self._try(b'{"bot":%b,"records":[%b]}' % (orjson.dumps(self._bot), b",".join(parts)))
        if answer is Answer.RETRY:
            self._put_back(self._urgent if urgent else self._queue, records)
            return False
        if answer is Answer.REFUSED:
            self._drops.count(DropReason.REFUSED, len(records))
            diagnostics.say("link", f"the monitor refused {len(records)} records; does {TOKEN_VARIABLE} match it?")
        return True

    def _try(self, body: bytes) -> Answer:
        try:
            return self._post(body)
        except Exception:  # noqa: BLE001  (whatever the network layer raises, the thread must live)
            return Answer.RETRY

    def _take(self, queue: deque[Record]) -> tuple[list[Record], list[bytes]]:
        records: list[Record] = []
        parts: list[bytes] = []
        size = 0
        while queue and len(parts) < MAX_BATCH and size < MAX_BODY_BYTES:
            record = queue.popleft()
            part = self._encode(record)
            if part is not None:
                records.append(record)
                parts.append(part)
                size += len(part)
        return records, parts

    def _encode(self, record: Record) -> bytes | None:
        try:
            return orjson.dumps(record)
        except Exception:  # noqa: BLE001  (a value that is no JSON; the others of the batch go out)
            self._drops.count(DropReason.UNENCODABLE)
            return None

    def _put_back(self, queue: deque[Record], records: list[Record]) -> None:
        queue.extendleft(reversed(records))
        self._trim(queue)

    def _trim(self, queue: deque[Record]) -> None:
        while len(queue) > MAX_QUEUED:
            try:
                queue.popleft()
            except IndexError:  # another thread took the last one in between
                return
            self._drops.count(DropReason.QUEUE_FULL)

    def close(self, timeout_seconds: float = EXIT_FLUSH_SECONDS) -> bool:
        """Send what is left, for so long at most, and stop the thread; say whether all of it went."""
        self._deadline = time.monotonic() + timeout_seconds
        self._closing = True
        self._wake.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout_seconds)
        return not self.queued and (thread is None or not thread.is_alive())

    def after_fork(self) -> None:
        """Start with nothing queued, so that nothing of the parent's goes out twice; say hello for the child."""
        self._begin()
        if self._hello is not None:
            self._queue.append({**self._hello, "pid": os.getpid(), "metrics_url": None})


def link_from(environment: Mapping[str, str], drops: Drops) -> RecordSink:
    """Return the link that ``deskwatch run`` described in the environment, or one that forgets everything."""
    url = environment.get(URL_VARIABLE)
    if not url:
        return NoLink()
    token, bot = environment.get(TOKEN_VARIABLE, ""), environment.get(BOT_VARIABLE, "bot")
    obedience = Obedience(bot, token)

    def send_batch(body: bytes) -> Answer:
        address = url.rstrip("/") + RECORDS_PATH
        return post(address, body, token=token, timeout_seconds=REQUEST_SECONDS, hear=obedience.hear)

    return Link(send_batch, bot, drops, obedience)


@lru_cache(maxsize=1)
def default_link() -> RecordSink:
    """Return the link of this process."""
    return link_from(os.environ, default_registry().drops)
