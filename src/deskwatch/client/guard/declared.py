"""Refuse what cannot be meant when a limit is declared; after that nothing raises."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from deskwatch.client.guard.state import GuardState

MAX_COUNT: Final = 10_000
"""Most orders that a limit may count: the length of the client's queues (DESIGN, "Inside the bot")."""

MAX_LOOKS: Final = 64
"""Most values that a confirmation may look back on; they are the bits of one word."""


@dataclass(frozen=True, slots=True)
class Confirm:
    """How many of the last values must be beyond a limit before it trips: a single bad tick then stops nothing.

    Only for values that were read, such as an equity; a count is a fact and needs none. NaN is not confirmed either:
    it trips, or refuses, at once.

    Args:
        needed: So many must be beyond.
        of: Of so many that were read last, 64 at most.

    Raises:
        ValueError: The two do not fit together.
    """

    needed: int
    of: int

    def __post_init__(self) -> None:
        whole = type(self.needed) is int and type(self.of) is int
        if not whole or not 1 <= self.needed <= self.of <= MAX_LOOKS:
            raise ValueError(
                f"Confirm takes whole numbers such as 2 of 3, up to {MAX_LOOKS}, was {self.needed!r} of {self.of!r}"
            )


AT_ONCE: Final = Confirm(1, 1)
"""The first value that is beyond the limit trips it."""


def check_number(what: str, value: object, highest: float = math.inf) -> None:
    """Raise ``ValueError`` unless the value is a number above 0 and at most ``highest``, and finite."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not 0 < value <= highest or not math.isfinite(value):  # type: ignore[operator, arg-type]
        right = f"above 0, up to {highest:g}" if math.isfinite(highest) else "above 0"
        raise ValueError(f"{what} must be a number {right}, was {value!r}")


def check_count(what: str, value: object) -> None:
    """Raise ``ValueError`` unless the value is a whole number of 1 to ``MAX_COUNT``."""
    if type(value) is not int or not 1 <= value <= MAX_COUNT:
        raise ValueError(f"{what} must be a whole number of 1 to {MAX_COUNT}, was {value!r}")


def check_either(limit: str, ratio: object, amount: object, highest_ratio: float = 1.0) -> None:
    """Raise ``ValueError`` unless exactly one of the two was given, and is in range."""
    if (ratio is None) == (amount is None):
        raise ValueError(f"{limit} takes either ratio or amount, was {ratio!r} and {amount!r}")
    if ratio is not None:
        check_number(f"{limit}.ratio", ratio, highest_ratio)
    if amount is not None:
        check_number(f"{limit}.amount", amount)


def check_then(limit: str, then: object, *, may_refuse_only: bool = False) -> None:
    """Raise ``ValueError`` unless ``then`` is a state that a limit may lead to."""
    if then in (GuardState.REDUCING, GuardState.HALTED) or (may_refuse_only and then is None):
        return
    right = "REDUCING, HALTED or None" if may_refuse_only else "REDUCING or HALTED"
    raise ValueError(f"{limit} must lead to {right}, was {then!r}")


def check_name(what: str, value: object) -> None:
    """Raise ``ValueError`` unless the value is a text that is not empty."""
    if not isinstance(value, str) or not value:
        raise ValueError(f"{what} must be a text such as 'BTC', was {value!r}")


def check_once(what: str, names: Sequence[str]) -> None:
    """Raise ``ValueError`` if a name is there twice."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"each {what} is given once, {', '.join(twice)} was given twice")


def check_confirm(limit: str, confirm: object) -> None:
    """Raise ``ValueError`` unless it is a ``Confirm``."""
    if not isinstance(confirm, Confirm):
        raise ValueError(  # noqa: TRY004  (every wrong declaration is a ValueError)
            f"{limit} must be a Confirm such as Confirm(2, 3), was {confirm!r}"
        )
