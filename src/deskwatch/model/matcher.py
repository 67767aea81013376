"""A condition on one label, as in ``{job=~"bot-.*"}``; ``server.matching`` compiles it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MatchOp(StrEnum):
    """How a label is compared."""

    EQUAL = "="
    NOT_EQUAL = "!="
    REGEX = "=~"
    NOT_REGEX = "!~"


@dataclass(frozen=True, slots=True)
class Matcher:
    """A condition on one label; an absent label counts as the empty value."""

    name: str
    op: MatchOp
    value: str

    def __str__(self) -> str:
        """Return the condition as Prometheus writes it."""
        escaped = self.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self.name}{self.op}"{escaped}"'
