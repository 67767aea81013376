"""Whatever is posted to a bot's guards is a command to tighten, or is refused with a reason."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from deskwatch.server.api import guards
from deskwatch.server.ingest import GuardChange, GuardCommands, guard_memory
from deskwatch.server.storage.state import StateStore
from deskwatch.testing import ManualClock

pytestmark = pytest.mark.anyio

STARTED = GuardChange(1, "ACTIVE", "started", "", "", 0.0, 0.0, 0, "mom", "", on_disk=True)


@pytest.fixture
async def client():
    clock = ManualClock()
    store = StateStore.open("sqlite://", clock)
    await store.write(lambda tx: guard_memory.keep(tx, "alpha", STARTED, clock.now_ms()))
    app = FastAPI()
    app.include_router(guards.router(GuardCommands(store, clock, "s3cret", CollectorRegistry())))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as one:
        yield one
    await store.close()


async def test_a_command_is_kept_and_shown(client):
    answer = await client.post("/api/bots/alpha/guard", json={"state": "REDUCING", "reason": "x", "by": "ann"})
    (kept,) = answer.json()["commands"]
    assert (answer.status_code, kept["strategy"], kept["state"], kept["by"], kept["result"]) == (
        200,
        "mom",
        "REDUCING",
        "ann",
        None,
    )
    shown = (await client.get("/api/bots/alpha/guard")).json()
    assert shown["commands"] == [kept]
    assert [(one["strategy"], one["state"]) for one in shown["guards"]] == [("mom", "ACTIVE")]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b'{"state":"ACTIVE","reason":"x"}', 422, "state: Input should be 'REDUCING' or 'HALTED'"),
        (b'{"state":"HALTED"}', 422, "reason: Field required"),
        (b'{"state":"HALTED","reason":"\\ud800"}', 422, "body: Invalid JSON"),
        (b"\xff", 422, "body: Invalid JSON"),
        (b"[]", 422, "body: Input should be an object"),
        (b'{"state":"HALTED","reason":"x","strategy":7}', 422, "strategy: Input should be a valid string"),
        (b"[" * 8_000, 422, "body: Invalid JSON"),
        (b" " * 9_000, 413, "at most 8192 bytes"),
        (b'{"state":"HALTED","reason":"x","strategy":"other"}', 404, "has not heard of a guard"),
    ],
)
async def test_what_is_no_command_is_refused_with_its_reason(client, body, status, said):
    answer = await client.post("/api/bots/alpha/guard", content=body)
    assert (answer.status_code, said in answer.json()["error"]) == (status, True), answer.text
    assert (await client.get("/api/bots/alpha/guard")).json()["commands"] == []
