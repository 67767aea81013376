"""The supervisor with real, tiny programs."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil
import pytest

from deskwatch.config import BotSettings
from deskwatch.errors import CommandError
from deskwatch.model import EventKind, SystemClock
from deskwatch.server.supervise import BotState, Supervisor

pytestmark = pytest.mark.anyio

FAST = {"backoff": "10ms", "backoff_max": "20ms", "max_restarts": 2}
READY = "print('ready', flush=True)\n"


class Desk:
    """A supervisor of a Python script, with what it told."""

    def __init__(self, folder: Path, script: str, **bot: object) -> None:
        self.folder = folder
        self.output = folder / "logs" / "demo.log"
        self.events: list[tuple[EventKind, Mapping[str, object]]] = []
        settings = BotSettings.model_validate({"name": "demo", "restart": FAST, "stop_timeout": "300ms", **bot})
        self.supervisor = Supervisor(
            [sys.executable, "-c", script],
            settings,
            SystemClock(),
            environment={"PATH": os.environ["PATH"]},
            output=self.output,
            run_file=folder / "run" / "demo.json",
            on_event=lambda kind, _, detail: self.events.append((kind, detail)),
        )

    def kinds(self) -> list[EventKind]:
        return [kind for kind, _ in self.events]

    def printed(self) -> str:
        return self.output.read_text() if self.output.exists() else ""

    async def ready(self) -> None:
        await until(lambda: "ready" in self.printed())


async def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110  (another process is waited for)
            await asyncio.sleep(0.01)


async def test_a_bot_that_ends_well_is_left(tmp_path):
    desk = Desk(tmp_path, "print('bye')")
    assert await desk.supervisor.run() == 0
    assert desk.kinds() == [EventKind.BOT_STARTED, EventKind.BOT_EXITED]
    assert (desk.supervisor.state, desk.printed()) == (BotState.EXITED, "bye\n")
    assert not (tmp_path / "run" / "demo.json").exists()


async def test_a_bot_that_keeps_failing_is_started_again_and_then_left_down(tmp_path):
    desk = Desk(tmp_path, "import sys; print('x'); sys.exit(3)")
    assert await desk.supervisor.run() == 3
    assert desk.printed() == "x\n" * 3
    assert desk.kinds().count(EventKind.BOT_RESTARTING) == 2
    assert desk.kinds()[-1] is EventKind.BOT_GAVE_UP
    assert (desk.supervisor.state, desk.supervisor.restarts) == (BotState.GAVE_UP, 2)


async def test_a_killed_bot_is_told_by_the_name_of_the_signal(tmp_path):
    desk = Desk(tmp_path, "import os; os.kill(os.getpid(), 9)", restart={"policy": "never"})
    assert await desk.supervisor.run() == 128 + 9
    assert desk.events[-1][1]["text"] == "killed by SIGKILL"


async def test_a_stopped_bot_ends_by_sigterm_and_is_not_started_again(tmp_path):
    script = f"import signal, sys, time\nsignal.signal(15, lambda *_: sys.exit(5))\n{READY}time.sleep(60)"
    desk = Desk(tmp_path, script, stop_timeout="10s")
    run = asyncio.create_task(desk.supervisor.run())
    await desk.ready()
    await desk.supervisor.stop()
    assert await run == 5
    assert desk.supervisor.state is BotState.STOPPED


async def test_a_bot_that_ignores_sigterm_is_killed_with_its_children(tmp_path):
    script = (
        "import signal, subprocess, sys, time\nsignal.signal(15, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"print(child.pid, flush=True)\n{READY}time.sleep(60)"
    )
    desk = Desk(tmp_path, script)
    run = asyncio.create_task(desk.supervisor.run())
    await desk.ready()
    child = int(desk.printed().split()[0])
    await desk.supervisor.stop()
    assert await run == 128 + 9
    await until(lambda: not is_running(child))


@pytest.mark.parametrize("signum", [signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2])
async def test_a_signal_is_passed_on_and_ends_nothing(signum, tmp_path):
    handler = f"signal.signal({int(signum)}, lambda *_: print('signal', flush=True))"
    script = f"import signal, time\n{handler}\n{READY}time.sleep(60)"
    desk = Desk(tmp_path, script)
    run = asyncio.create_task(desk.supervisor.run())
    await desk.ready()
    desk.supervisor.pass_on(signum)
    await until(lambda: "signal" in desk.printed())
    assert desk.supervisor.state is BotState.RUNNING
    await desk.supervisor.stop()
    await run


async def test_ctrl_c_reaches_the_bot_as_such_and_ends_the_supervision(tmp_path):
    script = f"import time\ntry:\n    {READY}    time.sleep(60)\nexcept KeyboardInterrupt:\n    print('interrupted')"
    desk = Desk(tmp_path, script, stop_timeout="10s")
    run = asyncio.create_task(desk.supervisor.run())
    await desk.ready()
    desk.supervisor.pass_on(signal.SIGINT)
    assert await run == 0
    assert "interrupted" in desk.printed()


async def test_a_silent_bot_is_hung_once_and_recovers(tmp_path):
    desk = Desk(tmp_path, f"import time\n{READY}time.sleep(60)", heartbeat_timeout="300ms")
    run = asyncio.create_task(desk.supervisor.run())
    await desk.ready()
    desk.supervisor.heartbeat()
    await until(lambda: desk.supervisor.state is BotState.HUNG)
    await asyncio.sleep(1.2)
    desk.supervisor.heartbeat()
    assert desk.supervisor.state is BotState.RUNNING
    assert desk.kinds() == [EventKind.BOT_STARTED, EventKind.BOT_HUNG, EventKind.BOT_RECOVERED]
    await desk.supervisor.stop()
    await run


async def test_a_hung_bot_is_started_again_only_when_that_is_set(tmp_path):
    script = f"import time\n{READY}time.sleep(60)"
    desk = Desk(tmp_path, script, heartbeat_timeout="100ms", restart_on_hang=True)
    run = asyncio.create_task(desk.supervisor.run())
    await desk.ready()
    desk.supervisor.heartbeat()
    await until(lambda: desk.printed().count("ready") == 2)
    assert desk.supervisor.restarts == 1
    await desk.supervisor.stop()
    await run


async def test_a_bot_that_sends_no_heartbeat_is_never_hung(tmp_path):
    desk = Desk(tmp_path, f"import time\n{READY}time.sleep(60)", heartbeat_timeout="10ms")
    run = asyncio.create_task(desk.supervisor.run())
    await desk.ready()
    await asyncio.sleep(1.2)
    assert desk.supervisor.state is BotState.RUNNING
    await desk.supervisor.stop()
    await run


async def test_what_the_bot_uses_is_measured_and_its_port_is_found(tmp_path):
    script = (
        "import socket, time\ns = socket.create_server(('127.0.0.1', 0))\nprint(s.getsockname()[1], flush=True)\n"
        f"end = time.process_time() + 0.2\nwhile time.process_time() < end: pass\n{READY}time.sleep(60)"
    )
    desk = Desk(tmp_path, script)
    run = asyncio.create_task(desk.supervisor.run())
    await desk.ready()
    scrape = await desk.supervisor.scrape(1000)
    values = {repr(labels): value for labels, value in zip(scrape.series, scrape.values, strict=True)}
    assert values['bot_up{bot="demo"}'] == 1
    assert values['bot_state{bot="demo", state="running"}'] == 1
    assert 0.2 <= values['bot_process_cpu_seconds_total{bot="demo"}'] < 5
    assert values['bot_process_resident_memory_bytes{bot="demo"}'] > 2**20
    assert desk.supervisor.usage.listening_ports == {int(desk.printed().split()[0])}
    await desk.supervisor.stop()
    await run
    down = await desk.supervisor.scrape(2000)
    assert down.series is scrape.series
    assert next(iter(down.values)) == 0


async def test_a_program_that_is_no_program_is_told(tmp_path):
    program = tmp_path / "bot"
    program.write_bytes(b"\0\0")
    program.chmod(0o755)
    desk = Desk(tmp_path, "")
    desk.supervisor._command = [str(program)]
    with pytest.raises(CommandError, match="could not be started"):
        await desk.supervisor.run()


def is_running(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
