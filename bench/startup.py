"""From typing `deskwatch run` to the first page drawn in a real browser.

    python bench/startup.py [--rounds 5]

Aim of the issue: 5 s.
"""

from __future__ import annotations

import argparse
import sys
import time

from playwright.sync_api import sync_playwright

from harness import folder, free_port, program, progress, report, running, spread, versions, wait_for

BOT = "import time\nwhile True:\n    print('tick', flush=True)\n    time.sleep(0.5)\n"


def once(chromium: str) -> dict[str, float]:
    """Start everything anew; return the seconds to ready and to the first page drawn."""
    with folder() as place, sync_playwright() as playwright:
        (place / "bot.py").write_text(BOT)
        listen = free_port()
        (place / "deskwatch.yaml").write_text(f"listen: 127.0.0.1:{listen}\n")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        command = [sys.executable, "-m", "deskwatch", "run", "--", sys.executable, "bot.py"]
        started = time.monotonic()
        with running(command, cwd=place):
            wait_for(f"http://127.0.0.1:{listen}/-/ready")
            ready = time.monotonic() - started
            page.goto(f"http://127.0.0.1:{listen}/")
            page.get_by_text("bot", exact=False).first.wait_for()
            drawn = time.monotonic() - started
        browser.close()
    return {"ready": ready, "drawn": drawn}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    chromium = program("DESKWATCH_CHROMIUM", "chromium")
    if chromium is None:
        sys.exit("bench/startup.py needs chromium: run make tools")
    found = []
    for number in range(parser.parse_args().rounds):
        progress(f"start {number + 1} …")
        found.append(once(chromium))
    report(
        "startup",
        versions=versions("nicegui", "uvicorn"),
        ready_seconds=spread([one["ready"] for one in found]),
        first_page_drawn_seconds=spread([one["drawn"] for one in found]),
        aim={"first_page_drawn_seconds": 5},
    )


if __name__ == "__main__":
    main()
