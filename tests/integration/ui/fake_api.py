"""A server with made-up data in the shapes of the HTTP API: what the pages see, in a process of its own.

Run as ``python fake_api.py PORT [STORY]``. ``POST /test/story`` changes what it tells, as a JSON object that is
merged into :data:`STORY`; ``POST /test/new-story`` begins from :data:`DEFAULT` again. The numbers are functions of
time, so every run draws the same curves.
"""

from __future__ import annotations

import json
import math
import re
import sys
import time
from collections.abc import Iterator
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from deskwatch.catalog.files import dashboard_text
from deskwatch.server.ui import mount

STARTED = time.time()
DEFAULT: dict[str, Any] = {
    "bots": ["momentum"],
    "state": "ACTIVE",
    "reason": "trading inside all limits",
    "zone": "Europe/Berlin",
    "instrumented": True,
    "alerts": [],
    "events": [],
    "lines": [],
    "hostile": "",
    "refuse": "",
    "age": 8054,  # seconds since the first point, before this process began
    "lived": 1260,  # seconds since the bot was started, before this process began
    "drawdown": None,
}
STORY = dict(DEFAULT)
QUIET_LINES = [
    ("INFO", "bar 2022-01-12 08:{:02d} close 42871.5 signal +0.42"),
    ("DEBUG", "book spread 0.5 bp, depth 14.2 BTC"),
    ("INFO", "order 8841{:02d} BUY 0.35 BTC-PERP at 42873.0 filled, fee 3.75 USDT"),
    ("WARNING", "drawdown 9.{:02d} % is past 80 % of its limit"),
    ("ERROR", "venue answered 503, order 8841{:02d} tried again in 0.2 s"),
]
RULES = [
    (
        "DrawdownNearLimit",
        "trading_drawdown_ratio > 0.08 and on (bot, strategy) trading_exposure_gross_ratio > 0",
        "warning",
    ),
    (
        "DrawdownPastLimit",
        "trading_drawdown_ratio > 0.10 and on (bot, strategy) trading_exposure_gross_ratio > 0",
        "critical",
    ),
    ("BotDown", "bot_up == 0", "critical"),
]


def wave(ts: float) -> float:
    """Return a price-like curve around 0, rough but the same at every run."""
    parts = ((1.0, 1700, 0.3), (0.5, 610, 1.1), (0.22, 173, 2.0), (0.1, 41, 0.7), (0.05, 11, 0.1))
    return sum(size * math.sin(ts / period * 2 * math.pi + shift) for size, period, shift in parts)


def equity(ts: float) -> float:
    return 104_000 + 3_500 * wave(ts) - 1.1 * (ts - STARTED)


def drawdown(ts: float) -> float:
    return max(0.0, 1 - equity(ts) / 110_500)


def quantity(ts: float) -> float:
    return round(1.4 * math.copysign(1, math.sin(ts / 210)) if math.sin(ts / 97) > -0.5 else 0.0, 3)


STRATEGY = {"strategy": "momentum"}
MONEY = STRATEGY | {"currency": "USDT"}
CURVES: dict[str, list[tuple[dict[str, str], Any]]] = {
    "trading_equity": [(MONEY, equity)],
    "trading_drawdown_ratio": [(STRATEGY, drawdown)],
    "guard_limit": [(STRATEGY | {"limit": "max_drawdown"}, lambda _: 0.15)],
    "trading_pnl_realized": [(MONEY, lambda ts: 2_000 * wave(ts - 90) + 1_200)],
    "trading_pnl_unrealized": [(MONEY, lambda ts: 1_500 * wave(ts * 3))],
    "trading_position_quantity": [(STRATEGY | {"symbol": "BTC-PERP"}, quantity)],
    "trading_orders_total": [
        ({"status": "filled"}, lambda ts: 3 + wave(ts)),
        ({"status": "cancelled"}, lambda ts: 1.2),
    ],
    "trading_fills_total": [
        ({"side": "BUY"}, lambda ts: 2 + wave(ts)),
        ({"side": "SELL"}, lambda ts: 2 - wave(ts) / 2),
    ],
    "trading_win_ratio": [({}, lambda _: 0.438)],
    "trading_trades_total": [({}, lambda _: 212)],
    "trading_fees_total": [({"currency": "USDT"}, lambda ts: 1283.4)],
    "trading_exposure_gross_ratio": [({}, lambda ts: abs(quantity(ts)) * 0.4)],
    "bot_process_cpu_seconds_total": [({}, lambda ts: 0.042 + 0.01 * wave(ts))],
    "bot_log_lines_total": [({"level": "info"}, lambda ts: 41 + 9 * wave(ts)), ({"level": "error"}, lambda ts: 2.0)],
    "bot_restarts_total": [({}, lambda _: 0)],
    "bot_process_resident_memory_bytes": [({}, lambda _: 82 * 1024 * 1024)],
}
CLIENT_METRICS = ("trading_", "guard_")
app = FastAPI()


def vectors(query: str) -> Iterator[tuple[dict[str, str], Any]]:
    name = next((name for name in CURVES if re.search(rf"\b{name}\b", query)), "")
    if not STORY["instrumented"] and name.startswith(CLIENT_METRICS):
        return
    for labels, curve in CURVES.get(name, []):
        extra = {"strategy": STORY["hostile"]} if STORY["hostile"] and "strategy" in labels else {}
        yield labels | extra, curve


@app.get("/api/v1/query_range")
def query_range(query: str, start: float, end: float, step: float) -> Any:
    if re.search(r"\$(bot|__)", query):
        body = {"status": "error", "errorType": "bad_data", "error": f"a variable was not filled in: {query}"}
        return JSONResponse(body, 400)
    if STORY["refuse"] and STORY["refuse"] in query:
        body = {"status": "error", "errorType": "execution", "error": "not answered on purpose"}
        return JSONResponse(body, 422)
    born = STARTED - STORY["age"]
    count = int((end - start) / step + 1e-9) + 1
    times = [start + index * step for index in range(count) if start + index * step >= born]
    result = [
        {"metric": labels, "values": [[ts, repr(float(curve(ts)))] for ts in times]} for labels, curve in vectors(query)
    ]
    return {"status": "success", "data": {"resultType": "matrix", "result": [row for row in result if row["values"]]}}


@app.get("/api/v1/rules")
def rules() -> Any:
    rows = [
        {"type": "alerting", "name": name, "query": query, "labels": {"severity": word}} for name, query, word in RULES
    ]
    return {"status": "success", "data": {"groups": [{"name": "risk", "rules": rows}]}}


def bot(name: str, now: float) -> dict[str, Any]:
    instrumented = STORY["instrumented"] and name != "legacy-grid"
    size = quantity(now)
    trading = {
        "equity": equity(now),
        "pnl_day": -1843.07,
        "pnl_total": equity(now) - 100_000,
        "drawdown_ratio": drawdown(now) if STORY["drawdown"] is None else STORY["drawdown"],
        "drawdown_limit_ratio": 0.15,
        "positions": [{"symbol": "BTC-PERP", "quantity": size, "notional": size * 42871.5}],
        "market_ts_ms": 1641976260000,
        "heartbeat_age_seconds": 0.6,
    }
    nothing = dict.fromkeys(trading) | {"positions": []}
    return {
        "name": name,
        "state": STORY["state"] if name == STORY["bots"][0] else "ACTIVE" if instrumented else "UNKNOWN",
        "reason": STORY["reason"] if name == STORY["bots"][0] else "",
        "since_ms": int((STARTED - STORY["lived"]) * 1000),
        "pid": 48213,
        "uptime_seconds": now - STARTED + STORY["age"],
        "restarts": 0,
        "instrumented": instrumented,
        "currency": "USDT",
        "cpu_ratio": 0.041,
        "memory_bytes": 82 * 1024 * 1024,
        "scrape": {"up": True, "reason": None},
        **(trading if instrumented else nothing),
    }


@app.get("/api/desk")
def desk() -> Any:
    now = time.time()
    return {
        "now_ms": int(now * 1000),
        "time_zone": STORY["zone"],
        "bots": [bot(name, now) for name in STORY["bots"]],
        "alerts": STORY["alerts"],
    }


def page_of(rows: list[dict[str, Any]], after: int | None, limit: int) -> tuple[list[dict[str, Any]], int]:
    chosen = rows[-limit:] if after is None else [row for row in rows if row["id"] > after][:limit]
    last = chosen[-1]["id"] if chosen else max((row["id"] for row in rows), default=0)
    return chosen, last


def log_rows() -> list[dict[str, Any]]:
    made = []
    for second in range(int(time.time() - STARTED) + 60):
        level, text = QUIET_LINES[second % len(QUIET_LINES)]
        ts_ms = int((STARTED - 60 + second) * 1000)
        made.append(
            {"id": second + 1, "ts_ms": ts_ms, "bot": "momentum", "level": level, "text": text.format(second % 60)}
        )
    told = [
        {"id": len(made) + 1, "ts_ms": int(STARTED * 1000), "bot": "momentum", "level": "INFO", "text": text}
        for text in STORY["lines"]
    ]
    return made + told


@app.get("/api/logs")
def logs(bot: str = "", after: int | None = None, limit: int = 200) -> Any:
    rows, last = page_of([row for row in log_rows() if not bot or row["bot"] == bot], after, limit)
    return {"lines": rows, "last_id": last}


@app.get("/api/events")
def events(after: int | None = None, limit: int = 100) -> Any:
    rows, last = page_of(STORY["events"], after, limit)
    return {"events": rows, "last_id": last}


@app.get("/api/dashboards")
def dashboards() -> Any:
    return {"dashboards": [{"uid": "deskwatch-bot", "title": "Bot"}]}


@app.get("/api/dashboards/{uid}")
def dashboard(uid: str) -> Any:
    return json.loads(dashboard_text(uid.removeprefix("deskwatch-")))


@app.post("/test/story")
def tell(changes: dict[str, Any]) -> Any:
    STORY.update(changes)
    return {}


@app.post("/test/new-story")
def tell_anew(changes: dict[str, Any]) -> Any:
    STORY.update(DEFAULT | changes)
    return {}


def main() -> None:
    port = int(sys.argv[1])
    if len(sys.argv) > 2:
        STORY.update(json.loads(sys.argv[2]))
    mount(app, scrape_interval_ms=1000)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
