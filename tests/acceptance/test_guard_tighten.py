"""A person halts a bot that runs: the whole way, with nothing in between but real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from deskwatch.client.guard import GuardState, LatchState, latch
from running_server import Server, eventually

BOT = """
import os, signal, time
from deskwatch import Guard, MaxDrawdown, TradingMetrics


def say(*words):  # in one write: two threads speak, and print() writes word by word
    os.write(1, (" ".join(map(str, words)) + chr(10)).encode())


guard = Guard([MaxDrawdown(0.5)], on_trip=lambda trip: say("closing:", trip))
metrics = TradingMetrics("mom", starting_equity=1000, guard=guard)


def crash(*_):
    metrics.record_equity(100)
    say("after the call:", guard.state)


signal.signal(signal.SIGUSR1, crash)
while True:
    metrics.heartbeat()
    say("order:", guard.allow_order("BTC", "BUY", 1.0, 10.0))
    time.sleep(0.02)
"""

Command = Callable[[Sequence[str]], subprocess.CompletedProcess[str]]


@pytest.fixture
def bot(server: Server) -> Server:
    """A server with a bot that trades."""
    start(server)
    return server


def start(server: Server) -> None:
    (server.folder / "bot.py").write_text(BOT)
    server.run(sys.executable, "bot.py")
    eventually(lambda: "order: yes" in lines(server), "the bot orders")
    eventually(lambda: guards(server), "the guard has said where it stands")


def lines(server: Server) -> str:
    found = list(server.folder.glob("deskwatch-data/logs/*.log"))
    return found[0].read_text() if found else ""


def guards(server: Server) -> list[dict[str, object]]:
    return server.get("/api/bots/bot/guard")["guards"]  # type: ignore[index,no-any-return]


def latched(server: Server) -> LatchState:
    return latch.read(latch.path_in(server.folder / "deskwatch-data/bots/bot"))


def is_halted(server: Server) -> bool:
    return latched(server).state is GuardState.HALTED


def tighten(server: Server, body: dict[str, object], **headers: str) -> tuple[int, bytes]:
    return server.send(
        "POST", "/api/bots/bot/guard", json.dumps(body).encode(), **{"Content-Type": "application/json", **headers}
    )


def bot_pid(server: Server) -> int:
    return int(json.loads(next(server.folder.glob("**/run.json")).read_text())["pid"])


def test_a_command_halts_a_running_bot_and_is_latched(bot: Server, deskwatch: Command) -> None:
    assert tighten(bot, {"state": "HALTED", "reason": "the news"})[0] == 200
    eventually(lambda: is_halted(bot), "the latch is on disk")
    assert (latched(bot).limit, latched(bot).reason) == ("command", "the news")
    eventually(lambda: lines(bot).endswith("order: halted\n"), "orders are refused")
    eventually(lambda: "closing: the news" in lines(bot), "the bot closes its positions")
    eventually(lambda: bot.events("guard_obeyed"), "the server knows")
    again = deskwatch(["guard", "halt", "--bot", "bot", "--reason", "to be sure", "--json"])
    assert again.returncode == 0, again.stderr
    said = json.loads(again.stdout)
    assert (said["strategy"], said["state"], said["result"]) == ("mom", "HALTED", "obeyed")
    assert latched(bot).reason == "the news", "what is halted is not halted again"
    assert bot.events("guard_commanded")[0]["detail"]["by"] == "a person"  # type: ignore[index]


def test_reducing_then_halting_and_nothing_back(bot: Server, deskwatch: Command) -> None:
    reduced = deskwatch(["guard", "reduce", "--reason", "less", "--strategy", "mom"])
    assert (reduced.returncode, reduced.stderr.strip()) == (0, "mom: REDUCING, latched")
    assert latched(bot).state is GuardState.REDUCING
    assert deskwatch(["guard", "halt", "--reason", "more"]).returncode == 0
    assert deskwatch(["guard", "reduce", "--reason", "a little, please"]).returncode == 0
    assert is_halted(bot), "a command to reduce leaves a halted guard halted"


def test_what_was_commanded_outlives_a_server_that_is_killed_before_the_bot_heard_it(bot: Server) -> None:
    pid = bot_pid(bot)
    os.kill(pid, signal.SIGSTOP)
    try:
        assert tighten(bot, {"state": "HALTED", "reason": "before the crash"})[0] == 200
        assert bot.process is not None
        bot.process.kill()
        bot.process.wait()
    finally:
        os.kill(pid, signal.SIGCONT)
    assert not is_halted(bot)
    bot.run(sys.executable, "bot.py")
    eventually(lambda: is_halted(bot), "the command was delivered after the restart")
    assert bot_pid(bot) == pid, "the same bot has heard it"
    assert latched(bot).reason == "before the crash"


def test_a_latch_of_which_both_files_were_deleted_is_put_back(bot: Server) -> None:
    tighten(bot, {"state": "HALTED", "reason": "the news"})
    eventually(lambda: is_halted(bot), "the latch is on disk")
    eventually(lambda: bot.events("guard_obeyed"), "the server knows")
    bot.stop()
    for file in (bot.folder / "deskwatch-data/bots/bot").glob("guard-*"):
        file.unlink()
    assert not is_halted(bot)
    bot.run(sys.executable, "bot.py")
    eventually(lambda: is_halted(bot), "the server remembered")
    memory = bot.events("guard_commanded")[-1]["detail"]
    assert memory["by"] == "deskwatch"  # type: ignore[index]
    assert memory["reason"] == "its latch was lost; it was HALTED: the news"  # type: ignore[index]


def test_with_the_monitor_killed_the_guard_still_trips_within_the_call(bot: Server) -> None:
    pid = bot_pid(bot)
    assert bot.process is not None
    bot.process.kill()
    bot.process.wait()
    os.kill(pid, signal.SIGUSR1)
    eventually(lambda: "after the call: HALTED" in lines(bot), "the call that read the loss has halted it")
    assert latched(bot).limit == "max_drawdown"
    assert lines(bot).index("closing: drawdown") < lines(bot).index("after the call")


def test_what_may_not_command_does_not(bot: Server) -> None:
    halt = {"state": "HALTED", "reason": "x"}
    assert [
        tighten(bot, halt, Origin="http://evil.example")[0],
        tighten(bot, halt, Host="evil.example")[0],
        tighten(bot, {**halt, "reason": ""})[0],
        tighten(bot, {**halt, "reason": "x" * 201})[0],
        tighten(bot, {**halt, "more": 1})[0],
        tighten(bot, {**halt, "strategy": "other"})[0],
    ] == [403, 421, 422, 422, 422, 404]
    status, said = tighten(bot, {"state": "ACTIVE", "reason": "go on"})
    assert (status, b"REDUCING" in said) == (422, True)
    assert not bot.events("guard_commanded")
    assert not is_halted(bot)


def test_without_a_server_the_command_says_so(tmp_path: Path, deskwatch: Command) -> None:
    (tmp_path / "deskwatch.yaml").write_text("listen: 127.0.0.1:1\n")
    done = deskwatch(["guard", "halt", "--reason", "x"])
    assert done.returncode == 1
    assert "no deskwatch answers at http://127.0.0.1:1" in done.stderr
    assert "--url" in done.stderr
