"""Put the routes together into one application."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from deskwatch.errors import DeskwatchError
from deskwatch.model import Clock, Scrape
from deskwatch.server.api import desk, guards, own, prometheus, push, rules, targets
from deskwatch.server.api.answer import of_error
from deskwatch.server.desk import Overview
from deskwatch.server.ingest import GuardCommands, PushGroups, RecordSink
from deskwatch.server.logs import LogBook
from deskwatch.server.promql import Engine
from deskwatch.server.rules import RuleManager
from deskwatch.server.scrape import Scraper
from deskwatch.server.storage.samples import SampleStore
from deskwatch.server.storage.state import StateStore


@dataclass(frozen=True, slots=True)
class Parts:
    """The stages that the routes ask.

    Attributes:
        clock: The time.
        registry: The server's own metrics.
        engine: Answers expressions.
        samples: Names series and labels.
        store: The state.
        manager: The rules.
        scraper: The targets.
        overview: The desk.
        logs: The bots' lines.
        sink: Takes the records of bots.
        commands: What guards are to do.
        token: What bots show.
        groups: What was pushed.
        pushed: Takes pushed samples.
        is_ready: Whether alerts would be delivered now.
    """

    clock: Clock
    registry: CollectorRegistry
    engine: Engine
    samples: SampleStore
    store: StateStore
    manager: RuleManager
    scraper: Scraper
    overview: Overview
    logs: LogBook
    sink: RecordSink
    commands: GuardCommands
    token: str
    groups: PushGroups
    pushed: Callable[[Scrape], None]
    is_ready: Callable[[], bool]


def build_app(parts: Parts) -> FastAPI:
    """Return the application with all routes of the API; the pages are added by ``ui.mount``."""
    # The interactive docs of FastAPI load scripts from elsewhere, and no request leaves the machine.
    app = FastAPI(title="deskwatch", version=version("deskwatch"), docs_url=None, redoc_url=None)
    app.add_exception_handler(DeskwatchError, of_error)
    app.include_router(own.router(parts.registry, parts.is_ready))
    app.include_router(prometheus.router(parts.engine, parts.samples, parts.clock))
    app.include_router(rules.router(parts.manager))
    app.include_router(targets.router(parts.scraper.targets))
    app.include_router(desk.router(parts.overview, parts.logs, parts.store))
    app.include_router(desk.incidents_router(parts.store, parts.clock))
    app.include_router(desk.runbooks_router())
    app.include_router(guards.router(parts.commands))
    app.include_router(push.records_router(parts.sink, parts.commands, parts.token))
    app.include_router(push.push_router(parts.groups, parts.pushed, parts.clock))
    return app
