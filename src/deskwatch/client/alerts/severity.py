"""How urgent an alert is."""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import Final

from deskwatch.client import untrusted


class Severity(StrEnum):
    """The value is the label ``severity``; P0, P1 and P2 are other names of the first three."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    INFO = "info"


_BY_NAME: Final = {"P0": Severity.CRITICAL, "P1": Severity.HIGH, "P2": Severity.MEDIUM} | {
    severity.name: severity for severity in Severity
}


def severity_named(value: object) -> Severity | None:
    """Return the severity of that name, in whatever case; ``None`` if there is none.

    An enum of the bot's own is taken by its value: its text would be ``AlertSeverity.CRITICAL``.
    """
    text = untrusted.text(value.value if isinstance(value, Enum) else value, max_chars=20)
    return _BY_NAME.get((text or "").upper())
