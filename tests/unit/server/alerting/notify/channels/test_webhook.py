"""The payload as Alertmanager documents it, the signature as Standard Webhooks does, and the failure table."""

from __future__ import annotations

import json
import math

import httpx
import pytest

from alert_factory import START_MS, firing, resolved
from deskwatch.errors import ConfigError, DeliveryError, DeliveryReason
from deskwatch.model import Labels
from deskwatch.server.alerting import Context, FlushReason, Notice, Notification, render
from deskwatch.server.alerting.notify import Attempt
from deskwatch.server.alerting.notify.channels import WebhookNotifier
from deskwatch.server.alerting.notify.channels.webhook import signature, signing_key

pytestmark = pytest.mark.anyio

URL = "http://hook.test/secret-path?token=hidden"
ATTEMPT = Attempt("dw-1", 1, START_MS)


def message(*alerts, **settings):
    notices = tuple(Notice(alert, heard=False) for alert in alerts or (firing(),))
    group = Labels({"alertname": "Drawdown"})
    told = Notification(
        '{}:{alertname="Drawdown"}', group, "desk", FlushReason.FIRST_FIRING, notices, START_MS, **settings
    )
    return render(told, START_MS)


class Hook:
    """Answers with one status and keeps the request."""

    def __init__(self, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.status = status
        self.headers = headers or {}
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self.status, headers=self.headers)


def channel(hook, **settings) -> WebhookNotifier:
    return WebhookNotifier("hook", URL, client=httpx.AsyncClient(transport=httpx.MockTransport(hook)), **settings)


async def refused(hook) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await channel(hook).send(message(), ATTEMPT)
    assert "secret-path" not in str(caught.value)
    assert "hidden" not in str(caught.value)
    return caught.value


async def test_the_body_is_alertmanagers_version_4():
    hook = Hook()
    await channel(hook).send(message(firing(), resolved(firing("Other"), START_MS + 1_500), url="http://desk"), ATTEMPT)
    body = json.loads(hook.requests[0].content)
    extra = body.pop("deskwatch")
    first, second = body.pop("alerts")
    assert body == {
        "version": "4",
        "groupKey": '{}:{alertname="Drawdown"}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "desk",
        "notification_reason": "first notification",
        "groupLabels": {"alertname": "Drawdown"},
        "commonLabels": {"bot": "demo", "severity": "critical"},
        "commonAnnotations": {"unit": "ratio"},
        "externalURL": "http://desk",
    }
    assert (first["status"], first["startsAt"], first["endsAt"]) == (
        "firing",
        "2022-01-01T00:00:00.000Z",
        "0001-01-01T00:00:00Z",
    )
    assert (second["status"], second["endsAt"]) == ("resolved", "2022-01-01T00:00:01.500Z")
    assert (extra["id"], extra["reason"], extra["possible_repeat"]) == ("dw-1", "first_firing", False)


async def test_hostile_text_and_strange_numbers_make_valid_json():
    hook = Hook()
    alert = firing(value=math.nan, symbol="\ud800\x00")
    context = Context(pnl_day=math.inf, log_lines=("\udfff",))
    await channel(hook).send(message(alert, context=context), ATTEMPT)
    body = json.loads(hook.requests[0].content.decode("utf-8"))
    assert body["alerts"][0]["labels"]["symbol"] == "\ufffd\ufffd"
    assert body["alerts"][0]["value"] == "nan"


def test_the_signature_is_that_of_the_specifications_example():
    """Vector: github.com/standard-webhooks/standard-webhooks, libraries/python/tests."""
    key = signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_without_a_secret_there_is_a_key_but_no_signature():
    hook = Hook()
    await channel(hook).send(message(), ATTEMPT)
    headers = hook.requests[0].headers
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("dw-1", str(START_MS // 1000))
    assert "webhook-signature" not in headers


async def test_with_a_secret_the_body_is_signed():
    hook = Hook()
    await channel(hook, secret="open sesame").send(message(), ATTEMPT)
    request = hook.requests[0]
    expected = signature(b"open sesame", "dw-1", str(START_MS // 1000), request.content)
    assert request.headers["webhook-signature"] == expected


def test_a_secret_that_is_not_base64_is_refused():
    with pytest.raises(ConfigError, match="base64"):
        WebhookNotifier("hook", URL, secret="whsec_%%%")


@pytest.mark.parametrize(
    ("status", "reason", "retryable"),
    [
        (301, DeliveryReason.REJECTED, False),
        (307, DeliveryReason.REJECTED, False),
        (400, DeliveryReason.REJECTED, False),
        (401, DeliveryReason.UNAUTHORIZED, False),
        (403, DeliveryReason.UNAUTHORIZED, False),
        (404, DeliveryReason.REJECTED, False),
        (408, DeliveryReason.TIMEOUT, True),
        (410, DeliveryReason.REJECTED, False),
        (425, DeliveryReason.SERVER_ERROR, True),
        (429, DeliveryReason.RATE_LIMITED, True),
        (500, DeliveryReason.SERVER_ERROR, True),
        (503, DeliveryReason.SERVER_ERROR, True),
    ],
)
async def test_every_status_has_its_reason(status, reason, retryable):
    hook = Hook(status, {"location": "http://elsewhere.test/"} if status < 400 else {})
    error = await refused(hook)
    assert (error.reason, error.retryable) == (reason, retryable)
    assert len(hook.requests) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_every_2xx_is_taken(status):
    await channel(Hook(status)).send(message(), ATTEMPT)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("Sat, 01 Jan 2022 00:02:00 GMT", 120),
        ("Fri, 31 Dec 2021 00:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
    ],
)
async def test_retry_after_may_be_seconds_or_a_date(header, seconds):
    assert (await refused(Hook(429, {"retry-after": header}))).retry_after_seconds == seconds


@pytest.mark.parametrize(
    ("fault", "reason", "maybe_delivered"),
    [
        (httpx.ConnectError, DeliveryReason.NETWORK, False),
        (httpx.ConnectTimeout, DeliveryReason.TIMEOUT, False),
        (httpx.ReadTimeout, DeliveryReason.TIMEOUT, True),
        (httpx.ReadError, DeliveryReason.NETWORK, True),
        (httpx.RemoteProtocolError, DeliveryReason.NETWORK, True),
    ],
)
async def test_a_lost_answer_may_have_been_a_delivery_and_a_refused_connection_not(fault, reason, maybe_delivered):
    def fail(request: httpx.Request) -> httpx.Response:
        raise fault(f"broken {request.url}")

    error = await refused(fail)
    assert (error.reason, error.maybe_delivered, error.retryable) == (reason, maybe_delivered, True)
