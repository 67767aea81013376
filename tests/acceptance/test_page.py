"""A page through the whole product: from the bot's own recorder to a phone, and the answer back."""

from __future__ import annotations

import json
import sys

from integration.telegram_stand_in import TelegramStandIn
from running_server import Server, eventually

BOT = """
import time
from deskwatch import Guard, MaxDrawdown, TradingMetrics, get_logger
log = get_logger("bot")
metrics = TradingMetrics("mm", currency="USD", starting_equity=10_000, guard=Guard([MaxDrawdown(0.5)]))
metrics.start_server()
metrics.record_fill("BTC", "BUY", 1, 10_000.0, fee=5)
log.info("bought one")
log.warning("feed is late", seconds=3)
log.error("order refused", order_id="o-7")
while True:
    metrics.heartbeat()
    metrics.record_mark("BTC", 8_500.0)
    time.sleep(0.05)
"""

RULES = """
groups:
  - name: desk
    rules:
      - alert: Deep
        expr: trading_drawdown_ratio > 0.10
        labels: {severity: critical}
        annotations:
          summary: "{{ $labels.strategy }} is down {{ $value | humanizePercentage }}"
          unit: ratio
          quantity: drawdown
"""


def settings(url: str) -> str:
    return f"""
scrape: {{interval: 200ms, timeout: 200ms}}
rules: {{files: [rules.yaml], catalog: []}}
channels:
  phone: {{kind: telegram, token: "file:token", chat_id: 42, base_url: "{url}"}}
alerting:
  route: {{receiver: me, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 4h}}
  receivers: [{{name: me, channels: [phone]}}]
"""


def start(server: Server, phone: TelegramStandIn) -> None:
    (server.folder / "bot.py").write_text(BOT)
    (server.folder / "rules.yaml").write_text(RULES)
    (server.folder / "token").write_text(phone.token)
    (server.folder / "token").chmod(0o600)
    server.run(sys.executable, "bot.py", settings=settings(phone.url))


def test_a_message_says_what_how_bad_since_when_money_position_log_and_where(server: Server) -> None:
    with TelegramStandIn() as phone:
        start(server, phone)
        eventually(lambda: phone.messages, "the page has arrived")
        text = phone.messages[0]["plain"]
    assert "mm is down 15.05%" in text  # (10000 - 5 - 1500) / 10000: worked by hand
    assert "drawdown 15.1 %, limit 10.0 %" in text or "drawdown 15.0 %, limit 10.0 %" in text
    assert "UTC" in text
    assert "-1,505.00 USD" in text
    assert "BTC 1" in text
    for line in ("bought one", "feed is late  seconds=3", "order refused  order_id=o-7"):
        assert line in text
    assert f"{server.url}/bot/bot" in text
    assert phone.token not in server.output()


def test_a_message_that_a_kill_interrupts_is_delivered_by_the_next_server(server: Server) -> None:
    with TelegramStandIn() as phone:
        for _ in range(200):
            phone.refuse(502, "Bad Gateway")
        start(server, phone)
        eventually(lambda: server.events("notification_retried"), "the channel is down")
        assert server.process is not None
        server.process.kill()
        server.process.wait()
        phone._answers.clear()
        server.start("run", "--", sys.executable, "bot.py")
        eventually(lambda: phone.messages, "the page has arrived")
        assert len(phone.messages) == 1
        assert "mm is down" in phone.messages[0]["plain"]
        eventually(lambda: server.events("notification_delivered"), "it is marked")


def test_an_answer_is_on_disk_before_it_is_confirmed(server: Server) -> None:
    with TelegramStandIn() as phone:
        start(server, phone)
        eventually(lambda: phone.messages, "the page has arrived")
        (alert,) = server.get("/api/desk")["alerts"]  # type: ignore[index]
        path = f"/api/incidents/{alert['incident_id']}/acknowledge"
        status, said = server.send("POST", path, b'{"by": "anna"}', **{"Content-Type": "application/json"})
        assert (status, json.loads(said)["acknowledged_by"]) == (200, "anna")
        assert server.process is not None
        server.process.kill()
        server.process.wait()
        server.start("run", "--", sys.executable, "bot.py")
        (alert,) = server.get("/api/desk")["alerts"]  # type: ignore[index]
        assert alert["acknowledged_by"] == "anna"
