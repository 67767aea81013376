"""Check the records that the client in the bot sends.

Way:     POST /api/ingest/records -> [records] -> state (fills, guard), supervise (heartbeat), logs.
Source:  the client writes them (client/link.py); money is decimal text, so that no float rounds it.
Time:    ``ts_ms`` is the bot's wall clock; ``market_ts_ms`` the market's, which differs in a replay.

A bad record is counted by its reason and skipped; its neighbours are taken. A key that is not known is
ignored, so that a newer client may talk to an older server.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

import orjson
from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

MAX_BODY_BYTES: Final = 1024 * 1024  # twice the client's batch of 500 records of at most 1 KiB
MAX_RECORDS: Final = 1_000
MAX_DEPTH: Final = 8  # body, records, record, fields and four levels within; reliability section 4 caps at 16
MAX_TEXT_CHARS: Final = 16 * 1024  # the longest log line that is kept
_YEAR_2100_MS: Final = 4_102_444_800_000


class RecordReason(StrEnum):
    """Why a record, or all of a body, was not taken."""

    BODY_TOO_LARGE = "body_too_large"
    NOT_JSON = "not_json"
    TOO_MANY = "too_many"
    TOO_DEEP = "too_deep"
    UNKNOWN_KIND = "unknown_kind"
    INVALID = "invalid"


def _number_or_nan(value: object) -> object:
    return float("nan") if value is None else value  # JSON has no NaN; the client writes null


TimestampMs = Annotated[int, Field(strict=True, ge=0, lt=_YEAR_2100_MS)]
Name = Annotated[str, Field(max_length=200)]
Text = Annotated[str, Field(max_length=MAX_TEXT_CHARS)]
Money = Annotated[Decimal, Field(max_digits=40)]
Number = Annotated[float, BeforeValidator(_number_or_nan)]


@dataclass(frozen=True, slots=True)
class Hello:
    """The bot's client has started."""

    ts_ms: TimestampMs
    pid: Annotated[int, Field(strict=True, gt=0)]
    metrics_url: Annotated[str, Field(max_length=2000)] | None = None
    build: Name | None = None
    python: Name = ""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The bot's loop runs."""

    ts_ms: TimestampMs


@dataclass(frozen=True, slots=True)
class Fill:
    """A part of an order was executed (FIX 150=F).

    Attributes:
        ts_ms: When the bot recorded it.
        id: Names the fill; the same twice is one fill.
        symbol: FIX 55.
        side: FIX 54.
        quantity: FIX 32, in units of the symbol, positive.
        price: FIX 31, in ``currency``.
        fee: What was paid, in ``currency``; negative is a rebate.
        currency: FIX 15.
        strategy: Whose it is.
        order_id: FIX 37, where known.
        market_ts_ms: FIX 60, where known.
        position_after: The signed position in the symbol after it.
        realized_pnl: What it realized, in ``currency``.
    """

    ts_ms: TimestampMs
    id: Annotated[str, Field(min_length=1, max_length=64)]
    symbol: Annotated[str, Field(min_length=1, max_length=200)]
    side: Literal["BUY", "SELL"]
    quantity: Annotated[Money, Field(gt=0)]
    price: Money
    fee: Money
    currency: Name
    strategy: Name
    position_after: Money
    realized_pnl: Money
    order_id: Name | None = None
    market_ts_ms: TimestampMs | None = None


@dataclass(frozen=True, slots=True)
class GuardChange:
    """The guard in the bot was started, warned, tripped or was reset, or answers a command.

    Attributes:
        ts_ms: When.
        state: What it lets through now.
        change: What happened.
        limit: Which limit it was.
        reason: Why, in words; of an answer, what became of the command.
        value: What was measured.
        threshold: What was allowed.
        epoch: How often it was reset.
        strategy: Whose guard.
        nonce: The command that this answers, if it answers one.
        on_disk: Whether its latch outlives the process.
    """

    ts_ms: TimestampMs
    state: Literal["ACTIVE", "REDUCING", "HALTED"]
    change: Literal["started", "warned", "tripped", "reset", "obeyed", "refused"]
    limit: Name
    reason: Text
    value: Number
    threshold: Number
    epoch: Annotated[int, Field(strict=True, ge=0)]
    strategy: Name = ""
    nonce: Name = ""
    on_disk: bool = False


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line that the bot logged without its output being captured."""

    ts_ms: TimestampMs
    level: Name
    message: Text
    logger: Name = ""
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RaisedAlert:
    """The bot's own code raised an alert.

    Attributes:
        ts_ms: When the bot raised it, the last time.
        id: Names the record; the same twice is one.
        severity: How urgent it is.
        title: What happened; it names the alert.
        message: What to know.
        component: The part of the bot's system.
        times: How often it was raised since it was last told.
        details: Figures and ids.
    """

    ts_ms: TimestampMs
    id: Annotated[str, Field(min_length=1, max_length=64)]
    severity: Literal["critical", "high", "medium", "info"]
    title: Annotated[str, Field(min_length=1, max_length=200)]
    message: Text = ""
    component: Name = ""
    times: Annotated[int, Field(strict=True, gt=0)] = 1
    details: dict[Name, Text] = field(default_factory=dict)


Record = Hello | Heartbeat | Fill | GuardChange | LogLine | RaisedAlert


@dataclass(frozen=True, slots=True)
class RecordBatch:
    """What one body held.

    Attributes:
        bot: Who sent it; empty if the body said nothing usable.
        records: Those that may be used, in order.
        rejected: How many were not taken, by reason.
        refused: Why the whole body was refused, or None.
    """

    bot: str
    records: tuple[Record, ...]
    rejected: Mapping[RecordReason, int]
    refused: RecordReason | None = None


_ADAPTERS: Final[dict[str, TypeAdapter[Any]]] = {
    "hello": TypeAdapter(Hello),
    "heartbeat": TypeAdapter(Heartbeat),
    "fill": TypeAdapter(Fill),
    "guard": TypeAdapter(GuardChange),
    "log": TypeAdapter(LogLine),
    "alert": TypeAdapter(RaisedAlert),
}


def read_records(body: bytes) -> RecordBatch:
    """Return what a body holds; whatever it is, nothing is raised."""
    if len(body) > MAX_BODY_BYTES:
        return _refused(RecordReason.BODY_TOO_LARGE)
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _refused(RecordReason.NOT_JSON)
    if not _is_envelope(message):
        return _refused(RecordReason.INVALID)
    rejected: Counter[RecordReason] = Counter()
    surplus = len(message["records"]) - MAX_RECORDS
    if surplus > 0:
        rejected[RecordReason.TOO_MANY] = surplus
    records = tuple(_read_each(message["records"][:MAX_RECORDS], rejected))
    return RecordBatch(message["bot"], records, rejected)


def _is_envelope(message: object) -> bool:
    return (
        isinstance(message, dict)
        and isinstance(message.get("bot"), str)
        and 0 < len(message["bot"]) <= 200
        and isinstance(message.get("records"), list)
    )


def _refused(reason: RecordReason) -> RecordBatch:
    return RecordBatch("", (), {reason: 1}, reason)


def _read_each(records: list[object], rejected: Counter[RecordReason]) -> Iterator[Record]:
    for raw in records:
        result = _read_one(raw)
        if isinstance(result, RecordReason):
            rejected[result] += 1
        else:
            yield result


def _read_one(raw: object) -> Record | RecordReason:
    if not isinstance(raw, dict):
        return RecordReason.INVALID
    adapter = _ADAPTERS.get(str(raw.get("kind")))
    if adapter is None:
        return RecordReason.UNKNOWN_KIND
    if _is_deeper(raw, MAX_DEPTH - 2):
        return RecordReason.TOO_DEEP
    try:
        record: Record = adapter.validate_python({key: value for key, value in raw.items() if key != "kind"})
    except ValidationError:
        return RecordReason.INVALID
    return record


def _is_deeper(value: object, levels: int) -> bool:
    if not isinstance(value, (dict, list)):
        return False
    if levels == 0:
        return True
    children = value.values() if isinstance(value, dict) else value
    return any(_is_deeper(child, levels - 1) for child in children)
