"""Requests that a service answers.

Way:     the ASGI middleware, or a call by hand → [requests] → the families ``http_*``.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Final

from deskwatch.catalog.metrics import http
from deskwatch.client import untrusted
from deskwatch.client.metrics import Counter, Histogram, Registry
from deskwatch.client.metrics.family import Family
from deskwatch.client.service.by_labels import ByLabels
from deskwatch.client.service.in_progress import in_progress_of
from deskwatch.client.service.timed import error_type

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"})
"""Every other one is ``other``, since a client may send any word.

Source: https://www.rfc-editor.org/rfc/rfc9110#name-methods and RFC 5789 for PATCH
"""

UNKNOWN_STATUS: Final = "unknown"
OTHER_METHOD: Final = "other"
CLIENT_ERROR: Final = "client_error"
SERVER_ERROR: Final = "server_error"


class EndpointRecorder:
    """One method of one endpoint, with its labels bound."""

    __slots__ = ("_by_status", "_errors", "_requests", "_seconds", "endpoint", "method")

    def __init__(self, requests: HttpRequests, method: str, endpoint: str) -> None:
        self.method = method if method in METHODS else OTHER_METHOD
        self.endpoint = endpoint
        self._requests: Family[Counter] = requests.answered
        self._errors: Family[Counter] = requests.errors
        self._seconds: Histogram = requests.duration.labels(self.method, endpoint)
        self._by_status: dict[int, Counter] = {}
        requests.in_progress.know(self.method, endpoint)

    def record(self, status: int, seconds: float, error_type: str | None = None) -> None:
        """Record a request that was answered.

        Args:
            status: The status of the answer, 100 to 599.
            seconds: From its arrival to the last byte of the answer.
            error_type: The class of the exception that ended it; without one a status from 400 is an error.
        """
        self._seconds.observe(seconds)
        counter = self._by_status.get(status) if type(status) is int else None
        if counter is None:
            counter = self._bind(status)
        counter.inc()
        if error_type is not None or type(status) is not int or status >= 400:
            self.record_error(error_type if error_type is not None else _error_of(status))

    def record_error(self, error_type: str | None) -> None:
        """Count an error beside the answer, such as one of a background task; ``None`` is none."""
        if error_type is not None:
            self._errors.labels(self.method, self.endpoint, error_type).inc()

    def _bind(self, status: object) -> Counter:
        code = _code(status)
        if code is None:
            return self._requests.labels(self.method, self.endpoint, UNKNOWN_STATUS)
        return self._by_status.setdefault(code, self._requests.labels(self.method, self.endpoint, str(code)))


class HttpRequests:
    """The requests of a service, in one registry."""

    def __init__(self, registry: Registry) -> None:
        self.answered: Family[Counter] = registry.family(http.REQUESTS)
        self.duration: Family[Histogram] = registry.family(http.REQUEST_DURATION)
        self.errors: Family[Counter] = registry.family(http.ERRORS)
        self.in_progress = in_progress_of(registry)
        self._endpoints = ByLabels(lambda method, endpoint: EndpointRecorder(self, method, endpoint), registry.drops)

    def bind(self, method: str, endpoint: str) -> EndpointRecorder:
        """Return the recorder of one method of one endpoint."""
        return self._endpoints.get(method, endpoint)


class RequestBlock:
    """A request that is being answered in a ``with`` block.

    Attributes:
        status: What the answer says; set it inside the block. An exception that leaves the block makes it 500.
    """

    __slots__ = ("_clock", "_recorder", "_requests", "_started", "status")

    def __init__(self, requests: HttpRequests, recorder: EndpointRecorder, clock: Callable[[], float]) -> None:
        self.status = 200
        self._requests = requests
        self._recorder = recorder
        self._clock = clock
        self._started = 0.0

    @property
    def method(self) -> str:
        """The label ``method``."""
        return self._recorder.method

    @property
    def endpoint(self) -> str:
        """The label ``endpoint``."""
        return self._recorder.endpoint

    def __enter__(self) -> RequestBlock:
        self._requests.in_progress.add(self)
        self._started = self._clock()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._requests.in_progress.remove(self)
        status = self.status if error is None else 500
        self._recorder.record(status, self._clock() - self._started, error_type(error))


def _code(status: object) -> int | None:
    number = untrusted.finite(status)
    return int(number) if number is not None and 100 <= number < 600 else None


def _error_of(status: object) -> str | None:
    code = _code(status)
    if code is None or code < 400:
        return None
    return CLIENT_ERROR if code < 500 else SERVER_ERROR
