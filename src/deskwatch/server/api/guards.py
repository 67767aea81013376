"""Tighten a guard in a bot, and see where the guards stand. Nothing here loosens one."""

from __future__ import annotations

from typing import Final, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from deskwatch.errors import ActionError
from deskwatch.server.api.answer import failure, plain_json
from deskwatch.server.api.body import BodyTooLargeError, read_body
from deskwatch.server.ingest import GuardCommands
from deskwatch.server.ingest.guard_memory import MAX_REASON_CHARS
from deskwatch.server.storage.state import GuardCommand, GuardStateRow

MAX_BODY_BYTES: Final = 8 * 1024  # three texts of 200 characters, however they are escaped


class Tightening(BaseModel):
    """What guards of a bot are to be at least."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["REDUCING", "HALTED"] = Field(description="REDUCING lets exits through, HALTED only cancels.")
    reason: str = Field(min_length=1, max_length=MAX_REASON_CHARS, description="Why; kept in the latch.")
    strategy: str | None = Field(default=None, max_length=200, description="Which guard; each of the bot without one.")
    by: str = Field(default="a person", min_length=1, max_length=200, description="Your name, for the others to see.")


def router(commands: GuardCommands) -> APIRouter:
    """Return the routes of the guards."""
    routes = APIRouter(prefix="/api/bots", tags=["guard"])

    @routes.post("/{bot}/guard")
    async def tighten(bot: str, request: Request) -> Response:
        """Keep a command to the bot's guards; it goes out with the answer to the bot's next records."""
        try:
            wanted = Tightening.model_validate_json(await read_body(request, MAX_BODY_BYTES))
            kept = await commands.issue(bot, wanted.strategy, wanted.state, wanted.reason, wanted.by)
        except BodyTooLargeError:
            return failure("bad_data", f"at most {MAX_BODY_BYTES} bytes", 413)
        except ValidationError as error:
            return failure("bad_data", _faults(error), 422)
        except ActionError as error:
            return failure("not_found", str(error), 404)
        return plain_json({"commands": [_command(one) for one in kept]})

    @routes.get("/{bot}/guard")
    async def guards(bot: str) -> Response:
        """Show where the bot's guards stand, and what became of the newest commands."""
        standing, newest = await commands.of_bot(bot)
        return plain_json({"guards": [_guard(one) for one in standing], "commands": [_command(one) for one in newest]})

    return routes


def _faults(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, one['loc'])) or 'body'}: {one['msg']}" for one in error.errors())


def _command(one: GuardCommand) -> dict[str, object]:
    return {
        "nonce": one.nonce,
        "strategy": one.strategy,
        "state": one.state,
        "epoch": one.epoch,
        "reason": one.reason,
        "by": one.by,
        "created_at_ms": one.created_at_ms,
        "answered_at_ms": one.answered_at_ms,
        "result": one.result,
    }


def _guard(one: GuardStateRow) -> dict[str, object]:
    return {
        "strategy": one.strategy,
        "state": one.state,
        "epoch": one.epoch,
        "limit": one.limit,
        "reason": one.reason,
        "ts_ms": one.ts_ms,
    }
