"""Prometheus's query API, so that Grafana, promtool and curl take deskwatch for a Prometheus.

Way:     HTTP -> [prometheus] -> promql.Engine, in a worker thread -> JSON.
Source:  https://prometheus.io/docs/prometheus/latest/querying/api/
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib.metadata import version
from typing import Final, TypeVar

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from deskwatch.model import Clock
from deskwatch.server.api.answer import success
from deskwatch.server.api.params import Params
from deskwatch.server.promql import Engine, to_prometheus_json
from deskwatch.server.storage.samples import Queryable

T = TypeVar("T")

MAX_CONCURRENT_QUERIES: Final = 4  # reliability section 1, "Query of death bounded"


def router(engine: Engine, samples: Queryable, clock: Clock) -> APIRouter:
    """Return the routes for queries, series and labels.

    Args:
        engine: Answers expressions.
        samples: Names series and labels.
        clock: The time of an instant query that names none.
    """
    routes = APIRouter(prefix="/api/v1", tags=["prometheus"])
    turn = asyncio.Semaphore(MAX_CONCURRENT_QUERIES)

    async def in_thread(work: Callable[[], T]) -> T:
        async with turn:
            return await asyncio.to_thread(work)

    @routes.api_route("/query", methods=["GET", "POST"])
    async def query(request: Request) -> Response:
        """Answer an expression at one moment."""
        params = await Params.of(request)
        expr, at_ms = params.text("query"), params.time_ms("time", clock.now_ms())
        return success(await in_thread(lambda: to_prometheus_json(engine.query(expr, at_ms))))

    @routes.api_route("/query_range", methods=["GET", "POST"])
    async def query_range(request: Request) -> Response:
        """Answer an expression at every step of a range."""
        params = await Params.of(request)
        expr, step_ms = params.text("query"), params.step_ms()
        start_ms, end_ms = params.time_ms("start"), params.time_ms("end")
        return success(await in_thread(lambda: to_prometheus_json(engine.query_range(expr, start_ms, end_ms, step_ms))))

    @routes.api_route("/series", methods=["GET", "POST"])
    async def series(request: Request) -> Response:
        """Name the series that match."""
        params = await Params.of(request)
        selectors, (start_ms, end_ms) = params.selectors(required=True), _range(params, clock)
        found = await in_thread(
            lambda: {one for matchers in selectors for one in samples.series(matchers, start_ms, end_ms)}
        )
        return success([dict(labels) for labels in sorted(found)])

    @routes.api_route("/labels", methods=["GET", "POST"])
    async def labels(request: Request) -> Response:
        """Name the labels of the series that match."""
        params = await Params.of(request)
        selectors, (start_ms, end_ms) = params.selectors(required=False) or [[]], _range(params, clock)
        found = await in_thread(
            lambda: {one for matchers in selectors for one in samples.label_names(matchers, start_ms, end_ms)}
        )
        return success(sorted(found))

    @routes.get("/label/{name}/values")
    async def label_values(name: str, request: Request) -> Response:
        """Name the values of a label among the series that match."""
        params = await Params.of(request)
        selectors, (start_ms, end_ms) = params.selectors(required=False) or [[]], _range(params, clock)
        found = await in_thread(
            lambda: {one for matchers in selectors for one in samples.label_values(name, matchers, start_ms, end_ms)}
        )
        return success(sorted(found))

    @routes.get("/status/buildinfo")
    async def build_info() -> Response:
        """Say what this is; Grafana reads the version to know what it may ask."""
        # The engine speaks PromQL as of Prometheus 3.5, which is what clients want to know.
        return success({"version": "3.5.0", "revision": f"deskwatch {version('deskwatch')}", "branch": "deskwatch"})

    return routes


def _range(params: Params, clock: Clock) -> tuple[int, int]:
    end_ms = params.time_ms("end", clock.now_ms())
    return params.time_ms("start", 0), end_ms
