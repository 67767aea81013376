"""Messages to a Telegram chat by the Bot API.

Source:   https://core.telegram.org/bots/api#sendmessage and #making-requests
Failures: 429 is tried again after ``parameters.retry_after``, 5xx with backoff; 400, 401, 403 and 404 are for good.
          A 200 whose body says ``ok: false`` is no success: its ``error_code`` counts.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any, Final

import httpx
import orjson

from deskwatch.errors import DeliveryError, DeliveryReason
from deskwatch.server.alerting.notify.http import Answer, failure, new_client, post, retry_after_seconds
from deskwatch.server.alerting.notify.message import Message
from deskwatch.server.alerting.notify.notifier import Attempt, Receipt
from deskwatch.server.alerting.notify.text import clean, cut, utf16_length

BASE_URL: Final = "https://api.telegram.org"

MAX_CHARS: Final = 4096
"""Of text after entities are parsed: https://core.telegram.org/bots/api#sendmessage; counted in UTF-16 units."""

_UNAUTHORIZED: Final = frozenset({401, 403, 404})
"""A wrong token is 401 or 404, a bot that was blocked or removed 403."""

_MAX_SAID_CHARS: Final = 200
"""Of Telegram's description in an error text."""

Piece = tuple[str, str]
"""A tag of Telegram's HTML, empty for none, and the plain text in it."""


class TelegramNotifier:
    """Sends messages to one chat.

    Args:
        name: The channel's name.
        token: The bot's token.
        chat_id: The chat, or ``@channelname``.
        base_url: Another Bot API server.
        client: For tests; it must not follow redirects.
    """

    kind: Final = "telegram"
    has_dedup_key: Final = False

    def __init__(
        self,
        name: str,
        token: str,
        chat_id: str,
        *,
        base_url: str = BASE_URL,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        self.name = name
        self._url = f"{base_url.rstrip('/')}/bot{token}/sendMessage"
        self._token = token
        self._chat_id = chat_id
        self._client = client or new_client()

    async def send(self, message: Message, attempt: Attempt) -> Receipt:
        """Send the message.

        Raises:
            DeliveryError: As the table above says.
        """
        body = orjson.dumps(
            {
                "chat_id": self._chat_id,
                "text": to_html(message),
                "parse_mode": "HTML",
                "link_preview_options": {"is_disabled": True},
            }
        )
        headers = {"content-type": "application/json"}
        service = f"channel {self.name}"
        answer = await post(self._client, self._url, content=body, headers=headers, service=service)
        said = _said(answer)
        if answer.status == 200 and said.get("ok") is True:
            return Receipt(_message_id(said))
        raise self._failure(service, answer, said, attempt.now_ms)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def _failure(self, service: str, answer: Answer, said: dict[str, Any], now_ms: int) -> DeliveryError:
        code = said.get("error_code")
        status = code if isinstance(code, int) else answer.status
        words = clean(str(said.get("description", "")))[:_MAX_SAID_CHARS].replace(self._token, "***")
        if status == 429:
            error = failure(service, status, DeliveryReason.RATE_LIMITED, retryable=True, said=words)
            error.retry_after_seconds = _retry_after(said) or retry_after_seconds(answer.headers, now_ms)
            return error
        if status >= 500:
            return failure(service, status, DeliveryReason.SERVER_ERROR, retryable=True, said=words)
        reason = DeliveryReason.UNAUTHORIZED if status in _UNAUTHORIZED else DeliveryReason.REJECTED
        return failure(service, status, reason, retryable=False, said=words)


def to_html(message: Message) -> str:
    """Return the message in Telegram's HTML, at most 4,096 characters of text, cut on a whole character."""
    pieces = list(_pieces(message))
    total = sum(utf16_length(text) for _, text in pieces)
    if total <= MAX_CHARS:
        return "".join(map(_tagged, pieces))
    link = clean(message.notification.link)
    # The count is not known before the cut; ten digits are room enough.
    room = MAX_CHARS - utf16_length(_cut_note(10**9, link))
    kept = list(_first(pieces, room))
    shown = sum(utf16_length(text) for _, text in kept)
    return "".join(map(_tagged, kept)) + html.escape(_cut_note(total - shown, link))


def _pieces(message: Message) -> Iterator[Piece]:
    yield "b", message.title
    for section in message.sections:
        yield "", "\n"
        yield "b", f"{section.label}: "
        if section.verbatim:
            yield "", "\n"
            yield "pre", "\n".join(section.lines)
        else:
            yield "", "\n".join(section.lines)


def _first(pieces: list[Piece], room: int) -> Iterator[Piece]:
    for tag, text in pieces:
        kept = cut(text, room)
        if kept:
            yield tag, kept
        if kept != text:
            return
        room -= utf16_length(text)


def _tagged(piece: Piece) -> str:
    tag, text = piece
    escaped = html.escape(text, quote=False)
    return f"<{tag}>{escaped}</{tag}>" if tag else escaped


def _cut_note(count: int, link: str) -> str:
    return f"\n… {count} characters cut; {cut(link, MAX_CHARS // 4)}"


def _said(answer: Answer) -> dict[str, Any]:
    try:
        said = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def _message_id(said: dict[str, Any]) -> str | None:
    result = said.get("result")
    return str(result["message_id"]) if isinstance(result, dict) and "message_id" in result else None


def _retry_after(said: dict[str, Any]) -> float | None:
    parameters = said.get("parameters")
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return float(seconds) if isinstance(seconds, int | float) else None
