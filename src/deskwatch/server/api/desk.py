"""What the pages read: the desk, log lines, the journal, and the dashboards. Anybody may read it with curl."""

from __future__ import annotations

from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import PlainTextResponse, Response

from deskwatch.catalog.files import dashboard_names, dashboard_text, runbook_names, runbook_text
from deskwatch.errors import ActionError
from deskwatch.model import Clock, Event
from deskwatch.server.alerting import acknowledge
from deskwatch.server.api.answer import failure, plain_json
from deskwatch.server.desk import Overview
from deskwatch.server.logs import Line, LogBook
from deskwatch.server.storage.state import StateStore, journal

MAX_LIMIT: Final = 1_000

After = Annotated[int, Query(ge=0, description="Only what is newer than this id.")]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="At most so many.")]


def router(overview: Overview, logs: LogBook, store: StateStore) -> APIRouter:
    """Return the routes that the pages read."""
    routes = APIRouter(prefix="/api", tags=["desk"])

    @routes.get("/desk")
    async def desk() -> Response:
        """Show every bot and every alert at a glance."""
        return plain_json(await overview.json())

    @routes.get("/logs")
    async def log_lines(bot: str = "", after: After = 0, limit: Limit = 200) -> Response:
        """Show the newest log lines of one bot, or of all."""
        lines = logs.tail(bot, after, limit)
        return plain_json({"lines": [_line(line) for line in lines], "last_id": lines[-1].id if lines else after})

    @routes.get("/events")
    async def events(after: After = 0, limit: Limit = 100) -> Response:
        """Show the journal: the newest first page, then whatever is newer."""
        found = await store.read(
            lambda conn: journal.read(conn, after, limit) if after else journal.newest(conn, limit)
        )
        return plain_json({"events": [event_json(one) for one in found], "last_id": found[-1].id if found else after})

    @routes.get("/dashboards")
    async def dashboards() -> Response:
        """Name the dashboards."""
        found = {name: orjson.loads(dashboard_text(name)) for name in dashboard_names()}
        return plain_json({"dashboards": [{"uid": name, "title": board["title"]} for name, board in found.items()]})

    @routes.get("/dashboards/{uid}")
    async def dashboard(uid: str) -> Response:
        """Return one dashboard, as Grafana imports it."""
        if uid not in dashboard_names():
            return failure("not_found", f"no dashboard {uid!r}; there are {', '.join(dashboard_names())}", 404)
        return Response(dashboard_text(uid), media_type="application/json")

    return routes


class Acknowledgement(BaseModel):
    """Who answers."""

    model_config = ConfigDict(extra="forbid")

    by: str = Field(min_length=1, max_length=200, description="Your name, for the others to see.")


def incidents_router(store: StateStore, clock: Clock) -> APIRouter:
    """Return the route by which a person answers."""
    routes = APIRouter(prefix="/api/incidents", tags=["desk"])

    @routes.post("/{incident_id}/acknowledge")
    async def acknowledge_incident(incident_id: int, answer: Acknowledgement) -> Response:
        """Say that somebody is on it: the incident is not repeated while it stays as it is."""
        try:
            incident = await acknowledge(store, incident_id, answer.by, clock.now_ms())
        except ActionError as error:
            return failure("not_found", str(error), 404)
        return plain_json(
            {
                "id": incident.id,
                "title": incident.title,
                "state": str(incident.state),
                "acknowledged_by": incident.acknowledged_by,
                "acknowledged_at_ms": incident.acknowledged_at_ms,
            }
        )

    return routes


def runbooks_router() -> APIRouter:
    """Return the route to which the messages' runbook links lead."""
    routes = APIRouter(tags=["desk"])

    @routes.get("/runbooks/{name}.md")
    async def runbook(name: str) -> Response:
        """Say what to do about an alert."""
        if name not in runbook_names():
            return failure("not_found", f"no runbook {name!r}; there are {', '.join(runbook_names())}", 404)
        return PlainTextResponse(runbook_text(name))

    return routes


def event_json(event: Event) -> dict[str, object]:
    """Return an event as JSON values."""
    return {
        "id": event.id,
        "ts_ms": event.ts_ms,
        "kind": str(event.kind),
        "bot": event.bot,
        "subject": event.subject,
        "detail": dict(event.detail),
    }


def _line(line: Line) -> dict[str, object]:
    return {"id": line.id, "ts_ms": line.ts_ms, "bot": line.bot, "level": str(line.level), "text": line.text}
