"""The gate before every route and every socket: whose page may call, and who may at all.

Two attacks reach a server on loopback through the user's own browser: a foreign page that posts or opens a socket
(checked by ``Origin``), and a foreign name that resolves to 127.0.0.1 (checked by ``Host``). Source: reliability
finding 8 and rows F6, F7; https://developer.mozilla.org/docs/Web/HTTP/Headers/Origin
"""

from __future__ import annotations

import hmac
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from deskwatch.config import Secret

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OPEN_PATHS: Final = frozenset({"/-/healthy", "/-/ready"})
"""Probes of load balancers carry no password, and answer nothing that is secret."""

_POLICY_VIOLATION: Final = 1008  # https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1


class Gate:
    """Middleware that turns away foreign pages, foreign host names, and whoever lacks the password.

    Args:
        app: What is behind the gate.
        hosts: The names under which the server may be called; empty when it is called by public names.
        password: Asked for by HTTP Basic, with any user name; None on loopback.
        bearer_paths: Paths that carry their own token.
    """

    def __init__(
        self, app: ASGIApp, *, hosts: Collection[str], password: Secret | None, bearer_paths: Collection[str] = ()
    ) -> None:
        self._app = app
        self._hosts = frozenset(hosts)
        self._password = password
        self._bearer_paths = frozenset(bearer_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or say why not."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": refusal[1]})
        else:
            status, reason = refusal
            extra = {"WWW-Authenticate": 'Basic realm="deskwatch", charset="UTF-8"'} if status == 401 else None
            await PlainTextResponse(reason, status, headers=extra)(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if self._hosts and _name(host) not in self._hosts:
            return 421, "this server is not called by that name"
        origin = headers.get("origin")
        changes = scope["type"] == "websocket" or scope["method"] not in _SAFE_METHODS
        if changes and origin is not None and urlsplit(origin).netloc != host:
            return 403, "a page of another site may not do this"
        if self._password is None or scope["path"] in _OPEN_PATHS or scope["path"] in self._bearer_paths:
            return None
        if not _carries(headers.get("authorization", ""), self._password):
            return 401, "the password is missing or wrong"
        return None


def _name(host: str) -> str:
    return (urlsplit(f"//{host}").hostname or "").lower()


def _carries(authorization: str, password: Secret) -> bool:
    kind, _, encoded = authorization.partition(" ")
    if kind.lower() != "basic":
        return False
    try:
        _, _, given = b64decode(encoded, validate=True).decode("utf-8").partition(":")
    except (Base64Error, UnicodeDecodeError):
        return False
    return hmac.compare_digest(given.encode(), password.reveal().encode())
