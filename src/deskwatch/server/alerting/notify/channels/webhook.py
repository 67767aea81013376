"""Messages as JSON in the shape of Alertmanager's webhook, with what deskwatch adds under its own key.

Source:   https://prometheus.io/docs/alerting/latest/configuration/#webhook_config and
          https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
Failures: 2xx is taken; 408, 425, 429 and 5xx are tried again; everything else is for good, redirects too.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import math
from datetime import UTC, datetime
from typing import Any, Final

import httpx
import orjson

from deskwatch.errors import ConfigError, DeliveryError, DeliveryReason
from deskwatch.model import Alert
from deskwatch.server.alerting.notification import FlushReason, Notice, Notification
from deskwatch.server.alerting.notify.http import failure, new_client, post, retry_after_seconds
from deskwatch.server.alerting.notify.message import Message
from deskwatch.server.alerting.notify.notifier import Attempt, Receipt
from deskwatch.server.alerting.notify.text import clean_json

# https://www.iana.org/assignments/http-status-codes: what may be otherwise a little later.
_RETRYABLE: Final = {408: DeliveryReason.TIMEOUT, 425: DeliveryReason.SERVER_ERROR, 429: DeliveryReason.RATE_LIMITED}
_UNAUTHORIZED: Final = frozenset({401, 403, 407})
_NEVER: Final = "0001-01-01T00:00:00Z"  # Go's zero time, which Alertmanager sends as the end of a firing alert
# What Alertmanager 0.33 says for the same reason.
_REASONS: Final = {
    FlushReason.FIRST_FIRING: "first notification",
    FlushReason.MORE_FIRING: "new alerts added",
    FlushReason.SOME_RESOLVED: "some alerts resolved",
    FlushReason.ALL_RESOLVED: "all alerts resolved",
    FlushReason.REPEAT: "repeat interval elapsed",
}
_KEY_PREFIX: Final = "whsec_"


class WebhookNotifier:
    """POSTs messages to a URL.

    Args:
        name: The channel's name.
        url: Where to; it may hold a secret.
        secret: Signs each message where given: ``whsec_`` and base64, or any text.
        client: For tests; it must not follow redirects.

    Raises:
        ConfigError: The secret has the prefix but is not base64.
    """

    kind: Final = "webhook"
    has_dedup_key: Final = True

    def __init__(
        self, name: str, url: str, *, secret: str | None = None, client: httpx.AsyncClient | None = None
    ) -> None:
        self.name = name
        self._url = url
        self._key = None if secret is None else signing_key(secret)
        self._client = client or new_client()

    async def send(self, message: Message, attempt: Attempt) -> Receipt:
        """POST the message.

        Raises:
            DeliveryError: As the table above says.
        """
        body = orjson.dumps(clean_json(payload(message, attempt)))
        headers = {"content-type": "application/json", **self._standard_headers(body, attempt)}
        service = f"channel {self.name}"
        answer = await post(self._client, self._url, content=body, headers=headers, service=service)
        if 200 <= answer.status < 300:
            return Receipt()
        error = _failure(service, answer.status)
        error.retry_after_seconds = retry_after_seconds(answer.headers, attempt.now_ms)
        raise error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def _standard_headers(self, body: bytes, attempt: Attempt) -> dict[str, str]:
        seconds = str(attempt.now_ms // 1000)
        headers = {"webhook-id": attempt.key, "webhook-timestamp": seconds}
        if self._key is not None:
            headers["webhook-signature"] = signature(self._key, attempt.key, seconds, body)
        return headers


def signing_key(secret: str) -> bytes:
    """Return the bytes that sign.

    Raises:
        ConfigError: The secret has the prefix ``whsec_`` but is not base64.
    """
    if not secret.startswith(_KEY_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_KEY_PREFIX), validate=True)
    except binascii.Error:
        raise ConfigError("must be base64 after whsec_, or any text without that prefix", key="secret") from None


def signature(key: bytes, webhook_id: str, timestamp_seconds: str, body: bytes) -> str:
    """Return the value of ``webhook-signature``: version 1, HMAC-SHA256 of id, time and body."""
    signed = f"{webhook_id}.{timestamp_seconds}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def payload(message: Message, attempt: Attempt) -> dict[str, Any]:
    """Return the JSON: Alertmanager's version 4, and the key ``deskwatch``."""
    told = message.notification
    alerts = [notice.alert for notice in told.notices]
    return {
        "version": "4",
        "groupKey": told.group_key,
        "truncatedAlerts": 0,
        "status": told.status,
        "receiver": told.receiver,
        "notification_reason": _reason(told),
        "groupLabels": dict(told.group_labels),
        "commonLabels": dict(told.common_labels),
        "commonAnnotations": _common_annotations(alerts),
        "externalURL": told.url,
        "alerts": [_alert(notice) for notice in told.notices],
        "deskwatch": {
            "id": attempt.key,
            "attempt": attempt.number,
            "possible_repeat": message.possible_repeat or attempt.number > 1,
            "title": message.title,
            "text": message.text,
            "severity": message.severity,
            "reason": told.reason.value,
            "incident_id": told.incident_id,
            "created_at": _time(told.created_at_ms),
            "context": told.context.to_json() if told.context else None,
        },
    }


def _reason(told: Notification) -> str:
    if told.reason is not FlushReason.FIRED_AND_RESOLVED:
        return _REASONS[told.reason]
    # Alertmanager would not have told it at all; these words come closest.
    return _REASONS[FlushReason.SOME_RESOLVED if told.firing else FlushReason.ALL_RESOLVED]


def _failure(service: str, status: int) -> DeliveryError:
    if status in _RETRYABLE:
        return failure(service, status, _RETRYABLE[status], retryable=True)
    if status >= 500:
        return failure(service, status, DeliveryReason.SERVER_ERROR, retryable=True)
    reason = DeliveryReason.UNAUTHORIZED if status in _UNAUTHORIZED else DeliveryReason.REJECTED
    return failure(service, status, reason, retryable=False)


def _alert(notice: Notice) -> dict[str, Any]:
    alert = notice.alert
    return {
        "status": "firing" if notice.firing else "resolved",
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "startsAt": _time(alert.fired_at_ms or alert.active_at_ms),
        "endsAt": _NEVER if alert.resolved_at_ms is None else _time(alert.resolved_at_ms),
        "generatorURL": alert.generator_url,
        "fingerprint": alert.fingerprint,
        "value": alert.value if math.isfinite(alert.value) else str(alert.value),
        "limit": alert.limit,
    }


def _common_annotations(alerts: list[Alert]) -> dict[str, str]:
    shared = [set(alert.annotations.items()) for alert in alerts]
    return dict(sorted(set.intersection(*shared)))


def _time(ts_ms: int) -> str:
    return datetime.fromtimestamp(ts_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
