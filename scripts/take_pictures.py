"""Take the pictures of the README from a real demo: the desk a few seconds after the guard has tripped.

Way:     deskwatch demo on a free port -> its journal says when the position is flat -> Chromium -> docs/images.

Run it after a change of the pages: ``python scripts/take_pictures.py``. It takes a minute and a half; it needs Chromium
(the environment variable ``DESKWATCH_CHROMIUM``, or on the path) and the development tools of the project.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright
from rich.console import Console

FOLDER = Path(__file__).parent.parent / "docs/images"
TRADING = "first_fill"
MOMENT = "position_flat_verified"
# By then the last samples are scraped, fetched and drawn.
SETTLE_MS = 2800
STOP_SECONDS = 20
DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}

console = Console(stderr=True)


@contextmanager
def demo(address: str) -> Iterator[Iterable[str]]:
    """Run the demo and give the lines of its journal; it ends with the block."""
    command = [sys.executable, "-m", "deskwatch", "demo", "--json", "--listen", address]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout or ()
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def wait_for(moment: str, lines: Iterable[str]) -> None:
    """Read the journal of the demo until a step of its story.

    Raises:
        RuntimeError: The demo ended before.
    """
    for line in lines:
        step = json.loads(line)["step"]
        if step is not None:
            console.print(step.replace("_", " "))
        if step == moment:
            return
    raise RuntimeError(f"the demo ended before {moment}")


def opened(browser: Browser, url: str, viewport: ViewportSize) -> Page:
    """Return the page in a window of so many CSS pixels, once its first chart is drawn."""
    page = browser.new_page(viewport=viewport)
    page.goto(url)
    page.locator(".dw-chart canvas").first.wait_for()
    return page


def take(page: Page, name: str, *, whole: bool) -> None:
    """Write one picture.

    Args:
        page: What is on it.
        name: The file, below docs/images.
        whole: Whether what lies below the window is in the picture too.
    """
    page.screenshot(path=FOLDER / name, full_page=whole)
    console.print(f"wrote docs/images/{name}")


def free_address() -> str:
    """Return an address of this machine on which nobody listens."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{asked.getsockname()[1]}"


def main() -> None:
    """Take both pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("DESKWATCH_CHROMIUM") or shutil.which("chromium")
    address = free_address()
    with demo(address) as journal, sync_playwright() as playwright:
        # Containers run as root, where Chromium's own sandbox cannot start.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        wait_for(TRADING, journal)
        desk, phone = (opened(browser, f"http://{address}", size) for size in (DESK, PHONE))
        wait_for(MOMENT, journal)
        desk.wait_for_timeout(SETTLE_MS)
        take(desk, "desk.png", whole=True)
        take(phone, "desk-phone.png", whole=False)
        browser.close()


if __name__ == "__main__":
    main()
