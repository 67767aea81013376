"""A fake server in a process of its own, and real browser pages that look at it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, sync_playwright

START_SECONDS = 20.0
LAPTOP = {"width": 1440, "height": 900}


class FakeServer:
    """The fake API with the real pages; it can be stopped and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, **story: Any) -> None:
        script = Path(__file__).with_name("fake_api.py")
        command = [sys.executable, str(script), str(self.port), json.dumps(story)]
        self.process = subprocess.Popen(command, cwd=self.folder)
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self.process.poll() is None, "the fake server ended at once"
            assert time.monotonic() < end, f"the fake server did not answer within {START_SECONDS} s"
            time.sleep(0.05)

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait(10)

    def tell(self, **changes: Any) -> None:
        self.post("/test/story", changes)

    def post(self, path: str, body: dict[str, Any]) -> None:
        kind = {"Content-Type": "application/json"}
        asked = urllib.request.Request(f"{self.url}{path}", json.dumps(body).encode(), kind)
        urllib.request.urlopen(asked, timeout=5).close()

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.url}{path}", timeout=5) as answer:
            return json.load(answer)

    def _answers(self) -> bool:
        try:
            self.get("/api/desk")
        except (urllib.error.URLError, ConnectionError):
            return False
        return True


@dataclass
class Seen:
    """What a page did that a person would not see."""

    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.console.append(f"uncaught {error}"))
        page.on("request", self._on_request)
        page.on("dialog", self._on_dialog)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.console.append(message.text)

    def _on_request(self, request: Request) -> None:
        self.requests.append(request.url)

    def _on_dialog(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()


# A module and not the session: while playwright's own event loop is open, no other test can have one.
@pytest.fixture(scope="module")
def browser(real_program: Callable[[str], str]) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Containers run as root, where Chromium's own sandbox cannot start.
        browser = playwright.chromium.launch(executable_path=real_program("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeServer]:
    server = FakeServer(tmp_path_factory.mktemp("desk"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def serve(shared_server: FakeServer) -> Callable[..., FakeServer]:
    """Return a function that has the server tell a story from its beginning."""

    def begin(**story: Any) -> FakeServer:
        shared_server.post("/test/new-story", story)
        return shared_server

    return begin


@pytest.fixture
def mortal_server(tmp_path: Path) -> Iterator[FakeServer]:
    """A server of its own, for a test that stops it."""
    server = FakeServer(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def look(browser: Browser) -> Iterator[Callable[..., tuple[Page, Seen]]]:
    contexts = []

    def open_page(url: str, **viewport: int) -> tuple[Page, Seen]:
        context = browser.new_context(viewport=LAPTOP | viewport)  # type: ignore[arg-type]
        contexts.append(context)
        page, seen = context.new_page(), Seen()
        seen.watch(page)
        page.goto(url)
        return page, seen

    yield open_page
    for context in contexts:
        context.close()
