"""The channels over real loopback sockets: services that hang, drip, break off or answer too much."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from prometheus_client import CollectorRegistry

from alert_factory import START_MS, firing, resolved
from alerting_bench import ROUTE
from deskwatch.errors import DeliveryError, DeliveryReason
from deskwatch.model import Labels, SystemClock
from deskwatch.server.alerting import Alerting, FlushReason, Notice, Notification, render
from deskwatch.server.alerting.counters import NotifyCounters
from deskwatch.server.alerting.notify import Attempt, OutboxWorker
from deskwatch.server.alerting.notify.channels import TelegramNotifier, WebhookNotifier
from deskwatch.server.alerting.notify.queue import enqueue
from deskwatch.server.storage.state import OutboxState, StateStore, outbox
from faults.collector import Collector
from integration.telegram_stand_in import TelegramStandIn

pytestmark = pytest.mark.anyio

ATTEMPT = Attempt("dw-1", 1, START_MS)
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def notification() -> Notification:
    notices = (Notice(firing(), heard=False),)
    return Notification("{}:{}", Labels(), "desk", FlushReason.FIRST_FIRING, notices, START_MS)


@asynccontextmanager
async def service(serve: Serve):
    """A service that does with each connection what it is told, after the whole request has come."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        try:
            await serve(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/secret"
    finally:
        server.close()


async def try_once(serve: Serve, deadline_seconds: float = 0.3) -> tuple[str, float, bool]:
    """Let a worker try once; return the reason of the failure, the seconds it took, and whether it may repeat."""
    clock = SystemClock()
    store = StateStore.open("sqlite://", clock)
    async with service(serve) as url:
        hook = WebhookNotifier("hook", url)
        counters = NotifyCounters(CollectorRegistry(), ["hook"])
        worker = OutboxWorker(hook, store, clock, counters, random=lambda: 0.0, deadline_seconds=deadline_seconds)
        await store.write(lambda tx: _queue(tx, clock.now_ms()))
        started = time.monotonic()
        await worker.step()
        seconds = time.monotonic() - started
        (row,) = await store.read(lambda conn: outbox.in_state(conn, OutboxState.PENDING))
        await hook.close()
        await store.close()
    assert "secret" not in str(row.last_error)
    return str(row.last_reason), seconds, row.possible_repeat


def _queue(tx, now_ms: int) -> None:
    told = notification()
    number = outbox.add_notification(
        tx,
        group_key=told.group_key,
        receiver="desk",
        reason="first_firing",
        status="firing",
        payload=told.to_json(),
        incident_id=None,
        created_at_ms=now_ms,
    )
    enqueue(tx, number, told, "hook", due_ms=now_ms)


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    for byte in b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok":
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.05)


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 500 Oops\r\n\r\n")
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


async def test_a_service_that_hangs_is_left_at_the_deadline():
    reason, seconds, repeat = await try_once(hang)
    assert (reason, repeat) == ("timeout", True)
    assert seconds < 1


async def test_a_service_that_drips_is_left_at_the_deadline_all_the_same():
    reason, seconds, _ = await try_once(drip)
    assert reason == "timeout"
    assert seconds < 1


async def test_a_reset_after_the_whole_message_may_have_been_a_delivery():
    assert (await try_once(reset))[::2] == ("network", True)


async def test_an_endless_answer_is_read_only_in_part():
    reason, seconds, _ = await try_once(flood, deadline_seconds=5)
    assert reason == "server_error"
    assert seconds < 2


async def test_a_refused_connection_is_surely_no_delivery():
    async with service(hang) as url:
        pass
    hook = WebhookNotifier("hook", url)
    with pytest.raises(DeliveryError) as caught:
        await hook.send(render(notification(), START_MS), ATTEMPT)
    await hook.close()
    assert (caught.value.reason, caught.value.maybe_delivered) == (DeliveryReason.NETWORK, False)


async def test_a_redirect_is_not_followed():
    async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 307 Elsewhere\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()

    async with service(redirect) as url:
        hook = WebhookNotifier("hook", url)
        with pytest.raises(DeliveryError, match="answered 307") as caught:
            await hook.send(render(notification(), START_MS), ATTEMPT)
        await hook.close()
    assert not caught.value.retryable


async def test_an_alert_and_its_end_reach_telegram_while_a_webhook_hangs(tmp_path):
    clock = SystemClock()
    store = StateStore.open(f"sqlite:///{tmp_path}/state.db", clock)
    with TelegramStandIn() as telegram, Collector(lambda: 30.0) as stuck:
        alerting = Alerting(
            store,
            clock,
            CollectorRegistry(),
            route=ROUTE,
            receivers={"desk": ["hook", "phone"]},
            notifiers=[
                WebhookNotifier("hook", stuck.url),
                TelegramNotifier("phone", telegram.token, "42", base_url=telegram.url),
            ],
            random=lambda: 0.0,
        )
        await alerting.start()
        alert = firing(at_ms=clock.now_ms())
        started = time.monotonic()
        await alerting.book.publish([alert], clock.now_ms())
        await asyncio.to_thread(telegram.arrived.wait, 10)
        assert time.monotonic() - started < 2  # B3: others p99 <= 2 s
        await alerting.book.publish([resolved(alert, clock.now_ms())], clock.now_ms())
        stuck.stopped.set()
        await alerting.stop()
        await store.close()
    assert telegram.messages[0]["plain"].startswith("FIRING [critical] Drawdown on demo\n")
