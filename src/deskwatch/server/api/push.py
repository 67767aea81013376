"""What bots and jobs send: the records of the client, and Pushgateway's paths.

Way:     HTTP -> [push] -> ingest -> storage; a pushed sample wakes the rules that read it.
Source:  https://github.com/prometheus/pushgateway#api
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from deskwatch.errors import ParseError, ScrapeError, ScrapeReason, StorageError
from deskwatch.model import Clock, Scrape
from deskwatch.server.api.body import BodyTooLargeError, read_body
from deskwatch.server.ingest import GuardCommands, PushGroups, RecordReason, parse_grouping_key, read_records
from deskwatch.server.ingest.records import MAX_BODY_BYTES as MAX_RECORDS_BYTES
from deskwatch.server.ingest.sink import RecordSink

_log = logging.getLogger("deskwatch")

RECORDS_PATH: Final = "/api/ingest/records"
MAX_PUSH_BYTES: Final = 16 * 1024 * 1024  # reliability section 1: as for a scrape

_STATUS_OF_REFUSAL: Final = {RecordReason.BODY_TOO_LARGE: 413, RecordReason.NOT_JSON: 400, RecordReason.INVALID: 400}


def records_router(sink: RecordSink, commands: GuardCommands, token: str) -> APIRouter:
    """Return the route that the client in a bot sends to.

    Args:
        sink: Takes the records up.
        commands: What the bot is to hear in the answer.
        token: What ``deskwatch run`` gave to the bot; nobody else may speak for it.
    """
    routes = APIRouter(tags=["push"])

    @routes.post(RECORDS_PATH)
    async def records(request: Request) -> Response:
        """Take records; 204 says that what must be durable is, 200 that too, and what the guards are to do."""
        if not hmac.compare_digest(request.headers.get("authorization", ""), f"Bearer {token}"):
            return PlainTextResponse("the token is missing or wrong", 401)
        try:
            batch = read_records(await read_body(request, MAX_RECORDS_BYTES))
            await sink.take(batch)
        except BodyTooLargeError:
            return PlainTextResponse(f"at most {MAX_RECORDS_BYTES} bytes", 413)
        except StorageError as error:
            return PlainTextResponse(str(error), 507)
        if batch.refused is not None:
            return PlainTextResponse(f"refused: {batch.refused}", _STATUS_OF_REFUSAL[batch.refused])
        body = await _commands(commands, batch.bot)
        return Response(body, 200, media_type="application/json") if body else Response(status_code=204)

    return routes


async def _commands(commands: GuardCommands, bot: str) -> bytes:
    try:
        return await commands.due(bot)
    except StorageError as error:  # the records were taken all the same; the next answer carries it
        _log.warning("commands to %s wait: %s", bot, error)
        return b""


def push_router(groups: PushGroups, pushed: Callable[[Scrape], None], clock: Clock) -> APIRouter:
    """Return Pushgateway's routes.

    Args:
        groups: Keeps what each group pushed.
        pushed: Takes the samples.
        clock: Stamps them.
    """
    routes = APIRouter(tags=["push"])

    @routes.api_route("/metrics/{key:path}", methods=["PUT", "POST", "DELETE"])
    async def push(key: str, request: Request) -> Response:
        """Replace a group (PUT), the metrics of the same names in it (POST), or remove it (DELETE)."""
        try:
            labels = parse_grouping_key(key)
            if request.method == "DELETE":
                gone = groups.delete(labels, clock.now_ms())
                if gone is not None:
                    pushed(gone)
                return Response(status_code=202)
            body = await read_body(request, MAX_PUSH_BYTES)
            pushed(groups.push(labels, body, clock.now_ms(), replace_group=request.method == "PUT"))
        except BodyTooLargeError:
            return PlainTextResponse(f"at most {MAX_PUSH_BYTES} bytes", 413)
        except ParseError as error:
            return PlainTextResponse(str(error), 400)
        except ScrapeError as error:
            return PlainTextResponse(str(error), 413 if error.reason is ScrapeReason.BODY_TOO_LARGE else 400)
        return Response(status_code=200)

    return routes
