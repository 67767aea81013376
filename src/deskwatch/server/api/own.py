"""What deskwatch says of itself: its own metrics, whether it is alive, whether it is ready."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.responses import PlainTextResponse, Response


def router(registry: CollectorRegistry, is_ready: Callable[[], bool]) -> APIRouter:
    """Return the routes that Prometheus and load balancers ask.

    Args:
        registry: Where every stage counts itself.
        is_ready: Whether the state is open and the rules run.
    """
    routes = APIRouter(tags=["own"])

    @routes.get("/metrics")
    async def metrics() -> Response:
        """Show the server's own metrics."""
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    @routes.get("/-/healthy")
    async def healthy() -> Response:
        """Say that the event loop answers."""
        return PlainTextResponse("deskwatch is healthy.\n")

    @routes.get("/-/ready")
    async def ready() -> Response:
        """Say whether alerts would be delivered now."""
        if is_ready():
            return PlainTextResponse("deskwatch is ready.\n")
        return PlainTextResponse("deskwatch is starting.\n", 503)

    return routes
