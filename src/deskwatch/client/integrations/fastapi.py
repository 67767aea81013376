"""Requests of FastAPI, Starlette and what else speaks ASGI on Starlette's router.

Way:     the server → [RequestMetrics] → the application; its label ``endpoint`` is the template of the route.
Threads: one object a request, touched by the task of that request only.
Source:  https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, MutableMapping
from typing import TYPE_CHECKING, Any, Final

from deskwatch.client.extra import load
from deskwatch.client.metrics import DropReason, Registry
from deskwatch.client.metrics.exposition import CONTENT_TYPE
from deskwatch.client.service.metrics import ServiceMetrics
from deskwatch.client.service.requests import METHODS, OTHER_METHOD
from deskwatch.client.service.timed import error_type

if TYPE_CHECKING:
    from starlette.applications import Starlette

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
_Patterns = list[tuple[re.Pattern[str], str]]

UNMATCHED: Final = "unmatched"
"""The endpoint of every request that no route takes, whatever its path is."""

ANY_BELOW: Final = "/*"
"""Stands for all paths below a mounted application that has no routes, such as static files, or has none for this."""

CLIENT_GONE: Final = 499
"""The status of a request that was cancelled before its answer began.

Source: https://nginx.org/en/docs/dev/development_guide.html#http_request_finalization (client closed request)
"""


def watch_fastapi(
    app: Starlette, metrics: ServiceMetrics | None = None, *, metrics_path: str | None = "/metrics"
) -> ServiceMetrics:
    """Count the requests of a FastAPI or Starlette application, before it starts.

    Args:
        app: The application; a middleware that is added after this one is outside of it.
        metrics: Where to record; by default a recorder in the registry of the process.
        metrics_path: Where the application itself answers with the metrics, uncounted; ``None`` for nowhere.

    Returns:
        The recorder, for what else the service does.

    Raises:
        MissingExtraError: Starlette is not installed.
        RuntimeError: The application has started already.
    """
    load("starlette", "fastapi", "Counting requests")
    recorder = metrics if metrics is not None else ServiceMetrics()
    uncounted = () if metrics_path is None else (metrics_path,)
    app.add_middleware(RequestMetrics, metrics=recorder, uncounted=uncounted)
    if metrics_path is not None:
        answers = MetricsApp(recorder.registry)
        # A route takes an ASGI object as well as a function; its type says only the function.
        app.add_route(metrics_path, answers, include_in_schema=False)  # type: ignore[arg-type]
    return recorder


class RequestMetrics:
    """A pure ASGI middleware: ``app.add_middleware(RequestMetrics, metrics=service)``.

    Requests by method, endpoint and status, their duration up to the last byte, those in progress, and what was raised.
    Websockets and the lifespan pass untouched, and so does each message and each exception.

    Args:
        app: What answers.
        metrics: Where to record; by default a recorder in the registry of the process.
        uncounted: Paths, as they are asked for, that are left alone, such as ``/health``.
    """

    def __init__(
        self, app: Application, metrics: ServiceMetrics | None = None, *, uncounted: Collection[str] = ()
    ) -> None:
        recorder = metrics if metrics is not None else ServiceMetrics()
        self.requests = recorder.http
        self.drops = recorder.registry.drops
        self.clock = recorder.clock
        self._app = app
        self._uncounted = frozenset(uncounted)
        self._templates: Templates | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"] in self._uncounted:
            await self._app(scope, receive, send)
            return
        if self._templates is None:
            self._templates = Templates(scope.get("app", self._app))
        answer = _Answer(self, self._templates, scope, send)
        try:
            await self._app(scope, receive, answer.send)
        except BaseException as error:
            answer.broken(error)
            raise
        answer.returned()


_BODIES: Final = ("http.response.body", "http.response.zerocopysend", "http.response.pathsend")
"""What carries a body, or a part of it: https://asgi.readthedocs.io/en/latest/extensions.html"""


class _Answer:
    """One request: watches what is sent, and records once, when the last byte is out."""

    __slots__ = ("_outer_root", "_over", "_scope", "_send", "_started", "_status", "_templates", "_watch")

    def __init__(self, watch: RequestMetrics, templates: Templates, scope: Scope, send: Send) -> None:
        self._watch = watch
        self._templates = templates
        self._scope = scope
        self._send = send
        self._outer_root: str = scope.get("root_path", "")
        self._status: int | None = None
        self._over = False
        self._started = watch.clock()
        watch.requests.in_progress.add(self)

    @property
    def method(self) -> str:
        method: str = self._scope["method"]
        return method if method in METHODS else OTHER_METHOD

    @property
    def endpoint(self) -> str:
        try:
            return self._templates.endpoint(self._scope, self._outer_root)
        except Exception:  # noqa: BLE001  (the router of another framework may leave anything in the scope)
            self._watch.drops.count(DropReason.LABELS)
            return UNMATCHED

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.start":
            self._status = message.get("status")
        await self._send(message)
        if kind in _BODIES and not message.get("more_body", False) and not self._over:
            self._end(self._status)

    def broken(self, error: BaseException) -> None:
        if self._over:  # in a background task
            self._watch.requests.bind(self.method, self.endpoint).record_error(error_type(error))
            return
        # What is no Exception is the loop's own cancelling, by a server that stops or has lost the client.
        silent = 500 if isinstance(error, Exception) else CLIENT_GONE
        self._end(self._status or silent, error_type(error))

    def returned(self) -> None:
        if not self._over:  # it said too little; a server answers 500 where nothing was said
            self._end(self._status or 500)

    def _end(self, status: int | None, error: str | None = None) -> None:
        self._over = True
        self._watch.requests.in_progress.remove(self)
        seconds = self._watch.clock() - self._started
        self._watch.requests.bind(self.method, self.endpoint).record(status or 500, seconds, error)


class Templates:
    """Finds the template of the route that took a request.

    The router leaves the route in the scope, and most often that is all. Where it names none, or a mount stands before
    it, the routes of the whole application are asked; that list is made once, at the first such request.

    Args:
        app: The application, whose ``routes`` are asked.
    """

    def __init__(self, app: object) -> None:
        self._app = app
        self._routes: tuple[_Patterns, _Patterns] | None = None

    def endpoint(self, scope: Scope, outer_root: str = "") -> str:
        """Return the template, or ``unmatched``; never a path.

        Args:
            scope: Of the request, as the router has left it.
            outer_root: ``root_path`` as the server gave it, which is no part of the application's routes.
        """
        if "endpoint" not in scope:
            return UNMATCHED
        leaf = _leaf(scope)
        mounted_at: str = scope.get("root_path", "").removeprefix(outer_root)
        if leaf is not None and not mounted_at:
            return leaf
        mounts, leaves = self._asked()
        if not mounted_at:
            return _first(leaves, scope["path"].removeprefix(outer_root)) or UNMATCHED
        mount = _first(mounts, mounted_at)
        return UNMATCHED if mount is None else mount + (leaf or ANY_BELOW)

    def _asked(self) -> tuple[_Patterns, _Patterns]:
        if self._routes is None:
            compile_path = load("starlette.routing", "fastapi", "Counting requests").compile_path
            mounts, leaves = _paths(getattr(self._app, "routes", ()))
            self._routes = [compile_path(path)[:2] for path in mounts], [compile_path(path)[:2] for path in leaves]
        return self._routes


def _leaf(scope: Scope) -> str | None:
    # FastAPI keeps, beside the route, its path with the prefixes of the routers that include it:
    # https://github.com/fastapi/fastapi/blob/master/fastapi/routing.py (effective_route_context)
    route = scope.get("route")
    included = scope.get("fastapi", {}).get("effective_route_context")
    if included is not None and included.original_route is route:
        route = included
    if not hasattr(route, "endpoint"):  # a mount; or a route that FastAPI's router does not name
        return None
    template: str | None = getattr(route, "path_format", None)
    return template


def _paths(routes: Iterable[Any], prefix: str = "") -> tuple[list[str], list[str]]:
    """Return the paths of all mounts and of all other routes, in the order in which the router tries them."""
    mounts, leaves = [], []
    for route in _flat(routes):
        if not hasattr(route, "routes"):
            leaves.append(prefix + route.path)
            continue
        mount = prefix + getattr(route, "path", "")  # a host has none
        below = _paths(route.routes, mount)
        mounts += [mount, *below[0]]
        leaves += below[1]
    return mounts, leaves


def _flat(routes: Iterable[Any]) -> Iterator[Any]:
    for route in routes:
        if hasattr(route, "effective_route_contexts"):  # a router that FastAPI includes
            for context in route.effective_route_contexts():
                yield context.starlette_route or context
        else:
            yield route


def _first(patterns: _Patterns, path: str) -> str | None:
    return next((template for pattern, template in patterns if pattern.match(path)), None)


class MetricsApp:
    """An ASGI application that answers with the metrics: a route of its own, or mounted.

    The text is made in a thread, so that the loop goes on.

    Args:
        registry: What to expose.

    Raises:
        MissingExtraError: anyio, which Starlette brings, is not installed.
    """

    def __init__(self, registry: Registry) -> None:
        self._expose = registry.expose
        self._in_thread = load("anyio.to_thread", "fastapi", "Answering with metrics").run_sync

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  (ASGI's form)
        """Answer one request."""
        body = await self._in_thread(self._expose)
        headers = [(b"content-type", CONTENT_TYPE.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
