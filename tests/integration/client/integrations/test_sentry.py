"""The real sentry-sdk, in processes of its own since it changes the one it is in, sending to loopback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deskwatch.client.integrations.sentry import MAX_FIGURES, watch_sentry
from deskwatch.errors import MissingExtraError
from doc_blocks import doc_blocks, run_block
from exposed import parsed
from sentry_receiver import Receiver, sentry_receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with sentry_receiver() as receiver:
        yield receiver


def run(receiver: Receiver, script: str, folder: Path, **environment: str) -> dict[str, float]:
    """Run a script that prints its metrics, and return them."""
    done = run_block(script, folder, {"SENTRY_DSN": receiver.dsn, **environment})
    assert done.returncode == 0, done.stderr
    return parsed(done.stdout)


def test_the_documented_example_runs_and_its_events_arrive(receiver: Receiver, tmp_path: Path) -> None:
    (block,) = doc_blocks("docs/integrations/sentry.md")
    got = run(receiver, block, tmp_path, DESKWATCH_BOT="bot-7")
    assert got["app_errors_total{level=error,type=ValueError}"] == 1
    (event,), (trace,) = receiver.of_type("event"), receiver.of_type("transaction")
    assert event["exception"]["values"][0]["value"] == "no price for BTC"
    for sent in (event, trace):
        assert sent["tags"] == {"strategy": "mean_reversion", "bot": "bot-7"}
        assert sent["contexts"]["deskwatch"] == {
            "deskwatch_client_drops_total": "0",
            'celery_queue_length{queue_name="celery"}': "12.0",
        }
    assert event["contexts"]["trace"]["trace_id"] == trace["contexts"]["trace"]["trace_id"]


FASTAPI = """
import os
import sentry_sdk
from fastapi import FastAPI
from fastapi.testclient import TestClient
from deskwatch.client.integrations.fastapi import watch_fastapi
from deskwatch.client.integrations.sentry import watch_sentry

sentry_sdk.init(os.environ["SENTRY_DSN"], traces_sample_rate=1.0)
app = FastAPI()

@app.get("/products/{product_id}")
def product(product_id: int) -> int:
    return 1 // product_id

service = watch_sentry(watch_fastapi(app))
client = TestClient(app, raise_server_exceptions=False)
client.get("/products/0")
client.get("/products/1")
sentry_sdk.flush()
print(service.registry.expose().decode())
"""


def test_an_error_of_a_request_is_reported_and_traced_beside_our_middleware(receiver: Receiver, tmp_path: Path) -> None:
    got = run(receiver, FASTAPI, tmp_path)
    assert got["app_errors_total{level=error,type=ZeroDivisionError}"] == 1
    assert got["http_errors_total{method=GET,endpoint=/products/{product_id},type=ZeroDivisionError}"] == 1
    assert got["http_requests_total{method=GET,endpoint=/products/{product_id},status=200}"] == 1
    (event,) = receiver.of_type("event")
    assert event["transaction"] == "/products/{product_id}"
    assert "deskwatch_client_drops_total" in event["contexts"]["deskwatch"]
    assert [trace["transaction"] for trace in receiver.of_type("transaction")] == ["/products/{product_id}"] * 2


ODD = """
import logging, os, sentry_sdk
from deskwatch import Registry
from deskwatch.client.integrations.sentry import watch_sentry
from deskwatch.client.service import ServiceMetrics

service = ServiceMetrics(Registry())
watch_sentry(service, labels={"desk": "ours", "team": "a"}, figures=["celery_queue_length", "sync_duration_seconds"])
sentry_sdk.init(os.environ["SENTRY_DSN"])
sentry_sdk.set_tag("desk", "theirs")
for number in range(80):
    service.record_queue_length(f"q{number}", number)
service.record_sync("ebay", "success", 1.0)
sentry_sdk.capture_message("hello", level="warning")
logging.error("by the logger")
error = KeyError("twice")
for _ in range(2):
    sentry_sdk.capture_exception(error)
with sentry_sdk.isolation_scope() as scope:
    scope.add_event_processor(lambda event, hint: {**event, "tags": None})
    sentry_sdk.capture_message("odd tags")
sentry_sdk.flush()
print(service.registry.expose().decode())
"""


def test_messages_are_counted_repeats_are_not_and_the_events_own_tags_stay(receiver: Receiver, tmp_path: Path) -> None:
    got = run(receiver, ODD, tmp_path)
    assert got["app_errors_total{level=warning,type=message}"] == 1
    assert got["app_errors_total{level=error,type=message}"] == 1
    assert got["app_errors_total{level=info,type=message}"] == 1
    assert got["app_errors_total{level=error,type=KeyError}"] == 1
    events = receiver.of_type("event")
    assert len(events) == 4
    assert events[0]["tags"] == {"desk": "theirs", "team": "a"}
    assert len(events[0]["contexts"]["deskwatch"]) == MAX_FIGURES + 1
    assert not [name for name in events[0]["contexts"]["deskwatch"] if name.startswith("sync")]


def test_without_sentry_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    with pytest.raises(MissingExtraError, match=r"deskwatch\[sentry\]"):
        watch_sentry()
