"""``deskwatch run`` as its user sees it: any bot, its crashes, its output, and the death of the monitor."""

from __future__ import annotations

import signal
import subprocess
import sys

import psutil

from running_server import Server, eventually

TICKING = "import time\nwhile True:\n    print('tick', flush=True)\n    time.sleep(0.05)\n"

SERVING = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write({body!r})
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", 0), Handler).serve_forever()
"""


def runs(pid: int) -> bool:
    """Say whether the process runs; one that has ended and was not reaped yet does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


FAST = "scrape: {interval: 200ms, timeout: 200ms}\n"


def bot(server: Server, program: str) -> tuple[str, str]:
    (server.folder / "bot.py").write_text(program)
    return sys.executable, "bot.py"


def test_a_bot_that_knows_nothing_of_deskwatch_is_watched(server: Server) -> None:
    server.run(*bot(server, TICKING))
    (shown,) = server.get("/api/desk")["bots"]  # type: ignore[index]
    assert (shown["name"], shown["state"], shown["instrumented"]) == ("bot", "ACTIVE", False)
    eventually(lambda: server.value('bot_up{bot="bot"}') == 1, "bot_up is 1")
    eventually(lambda: (server.value("bot_process_resident_memory_bytes") or 0) > 1e6, "its memory is known")
    eventually(lambda: server.get("/api/logs", bot="bot")["lines"], "its lines are shown")  # type: ignore[index]


def test_metrics_that_a_bot_serves_are_found_without_being_told(server: Server) -> None:
    server.run(*bot(server, SERVING.format(body=b"my_level 4\n")), settings=FAST)
    eventually(lambda: server.value('my_level{bot="bot"}') == 4, "its own metric is stored")


def test_garbage_on_metrics_is_up_0_with_the_reason_and_the_rest_goes_on(server: Server) -> None:
    program = SERVING.format(body=b"<html>not metrics</html>\n").replace(
        '("127.0.0.1", 0)', '("127.0.0.1", int(sys.argv[1]))'
    )
    python, script = bot(server, program)
    port = str(server.port + 1)
    settings = f"{FAST}bot: {{metrics_url: 'http://127.0.0.1:{port}/metrics'}}\n"
    server.run(python, script, port, settings=settings)
    eventually(lambda: server.value('up{bot="bot"}') == 0, "up is 0")

    def reason() -> object:
        (target,) = server.get("/api/v1/targets")["data"]["activeTargets"]  # type: ignore[index]
        return target["reason"] == "not_exposition" and "exposition" in target["lastError"]

    eventually(reason, "the reason is told")
    assert server.value('bot_up{bot="bot"}') == 1


def test_a_crash_is_restarted_and_the_exit_told(server: Server) -> None:
    server.run(*bot(server, "raise SystemExit(3)"), settings="bot: {restart: {backoff: 100ms, max_restarts: 1}}\n")
    eventually(lambda: server.events("bot_gave_up"), "it gives up after one restart")
    assert [event["detail"]["exit_code"] for event in server.events("bot_exited")] == [3, 3]  # type: ignore[index]
    (shown,) = server.get("/api/desk")["bots"]  # type: ignore[index]
    assert shown["state"] == "DOWN"
    assert "exit code 3" in shown["reason"]
    assert server.stop() == 0


def test_the_exit_code_of_a_bot_that_is_done_is_ours(server: Server) -> None:
    process = server.run(*bot(server, "import time; time.sleep(3)"))
    assert process.wait(20) == 0


def test_a_signal_is_passed_on_and_the_bot_ends_by_its_own_handler(server: Server) -> None:
    program = """
import signal, sys, time
def end(*_):
    print("closing positions", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("armed", flush=True)
while True: time.sleep(0.05)
"""
    server.run(*bot(server, program))
    eventually(lambda: "armed" in str(server.get("/api/logs")), "the handler is set")
    assert server.stop() == 0
    assert "closing positions" in (server.folder / "deskwatch-data/logs/bot.log").read_text()


def test_the_bot_outlives_its_monitor_and_the_next_monitor_takes_it_over(server: Server) -> None:
    python, script = bot(server, TICKING)
    first = server.run(python, script)
    (before,) = server.events("bot_started")
    pid = before["detail"]["pid"]  # type: ignore[index]
    first.kill()
    first.wait()
    assert runs(pid)
    server.run(python, script)
    after = server.events("bot_started")[-1]
    assert after["detail"] == {"pid": pid, "adopted": True, "restarts": 0}
    server.stop()
    eventually(lambda: not runs(pid), "the bot was stopped")


def test_a_second_server_on_the_same_data_is_refused_with_the_holder(server: Server) -> None:
    process = server.run(*bot(server, TICKING))
    second = Server(server.folder)
    (server.folder / "deskwatch.yaml").write_text(f"listen: 127.0.0.1:{second.port}\n")
    refused = subprocess.run(
        [sys.executable, "-m", "deskwatch", "up"],
        cwd=server.folder,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert refused.returncode == 3
    assert str(process.pid) in refused.stderr


def test_ctrl_c_on_a_hung_bot_ends_in_its_stop_timeout(server: Server) -> None:
    program = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(600)
"""
    process = server.run(*bot(server, program), settings="bot: {stop_timeout: 300ms}\n")
    eventually(lambda: "deaf" in str(server.get("/api/logs")), "it ignores SIGTERM")
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 128 + signal.SIGKILL


HANGING = """
import threading, time
from deskwatch import TradingMetrics
metrics = TradingMetrics("mm", starting_equity=100)
metrics.start_server()
go = threading.Event()
threading.Timer({hang_at}, go.set).start()
while not go.is_set():
    metrics.heartbeat()
    time.sleep(0.05)
print("waiting for an answer that never comes", flush=True)
time.sleep(600)
"""

QUIET = """
import time
from deskwatch import TradingMetrics
metrics = TradingMetrics("mm", starting_equity=100)
while True:
    metrics.heartbeat()
    time.sleep(0.05)
"""


def test_a_loop_that_hangs_is_told_from_a_market_that_is_quiet(server: Server, tmp_path_factory) -> None:
    quiet = Server(tmp_path_factory.mktemp("quiet"))
    limits = "bot: {heartbeat_timeout: 3s, stop_timeout: 300ms}\n"
    try:
        quiet.run(*bot(quiet, QUIET), settings=limits)
        server.run(*bot(server, HANGING.format(hang_at=4)), settings=limits)
        (hung,) = eventually(lambda: server.events("bot_hung"), "the hang is found")
        assert hung["detail"]["text"] == "no heartbeat for more than 3 s"
        (shown,) = server.get("/api/desk")["bots"]
        assert shown["state"] == "HUNG"
        assert quiet.events("bot_hung") == []
        (shown,) = quiet.get("/api/desk")["bots"]
        assert shown["state"] in ("ACTIVE", "UNKNOWN")
    finally:
        quiet.stop()


RAISING = """
import time
from deskwatch import AlertManager, AlertTemplates
alerts = AlertManager()
alerts.send_alert(**AlertTemplates.kill_switch_activated("PnL", -0.0512, -0.05))
while True:
    time.sleep(0.1)
"""


def test_an_alert_that_the_bot_raises_itself_pages_and_outlives_the_server(server: Server) -> None:
    server.run(*bot(server, RAISING))

    def fired() -> list[object]:
        return [event["subject"] for event in server.events("alert_fired")]

    eventually(lambda: fired() == ["Kill switch PnL activated"], "the alert fires")
    eventually(lambda: server.events("notification_delivered"), "somebody was told")
    assert "PnL is -5.12%, the limit is -5.00%. Trading stops." in server.output()
    assert server.process is not None
    server.process.kill()
    server.process.wait()
    server.start("up")
    shown = server.get("/api/desk")["alerts"]  # type: ignore[index]
    assert [(alert["name"], alert["state"]) for alert in shown] == [("Kill switch PnL activated", "firing")]
    server.stop()
