"""The recorder that a service uses."""

from __future__ import annotations

import time
from collections.abc import Callable

from deskwatch.catalog.metrics import errors
from deskwatch.client.link import RecordSink
from deskwatch.client.metrics import Counter, Family, Registry
from deskwatch.client.service.commands import Cache, CommandRecorder
from deskwatch.client.service.queries import DatabaseRecorder, Databases
from deskwatch.client.service.requests import EndpointRecorder, HttpRequests, RequestBlock
from deskwatch.client.service.syncs import PlatformRecorder, Syncs
from deskwatch.client.service.tasks import FAILURE, SUCCESS, TaskRecorder, Tasks
from deskwatch.client.service.timed import Timed, error_type
from deskwatch.client.serving import Serving

DEFAULT_DATABASE = "default"


class ServiceMetrics(Serving):
    """Tells deskwatch what a service does: requests, queries, cache, tasks, syncs.

    Nothing here raises or waits; what cannot be used is counted in ``deskwatch_client_drops_total``. The ``bind_…``
    calls give a recorder for the hot path. ``request``, ``query``, ``command``, ``task``, ``sync`` and ``sheets`` time
    a ``with`` block, and all but ``request`` also a function, as a decorator. Two of these in one registry add up.

    Args:
        registry: Where the metrics are declared; by default the registry of the process.
        clock: Gives seconds for durations; only differences count.
        link: Where the monitor is told of the server's port; by default what ``deskwatch run`` described in the
            environment.

    Raises:
        ValueError: The registry holds another metric of one of the names.
    """

    def __init__(
        self,
        registry: Registry | None = None,
        *,
        clock: Callable[[], float] = time.perf_counter,
        link: RecordSink | None = None,
    ) -> None:
        super().__init__(registry, link=link)
        self.clock = clock
        self.http = HttpRequests(self.registry)
        self.databases = Databases(self.registry)
        self.cache = Cache(self.registry)
        self.tasks = Tasks(self.registry)
        self.syncs = Syncs(self.registry)
        self._reported: Family[Counter] = self.registry.family(errors.REPORTED)

    # Requests

    def bind_request(self, method: str, endpoint: str) -> EndpointRecorder:
        """Return the recorder of one method of one endpoint."""
        return self.http.bind(method, endpoint)

    def record_request(
        self, method: str, endpoint: str, status: int, seconds: float, error_type: str | None = None
    ) -> None:
        """Record a request that was answered.

        Args:
            method: Of HTTP; what is none of its own words counts as ``other``.
            endpoint: The template of the route, such as ``/products/{id}``; never a path with ids in it.
            status: The status of the answer, 100 to 599.
            seconds: From its arrival to the last byte of the answer.
            error_type: The class of the exception that ended it; without one a status from 400 is an error.
        """
        self.http.bind(method, endpoint).record(status, seconds, error_type)

    def request(self, method: str, endpoint: str) -> RequestBlock:
        """Record what a ``with`` block answers: ``with service.request("GET", "/x") as request: …``."""
        return RequestBlock(self.http, self.http.bind(method, endpoint), self.clock)

    # Databases

    def bind_database(self, database: str = DEFAULT_DATABASE) -> DatabaseRecorder:
        """Return the recorder of one database."""
        return self.databases.bind(database)

    def record_query(
        self, operation: str, seconds: float, *, database: str = DEFAULT_DATABASE, error_type: str | None = None
    ) -> None:
        """Record a statement that was answered.

        Args:
            operation: ``select``, ``insert``, ``update``, ``delete`` or ``other``; never the statement itself.
            seconds: From sending it to its answer.
            database: Names the database, as the service calls it.
            error_type: The class of the exception, if it failed.
        """
        self.databases.bind(database).record(operation, seconds, error_type)

    def query(self, operation: str, *, database: str = DEFAULT_DATABASE) -> Timed:
        """Record the statement that a block or function sends."""
        recorder = self.databases.bind(database)
        return Timed(lambda seconds, error: recorder.record(operation, seconds, error_type(error)), self.clock)

    def record_connections(
        self, active: float, idle: float, maximum: float | None = None, *, database: str = DEFAULT_DATABASE
    ) -> None:
        """Say how many connections are in use, how many are idle, and how many there may be."""
        self.databases.bind(database).record_connections(active, idle, maximum)

    # Cache

    def bind_command(self, command: str) -> CommandRecorder:
        """Return the recorder of one command of the cache."""
        return self.cache.bind(command)

    def record_command(
        self, command: str, seconds: float, *, hits: int = 0, misses: int = 0, error_type: str | None = None
    ) -> None:
        """Record a command of the cache that was answered.

        Args:
            command: Its word, such as ``GET``; never a key.
            seconds: From sending it to its answer.
            hits: Keys that were asked for and were there.
            misses: Keys that were asked for and were not there.
            error_type: The class of the exception, if it failed.
        """
        self.cache.bind(command).record(seconds, hits=hits, misses=misses, error_type=error_type)

    def command(self, command: str) -> Timed:
        """Record the command that a block or function sends."""
        recorder = self.cache.bind(command)
        return Timed(lambda seconds, error: recorder.record(seconds, error_type=error_type(error)), self.clock)

    # Tasks

    def bind_task(self, task: str) -> TaskRecorder:
        """Return the recorder of one task."""
        return self.tasks.bind(task)

    def record_task(self, task: str, state: str, seconds: float | None = None, error_type: str | None = None) -> None:
        """Record a run of a task that ended.

        Args:
            task: Its name; never an id.
            state: ``success``, ``failure``, ``retry``, ``revoked``, ``rejected`` or ``ignored``.
            seconds: How long it ran; ``None`` when nobody knows.
            error_type: The class of the exception, if it failed.
        """
        self.tasks.bind(task).record(state, seconds, error_type)

    def task(self, task: str) -> Timed:
        """Record a block or function as a run of a task; an exception makes it a failure."""
        recorder = self.tasks.bind(task)
        return Timed(lambda seconds, error: recorder.record(_outcome(error), seconds, error_type(error)), self.clock)

    def record_queue_length(self, queue_name: str, messages: float) -> None:
        """Say how many messages wait in a queue."""
        self.tasks.record_queue_length(queue_name, messages)

    # What the service is for

    def bind_platform(self, platform: str) -> PlatformRecorder:
        """Return the recorder of one platform that is synced with."""
        return self.syncs.bind(platform)

    def record_sync(self, platform: str, outcome: str, seconds: float) -> None:
        """Record a sync that ended.

        Args:
            platform: With whom.
            outcome: ``success`` or ``failure``.
            seconds: How long it took.
        """
        self.syncs.bind(platform).record(outcome, seconds)

    def sync(self, platform: str) -> Timed:
        """Record a block or function as a sync; an exception makes it a failure."""
        recorder = self.syncs.bind(platform)
        return Timed(lambda seconds, error: recorder.record(_outcome(error), seconds), self.clock)

    def record_products(self, tenant: str, products: float) -> None:
        """Say how many products a tenant has watched."""
        self.syncs.record_products(tenant, products)

    def record_api_error(self, platform: str, error_type: str) -> None:
        """Count a call of another's API that failed.

        Args:
            platform: Whose API.
            error_type: Why, in a word of a short list such as ``timeout``, ``rate_limit``, ``http_5xx``.
        """
        self.syncs.bind(platform).record_api_error(error_type)

    def record_sheets(self, operation: str, outcome: str) -> None:
        """Count a call of Google Sheets.

        Args:
            operation: Such as ``read``, ``append``, ``update``.
            outcome: ``success`` or ``failure``.
        """
        self.syncs.record_sheets(operation, outcome)

    def sheets(self, operation: str) -> Timed:
        """Count a block or function as a call of Google Sheets; an exception makes it a failure."""
        return Timed(lambda _, error: self.syncs.record_sheets(operation, _outcome(error)), self.clock)

    # Errors

    def record_error(self, error_type: str, level: str = "error") -> None:
        """Count an error that was reported.

        Args:
            error_type: The class of the exception.
            level: ``warning``, ``error`` or ``fatal``.
        """
        self._reported.labels(level, error_type).inc()


def _outcome(error: BaseException | None) -> str:
    return SUCCESS if error is None else FAILURE
