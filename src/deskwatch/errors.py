"""Every error that deskwatch raises on purpose.

    DeskwatchError
    ├── ConfigError(message, file, line, key)       a setting that cannot be used
    │   ├── ConfigFileError(errors)                 all that cannot be used in one file
    │   └── CommandError(message, exit_status)      a command that cannot be started
    ├── ParseError(message, position)               an expression or exposition that cannot be read
    ├── QueryError(message, reason)                 a query that cannot be answered
    ├── ScrapeError(message, reason)                a target that could not be read
    ├── StorageError(message, reason)               samples or state that could not be kept
    ├── DeliveryError(message, reason, retryable, retry_after_seconds)
    ├── ActionError(message)                        a deed that was refused or failed
    ├── OrderRefusedError(answer, symbol)           an order that the guard did not let out
    └── MissingExtraError(extra, feature)           an optional part that is not installed

Each text says what, where, the value, and what would be right. ``reason`` is a closed enum: its value is the
metric label, the log field and the anchor in the docs (docs/reference/reasons.md).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class ScrapeReason(StrEnum):
    """Why a scrape produced no samples."""

    REFUSED = "refused"
    TIMEOUT = "timeout"
    HTTP_STATUS = "http_status"
    BODY_TOO_LARGE = "body_too_large"
    SAMPLE_LIMIT = "sample_limit"
    LABEL_LIMIT = "label_limit"
    NOT_EXPOSITION = "not_exposition"
    NETWORK = "network"


class QueryReason(StrEnum):
    """Why a query was not answered; the value is Prometheus's ``errorType``.

    Source: https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview
    """

    BAD_DATA = "bad_data"
    EXECUTION = "execution"
    TIMEOUT = "timeout"
    UNSUPPORTED = "unsupported"


class StorageReason(StrEnum):
    """Why something could not be kept or read."""

    DAMAGED = "damaged"
    LOCKED = "locked"
    DISK = "disk"
    SCHEMA = "schema"


class DeliveryReason(StrEnum):
    """Why a channel did not take a notification."""

    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    REJECTED = "rejected"
    UNAUTHORIZED = "unauthorized"
    TIMEOUT = "timeout"
    NETWORK = "network"
    TLS = "tls"
    INTERNAL = "internal"


class DeskwatchError(Exception):
    """Base of all errors of deskwatch."""


class ConfigError(DeskwatchError):
    """A setting that cannot be used.

    Args:
        message: What is wrong, the value, and what would be right.
        file: The file that holds the setting.
        line: Its line, counted from 1, where known.
        key: The dotted key, such as ``alerting.route.group_wait``.
    """

    def __init__(self, message: str, *, file: Path | str | None = None, line: int | None = None, key: str = "") -> None:
        self.message = message
        self.file = str(file) if file is not None else None
        self.line = line
        self.key = key
        super().__init__(str(self))

    def __str__(self) -> str:
        """Return ``file:line: key: message`` with the parts that are known."""
        place = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        return ": ".join(part for part in (place, self.key, self.message) if part)


class ConfigFileError(ConfigError):
    """Everything in one file that cannot be used, told at once.

    Args:
        errors: The faults, at least one, in the order of their lines.
    """

    def __init__(self, errors: Sequence[ConfigError]) -> None:
        self.errors = tuple(errors)
        first = self.errors[0]
        super().__init__(first.message, file=first.file, line=first.line, key=first.key)

    def __str__(self) -> str:
        """Return one line for each fault."""
        return "\n".join(str(error) for error in self.errors)


class CommandError(ConfigError):
    """A command that cannot be started.

    Args:
        message: What is wrong with it.
        exit_status: 127 when it does not exist, 126 when it may not be executed, as a shell says it.

    Source: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_08_02
    """

    def __init__(self, message: str, *, exit_status: int) -> None:
        self.exit_status = exit_status
        super().__init__(message, key="COMMAND")


class ParseError(DeskwatchError):
    """An expression or an exposition that cannot be read.

    Args:
        message: What was found and what was expected.
        position: Offset in characters (expressions) or line from 1 (expositions).
    """

    def __init__(self, message: str, *, position: int | None = None) -> None:
        self.position = position
        super().__init__(message)


class QueryError(DeskwatchError):
    """A query that cannot be answered, never one answered wrongly."""

    def __init__(self, message: str, *, reason: QueryReason = QueryReason.EXECUTION) -> None:
        self.reason = reason
        super().__init__(message)


class ScrapeError(DeskwatchError):
    """A target that could not be read."""

    def __init__(self, message: str, *, reason: ScrapeReason) -> None:
        self.reason = reason
        super().__init__(message)


class StorageError(DeskwatchError):
    """Samples or state that could not be kept or read."""

    def __init__(self, message: str, *, reason: StorageReason) -> None:
        self.reason = reason
        super().__init__(message)


class DeliveryError(DeskwatchError):
    """A notification that a channel did not take.

    Args:
        message: What the service said, without secrets.
        reason: The closed reason.
        retryable: Whether sending the same again later may succeed.
        retry_after_seconds: What the service asked to wait, where it did.
        maybe_delivered: Whether the service may have taken it all the same, as after a lost answer.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: DeliveryReason,
        retryable: bool,
        retry_after_seconds: float | None = None,
        maybe_delivered: bool = False,
    ) -> None:
        self.reason = reason
        self.retryable = retryable
        self.retry_after_seconds = retry_after_seconds
        self.maybe_delivered = maybe_delivered
        super().__init__(message)


class ActionError(DeskwatchError):
    """A deed that was refused or failed."""


class OrderRefusedError(DeskwatchError):
    """An order that the guard did not let out, where the bot asked for that: nothing was sent.

    Args:
        answer: The guard's closed answer, such as ``halted`` (``deskwatch.Allowed``).
        symbol: What the order was for.
    """

    def __init__(self, answer: str, symbol: str) -> None:
        self.answer = answer
        self.symbol = symbol
        super().__init__(f"the guard refused an order for {symbol}: {answer}; nothing was sent")


class MissingExtraError(DeskwatchError):
    """An optional part that is not installed.

    Args:
        extra: The extra of the package that brings it.
        feature: What the user asked for.
        install: What to install instead, where a licence keeps it out of the extras.
    """

    def __init__(self, extra: str, feature: str, *, install: str | None = None) -> None:
        self.extra = extra
        wanted = install if install is not None else f"'deskwatch[{extra}]'"
        super().__init__(f"{feature} needs an optional part: pip install {wanted}")
