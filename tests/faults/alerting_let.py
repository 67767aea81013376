"""A server with nothing but state and alerting, to be killed: python alerting_let.py DIR URL FIRST COUNT.

It does what the rules do: it publishes the alerts that were active before, then COUNT new ones, and prints a line
for each whose publication has returned. SIGTERM ends it in order.
"""

from __future__ import annotations

import asyncio
import signal
import sys

from prometheus_client import CollectorRegistry

from alert_factory import firing
from deskwatch.model import SystemClock
from deskwatch.server.alerting import Alerting, RetryPolicy, Route
from deskwatch.server.alerting.notify.channels import WebhookNotifier
from deskwatch.server.storage.state import StateStore

ROUTE = Route("desk", group_by=("alertname",), group_wait_ms=0, group_interval_ms=3_600_000)
POLICY = RetryPolicy(first_seconds=0.05, longest_seconds=0.2)


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


async def main(directory: str, url: str, first: int, count: int) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    clock = SystemClock()
    store = StateStore.open(f"sqlite:///{directory}/state.db", clock)
    alerting = Alerting(
        store,
        clock,
        CollectorRegistry(),
        route=ROUTE,
        receivers={"desk": ["hook"]},
        notifiers=[WebhookNotifier("hook", url)],
        random=lambda: 0.0,
        policy=POLICY,
    )
    await alerting.start()
    await alerting.book.publish(await alerting.book.active(), clock.now_ms())
    say("started")
    for number in range(first, first + count):
        await alerting.book.publish([firing(f"Alert{number}", at_ms=clock.now_ms())], clock.now_ms())
        say(f"published Alert{number}")
    await ended.wait()
    await alerting.stop()
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
