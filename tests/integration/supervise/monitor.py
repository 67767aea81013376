"""A monitor with one bot, to be killed by a test: monitor.py FOLDER SCRIPT."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from deskwatch.config import BotSettings
from deskwatch.model import SystemClock
from deskwatch.server.supervise import Supervisor


async def main(folder: Path, script: str) -> None:
    supervisor = Supervisor(
        [sys.executable, "-c", script],
        BotSettings(name="demo"),
        SystemClock(),
        environment=dict(os.environ),
        output=folder / "demo.log",
        run_file=folder / "demo.json",
        on_event=lambda kind, _, detail: print(kind.value, detail.get("pid"), detail.get("adopted"), flush=True),
    )
    await supervisor.run()


asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
