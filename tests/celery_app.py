"""The Celery application of the tests; its broker and the port of its metrics come from the environment."""

from __future__ import annotations

import os
import signal
import time

from celery import Celery
from celery.exceptions import Ignore, Reject

from deskwatch.client.integrations.celery import watch_celery

BROKER = os.environ.get("BROKER_URL", "memory://")

app = Celery("desk", broker=BROKER, backend=BROKER if BROKER.startswith("redis") else "cache+memory://")
app.conf.broker_connection_retry_on_startup = True
app.conf.worker_prefetch_multiplier = 1
watch_celery(app, port=int(os.environ.get("METRICS_PORT", "0")))


@app.task(name="add")
def add(a: int, b: int) -> int:
    return a + b


@app.task(name="process")
def process() -> int:
    """Say which process ran this."""
    return os.getpid()


@app.task(name="fail")
def fail() -> None:
    raise KeyError("no such product")


@app.task(name="retry_once", bind=True, max_retries=3)
def retry_once(self) -> str:  # type: ignore[no-untyped-def]
    if self.request.retries == 0:
        raise self.retry(countdown=0)
    return "second time"


@app.task(name="ignore")
def ignore() -> None:
    raise Ignore


@app.task(name="reject")
def reject() -> None:
    raise Reject("not mine", requeue=False)


@app.task(name="die")
def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@app.task(name="wait")
def wait(path: str) -> None:
    """Run until the file is there."""
    while not os.path.exists(path):  # noqa: PTH110  (the task takes text)
        time.sleep(0.01)


@app.task(name="too_long", time_limit=1)
def too_long() -> None:
    time.sleep(60)


@app.task(name="late", acks_late=True)
def late() -> None:
    """End well."""
