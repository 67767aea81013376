"""Tasks of Celery by its signals, queues by asking the broker.

A run is counted where it ends: in the child of a prefork pool, or in the parent when the child was killed. What runs
now is read from the parent's own list at the scrape, so a killed child leaves nothing behind.

Way:     Celery's signals → [celery] → the families ``celery_*``; a thread of its own asks the broker.
Threads: signals come in the thread that runs the task; the broker is asked by one daemon thread.
Source:  https://docs.celeryq.dev/en/stable/userguide/signals.html
"""

from __future__ import annotations

import math
import os
import threading
from collections import deque
from collections.abc import Callable, Collection
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, Protocol

from deskwatch.client import diagnostics
from deskwatch.client.extra import load
from deskwatch.client.metrics import DropReason
from deskwatch.client.metrics.keeper import FOLDER_VARIABLE
from deskwatch.client.service.metrics import ServiceMetrics
from deskwatch.client.service.tasks import FAILURE

if TYPE_CHECKING:
    from celery import Celery

REVOKED: Final = "revoked"
FEATURE: Final = "Counting Celery's tasks"

PREFORK: Final = "celery.concurrency.prefork"
"""The module of the pool whose children are processes of their own."""

INTERVAL_SECONDS: Final = 15.0
"""How often the broker is asked: stock_tracker's scrape_interval."""

PING_SECONDS: Final = 2.0
"""How long workers have to answer; Celery's own ``celery status`` gives them 1 s."""

MAX_TOLD: Final = 128
"""Runs that a hard time limit ended and of which a second word may follow at once; more than any pool has processes."""

_STARTED: Final = "_deskwatch_started"
"""The attribute of a task's request that says when it began to run in this process."""


def watch_celery(
    app: Celery,
    metrics: ServiceMetrics | None = None,
    *,
    port: int | None = None,
    host: str = "127.0.0.1",
    queues: Collection[str] = (),
) -> ServiceMetrics:
    """Count the tasks that this application's workers run. Call it where the application is made.

    Celery's signals belong to the process, so the tasks of all its applications are counted, once a registry.

    Args:
        app: The application whose broker is asked.
        metrics: Where to record; by default a recorder in the registry of the process.
        port: Where the worker serves ``/metrics``, once it is ready; by default nowhere.
        host: The address of that.
        queues: Whose lengths the worker tells; by default those that it takes tasks from.

    Returns:
        The recorder, for what else the tasks do.

    Raises:
        MissingExtraError: Celery is not installed.
    """
    signals = load("celery.signals", "celery", FEATURE)
    recorder = metrics if metrics is not None else ServiceMetrics()
    errors = load("celery.exceptions", "celery", FEATURE)
    runs = _Runs(recorder, errors.Reject, errors.TimeLimitExceeded)
    worker = _Worker(app, recorder, queues, None if port is None else lambda: recorder.start_server(port, host))
    for signal, receiver in {
        "task_prerun": runs.begins,
        "task_postrun": runs.ends,
        "task_failure": runs.fails,
        "task_revoked": runs.revoked,
        "worker_ready": worker.ready,
        "worker_shutdown": worker.shut_down,
    }.items():
        connect = getattr(signals, signal).connect
        connect(receiver, weak=False, dispatch_uid=f"deskwatch-{id(recorder.registry)}")
    return recorder


class _Task(Protocol):
    name: str
    request: object


class _Consumer(Protocol):
    hostname: str
    pool: object


class _Runs:
    """Counts each run of a task once, where it ends."""

    def __init__(self, metrics: ServiceMetrics, reject: type[Exception], too_long: type[Exception]) -> None:
        self._tasks = metrics.tasks
        self._clock = metrics.clock
        self._reject = reject
        self._too_long = too_long
        self._told: deque[str] = deque(maxlen=MAX_TOLD)

    def begins(self, *, task: _Task, **_: object) -> None:
        setattr(task.request, _STARTED, self._clock())

    def ends(self, *, task: _Task, state: str | None, **_: object) -> None:
        started: float | None = getattr(task.request, _STARTED, None)
        if state is not None:  # without one the process is about to end, and its parent will say so
            self._tasks.bind(task.name).record(state.lower(), None if started is None else self._clock() - started)

    def fails(self, *, sender: _Task, task_id: str, exception: BaseException, **_: object) -> None:
        if isinstance(exception, self._reject):  # the parent's word for what ended as rejected
            return
        task, kind = self._tasks.bind(sender.name), type(exception).__name__
        if getattr(sender.request, _STARTED, None) is not None:
            task.record_failure_type(kind)
        elif not (isinstance(exception, self._too_long) and self._is_told(task_id)):
            task.record(FAILURE, error_type=kind)  # in the parent of a run that was killed: no end will follow

    def _is_told(self, task_id: str) -> bool:
        """Say whether this is the second word for one run: Celery 5.7 tells of a hard time limit twice.

        Source: https://github.com/celery/celery/blob/main/celery/worker/request.py (on_failure, on_timeout)
        """
        if task_id in self._told:
            self._told.remove(task_id)
            return True
        self._told.append(task_id)
        return False

    def revoked(self, *, sender: _Task, **_: object) -> None:
        self._tasks.bind(sender.name).record(REVOKED)


class _Worker:
    """The main process of a worker: whether it is up, what runs, how long its queues are."""

    def __init__(
        self, app: Celery, metrics: ServiceMetrics, queues: Collection[str], serve: Callable[[], object] | None
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._queues = tuple(queues)
        self._serve = serve
        self._name = ""
        self._process = 0
        self._broker: BrokerWatch | None = None
        self._state: ModuleType | None = None

    def ready(self, *, sender: _Consumer, **_: object) -> None:
        self._name, self._process = sender.hostname, os.getpid()
        self._warn_of_children(sender.pool)
        self._state = load("celery.worker.state", "celery", FEATURE)
        self._metrics.tasks.record_worker(self._name, up=True)
        self._metrics.registry.show_before_exposing(self)
        queues = self._queues or tuple(self._app.amqp.queues.consume_from)
        self._broker = BrokerWatch(self._app, self._metrics, queues=queues)
        self._broker.start()
        if self._serve is not None:
            self._serve()

    def show(self) -> None:
        """Say what runs now, in the thread of the scrape; the children of a prefork pool know nothing of it."""
        if self._state is not None and os.getpid() == self._process:
            self._metrics.tasks.record_active(self._name, len(self._state.active_requests))

    def _warn_of_children(self, pool: object) -> None:
        if type(pool).__module__ == PREFORK and not self._metrics.registry.shared:
            what = "the children of a prefork pool count for themselves, and nobody sees it"
            diagnostics.say("celery", f"{what}; set {FOLDER_VARIABLE} to a folder, or take --pool=threads")

    def shut_down(self, **_: object) -> None:
        if self._broker is not None:
            self._broker.stop()
        if self._name:
            self._metrics.tasks.record_worker(self._name, up=False)


class BrokerWatch:
    """Asks the broker how long queues are and, where names are given, which workers answer; in a thread of its own.

    A worker has one by itself. Another process, such as the web application, takes one to see the queues while all
    workers are dead. What could not be asked is NaN, not the last figure. A forked child asks nothing.

    Args:
        app: The application.
        metrics: Where to record.
        queues: Whose lengths are told.
        workers: Who is asked for a sign of life, such as ``celery@web1``.
        interval_seconds: How often.

    Raises:
        MissingExtraError: Celery is not installed.
    """

    def __init__(
        self,
        app: Celery,
        metrics: ServiceMetrics,
        *,
        queues: Collection[str] = ("celery",),
        workers: Collection[str] = (),
        interval_seconds: float = INTERVAL_SECONDS,
    ) -> None:
        self._no_queue = load("kombu.exceptions", "celery", FEATURE).ChannelError
        self._app = app
        self._tasks = metrics.tasks
        self._drops = metrics.registry.drops
        self._queues = tuple(queues)
        self._workers = tuple(workers)
        self._interval_seconds = interval_seconds
        self._stopped = threading.Event()

    def start(self) -> None:
        """Ask from now on."""
        try:
            threading.Thread(target=self._run, name="deskwatch-celery", daemon=True).start()
        except RuntimeError:  # no thread can start: the interpreter is going down
            self._drops.count(DropReason.COLLECTOR)

    def stop(self) -> None:
        """Ask no more; returns at once."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._try(self._ask_queues, self._forget_queues)
            if self._workers:
                self._try(self._ask_workers, self._forget_workers)
            self._stopped.wait(self._interval_seconds)

    def _try(self, ask: Callable[[], None], forget: Callable[[], None]) -> None:
        try:
            ask()
        except Exception as error:  # noqa: BLE001  (a broker that is away raises whatever its transport has)
            forget()
            self._drops.count(DropReason.COLLECTOR)
            diagnostics.say("celery", f"Celery's broker could not be asked: {type(error).__name__}: {error}")

    def _ask_queues(self) -> None:
        with self._app.connection_for_read() as connection:
            connection.connect()
            for queue in self._queues:
                self._tasks.record_queue_length(queue, self._length(connection, queue))

    def _length(self, connection: Any, queue: str) -> int:  # noqa: ANN401
        with connection.channel() as channel:
            try:
                length: int = channel.queue_declare(queue, passive=True).message_count
            except self._no_queue:  # Redis keeps no empty queue
                return 0
            return length

    def _forget_queues(self) -> None:
        for queue in self._queues:
            self._tasks.record_queue_length(queue, math.nan)

    def _ask_workers(self) -> None:
        answers = self._app.control.ping(destination=list(self._workers), timeout=PING_SECONDS)
        alive = {name for answer in answers for name in answer}
        for worker in self._workers:
            self._tasks.record_worker(worker, up=worker in alive)

    def _forget_workers(self) -> None:
        for worker in self._workers:
            self._tasks.record_worker(worker, up=False)
