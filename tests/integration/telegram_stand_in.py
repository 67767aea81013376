"""A server that behaves like Telegram's Bot API as far as sendMessage goes, by its public documentation.

Source:  https://core.telegram.org/bots/api#making-requests, #sendmessage and #html-style
Use:     ``answer`` alone for tests without sockets; ``TelegramStandIn`` as a context manager on loopback.
"""

from __future__ import annotations

import html
import json
import re
from collections import deque
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

MAX_CHARS = 4096
TAGS = {
    "b",
    "strong",
    "i",
    "em",
    "u",
    "ins",
    "s",
    "strike",
    "del",
    "span",
    "tg-spoiler",
    "a",
    "code",
    "pre",
    "blockquote",
}
_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")
_NAMED_ENTITY = re.compile(r"&(?!(?:lt|gt|amp|quot|#[0-9]+|#x[0-9a-fA-F]+);)")

Answer = tuple[int, dict[str, Any]]


class _Text(HTMLParser):
    """Parses Telegram's HTML and keeps the text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.open: list[str] = []
        self.fault = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.fault = self.fault or f'Unsupported start tag "{tag}"'
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.fault = self.fault or f'Unexpected end tag "{tag}"'

    def handle_data(self, data: str) -> None:
        self.text += data


def parse(text: str) -> tuple[str, str]:
    """Return the text without its tags, and what is wrong with it."""
    parser = _Text()
    parser.feed(text)
    parser.close()
    stray = _NAMED_ENTITY.search(text)
    fault = parser.fault or (f"Can't find end tag of {parser.open[-1]}" if parser.open else "")
    return parser.text, fault or ("Stray &" if stray else "")


class TelegramStandIn:
    """Keeps what it is sent.

    Args:
        token: The bot's token.
        chats: The chats that the bot may write to.

    Attributes:
        messages: What arrived: the request's JSON with ``plain``, the text that a person reads.
        arrived: Set once a message has arrived.
        requests: Counts all requests.
    """

    def __init__(self, token: str = "123456:ABC-def_1234", chats: tuple[str, ...] = ("42",)) -> None:
        self.token = token
        self.chats = chats
        self.messages: list[dict[str, Any]] = []
        self.arrived = Event()
        self.requests = 0
        self._answers: deque[Answer] = deque()
        self._server: ThreadingHTTPServer | None = None

    def limit(self, retry_after: int) -> None:
        """Answer the next request with 429."""
        said = f"Too Many Requests: retry after {retry_after}"
        self._answers.append((429, {**_refused(429, said)[1], "parameters": {"retry_after": retry_after}}))

    def refuse(self, status: int, description: str, *, http_status: int | None = None) -> None:
        """Answer the next request with an error; ``http_status`` 200 gives a 200 whose body says ``ok: false``."""
        self._answers.append((http_status or status, _refused(status, description)[1]))

    def answer(self, path: str, body: bytes) -> Answer:
        """Answer one POST."""
        self.requests += 1
        if self._answers:
            return self._answers.popleft()
        match = re.fullmatch(r"/bot([^/]+)/(\w+)", path)
        if match is None or not _TOKEN.fullmatch(match[1]):
            return _refused(404, "Not Found")
        if match[1] != self.token:
            return _refused(401, "Unauthorized")
        if match[2].lower() != "sendmessage":
            return _refused(404, "Not Found: method not found")
        return self._send_message(body)

    def _send_message(self, body: bytes) -> Answer:
        try:
            request = json.loads(body.decode("utf-8"))
        except ValueError:
            return _refused(400, "Bad Request: strings must be encoded in UTF-8")
        if str(request.get("chat_id", "")) not in self.chats:
            return _refused(400, "Bad Request: chat not found")
        text = str(request.get("text", ""))
        plain, fault = parse(text) if request.get("parse_mode") == "HTML" else (text, "")
        if fault:
            return _refused(400, f"Bad Request: can't parse entities: {fault}")
        if not plain.strip():
            return _refused(400, "Bad Request: message text is empty")
        if len(plain.encode("utf-16-le")) // 2 > MAX_CHARS:
            return _refused(400, "Bad Request: message is too long")
        self.messages.append({**request, "plain": plain})
        self.arrived.set()
        chat = {"id": request["chat_id"], "type": "private"}
        return 200, {"ok": True, "result": {"message_id": len(self.messages), "chat": chat, "date": 0, "text": plain}}

    @property
    def url(self) -> str:
        """The base URL while it serves."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> TelegramStandIn:
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                status, said = stand_in.answer(html.unescape(self.path), body)
                data = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()
        self._server = None


def _refused(status: int, description: str) -> Answer:
    return status, {"ok": False, "error_code": status, "description": description}
