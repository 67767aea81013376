"""``/api/v1/targets`` in Prometheus's shape, with the closed reason of a scrape that failed.

Source:  https://prometheus.io/docs/prometheus/latest/querying/api/#targets
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fastapi import APIRouter
from starlette.responses import Response

from deskwatch.model import format_duration_ms
from deskwatch.server.api.answer import success
from deskwatch.server.api.rules import rfc3339
from deskwatch.server.scrape import TargetState


def router(targets: Callable[[], Sequence[TargetState]]) -> APIRouter:
    """Return the route that shows every target."""
    routes = APIRouter(prefix="/api/v1", tags=["prometheus"])

    @routes.get("/targets")
    async def all_targets() -> Response:
        """Show how the last scrape of each target ended."""
        return success({"activeTargets": [_target(state) for state in targets()], "droppedTargets": []})

    return routes


def _target(state: TargetState) -> dict[str, object]:
    target = state.target
    return {
        "discoveredLabels": {"__address__": target.url},
        "labels": dict(target.target_labels),
        "scrapePool": target.job,
        "scrapeUrl": target.url,
        "globalUrl": target.url,
        "lastError": state.error,
        "reason": state.reason,
        "lastScrape": rfc3339(state.last_scrape_ms or 0),
        "lastScrapeDuration": state.last_duration_seconds,
        "health": str(state.health),
        "scrapeInterval": format_duration_ms(target.interval_ms),
        "scrapeTimeout": format_duration_ms(target.timeout_ms),
    }
