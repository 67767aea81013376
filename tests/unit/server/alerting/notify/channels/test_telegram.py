"""The channel against the stand-in of the Bot API, without a socket."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from alert_factory import START_MS, firing
from deskwatch.errors import DeliveryError, DeliveryReason
from deskwatch.model import Labels
from deskwatch.server.alerting import Context, FlushReason, Notice, Notification, render
from deskwatch.server.alerting.notify import Attempt
from deskwatch.server.alerting.notify.channels import TelegramNotifier
from integration.telegram_stand_in import TelegramStandIn

pytestmark = pytest.mark.anyio

ATTEMPT = Attempt("dw-1", 1, START_MS)


def message(summary: str = "too deep", logs: tuple[str, ...] = (), link: str = "http://desk/"):
    alert = replace(firing(), annotations={"summary": summary, "unit": "ratio"})
    notices = (Notice(alert, heard=False),)
    context = Context(log_lines=logs, link=link)
    told = Notification("{}:{}", Labels(), "desk", FlushReason.FIRST_FIRING, notices, START_MS, context=context)
    return render(told, START_MS)


@pytest.fixture
def telegram():
    return TelegramStandIn()


def channel(telegram: TelegramStandIn, token: str | None = None, chat: str = "42") -> TelegramNotifier:
    def handle(request: httpx.Request) -> httpx.Response:
        status, said = telegram.answer(request.url.path, request.content)
        return httpx.Response(status, json=said)

    client = httpx.AsyncClient(transport=httpx.MockTransport(handle))
    return TelegramNotifier("phone", token or telegram.token, chat, base_url="http://telegram.test/", client=client)


async def refused(notifier: TelegramNotifier) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await notifier.send(message(), ATTEMPT)
    return caught.value


async def test_the_text_arrives_whole_and_the_receipt_names_the_message(telegram):
    sent = message(logs=("one", "two"))
    receipt = await channel(telegram).send(sent, ATTEMPT)
    assert receipt.external_id == "1"
    plain = telegram.messages[0]["plain"]
    assert plain.startswith("FIRING [critical] Drawdown on demo\nWhat: too deep\nHow bad: 10.4 %, limit 10.0 %\n")
    assert "Log: \none\ntwo\nLink: http://desk/" in plain


@pytest.mark.parametrize(
    "hostile", ["<b>x</b>", "a & b &lt;", "</pre><script>", "<a href='tg://x'>", "&#60;", "\ud800\x00"]
)
async def test_markup_from_outside_is_text(telegram, hostile):
    await channel(telegram).send(message(hostile, logs=(hostile,)), ATTEMPT)
    shown = hostile.replace("\ud800", "\ufffd").replace("\x00", "\ufffd")
    assert f"What: {shown}" in telegram.messages[0]["plain"]


@pytest.mark.parametrize("letter", ["x", "<", "🚀", "e\u0301"])
async def test_a_long_message_is_cut_to_the_limit_with_a_count_and_the_link(telegram, letter):
    await channel(telegram).send(message(letter * 5_000), ATTEMPT)
    plain = telegram.messages[0]["plain"]
    assert 4_000 < len(plain.encode("utf-16-le")) // 2 <= 4_096
    assert plain.endswith(" characters cut; http://desk/")


async def test_the_count_of_a_cut_message_is_exact(telegram):
    await channel(telegram).send(message("x" * 5_000), ATTEMPT)
    plain = telegram.messages[0]["plain"]
    shown, _, note = plain.partition("\n… ")
    whole = "".join(text for _, text in _all_pieces(message("x" * 5_000)))
    assert len(whole) - len(shown) == int(note.split()[0])


def _all_pieces(sent):
    from deskwatch.server.alerting.notify.channels.telegram import _pieces

    return _pieces(sent)


async def test_429_is_tried_again_after_what_telegram_asks(telegram):
    telegram.limit(37)
    error = await refused(channel(telegram))
    assert (error.reason, error.retryable, error.retry_after_seconds) == (DeliveryReason.RATE_LIMITED, True, 37)


@pytest.mark.parametrize(
    ("status", "reason", "retryable"),
    [
        (400, DeliveryReason.REJECTED, False),
        (401, DeliveryReason.UNAUTHORIZED, False),
        (403, DeliveryReason.UNAUTHORIZED, False),
        (404, DeliveryReason.UNAUTHORIZED, False),
        (409, DeliveryReason.REJECTED, False),
        (500, DeliveryReason.SERVER_ERROR, True),
        (502, DeliveryReason.SERVER_ERROR, True),
    ],
)
@pytest.mark.parametrize("http_status", [None, 200])
async def test_every_refusal_has_its_reason_also_inside_a_200(telegram, status, reason, retryable, http_status):
    telegram.refuse(status, "no", http_status=http_status)
    error = await refused(channel(telegram))
    assert (error.reason, error.retryable) == (reason, retryable)


async def test_a_200_that_is_not_telegrams_json_is_no_success():
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, text="<html>proxy")))
    error = await refused(TelegramNotifier("phone", "1:a", "42", client=client))
    assert error.reason is DeliveryReason.REJECTED


async def test_a_wrong_token_chat_or_shape_of_token_is_for_good(telegram):
    assert (await refused(channel(telegram, token="999:zzz"))).reason is DeliveryReason.UNAUTHORIZED
    assert (await refused(channel(telegram, token="nonsense"))).reason is DeliveryReason.UNAUTHORIZED
    assert "chat not found" in str(await refused(channel(telegram, chat="7")))


async def test_no_error_text_holds_the_token(telegram):
    telegram.refuse(400, f"who is {telegram.token}?")
    notifier = channel(telegram)
    assert telegram.token not in str(await refused(notifier))
    unreachable = httpx.AsyncClient(transport=httpx.MockTransport(_no_route))
    error = await refused(TelegramNotifier("phone", "1:secret", "42", client=unreachable))
    assert (error.reason, error.maybe_delivered) == (DeliveryReason.NETWORK, False)
    assert "secret" not in str(error)
    assert error.__cause__ is None


def _no_route(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError(f"no route to {request.url}", request=request)
