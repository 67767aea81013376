from __future__ import annotations

import asyncio
import io
import threading

import pytest
from rich.console import Console

from alert_factory import START_MS, firing
from deskwatch.errors import DeliveryError, DeliveryReason
from deskwatch.model import Labels
from deskwatch.server.alerting import FlushReason, Notice, Notification, render
from deskwatch.server.alerting.notify import Attempt
from deskwatch.server.alerting.notify.channels import ConsoleNotifier

pytestmark = pytest.mark.anyio

ATTEMPT = Attempt("dw-1", 1, START_MS)


def message(**labels: str):
    notices = (Notice(firing("[red]Evil[/red]", **labels), heard=False),)
    return render(Notification("{}:{}", Labels(), "desk", FlushReason.FIRST_FIRING, notices, START_MS), START_MS)


async def test_the_terminal_shows_title_and_sections_and_reads_no_markup():
    file = io.StringIO()
    await ConsoleNotifier("console", Console(file=file, width=100)).send(message(), ATTEMPT)
    assert "FIRING [critical] [red]Evil[/red] on demo" in file.getvalue()
    assert "10.4 %, limit 10.0 %" in file.getvalue()


async def test_a_terminal_that_is_gone_is_a_network_failure():
    file = io.StringIO()
    file.close()
    with pytest.raises(DeliveryError) as caught:
        await ConsoleNotifier("console", Console(file=file)).send(message(), ATTEMPT)
    assert (caught.value.reason, caught.value.retryable) == (DeliveryReason.NETWORK, True)


async def test_a_held_terminal_takes_no_second_message_and_holds_up_nobody():
    free = threading.Event()

    class Held(io.StringIO):
        def write(self, text: str) -> int:
            free.wait(5)
            return len(text)

    notifier = ConsoleNotifier("console", Console(file=Held()))
    first = asyncio.create_task(notifier.send(message(), ATTEMPT))
    await asyncio.sleep(0)
    with pytest.raises(DeliveryError) as caught:
        await notifier.send(message(), ATTEMPT)
    assert caught.value.reason is DeliveryReason.TIMEOUT
    free.set()
    await asyncio.wait_for(first, 5)
