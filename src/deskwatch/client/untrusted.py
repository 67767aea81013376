"""Take what a strategy hands over, whatever it is, without ever raising.

Way:     a recording call → [untrusted] → a plain float, Decimal or str, or ``None`` for what cannot be used.
"""

from __future__ import annotations

import math
from decimal import Decimal

Amount = Decimal | float | str
"""What may be given for a price, a quantity or money; a str is how many venues spell them."""

MAX_TEXT_CHARS = 1024
"""Longest label value kept: the limit that the server sets to a label value (server/scrape)."""

MAX_MONEY_EXPONENT = 30
"""Amounts from 1e30 up are refused; 1e30 is far above the money of the world in any currency's smallest unit."""

MAX_NAME_CHARS = 200
"""Longest symbol, strategy or order id that the server takes in a record (server/ingest/records.py)."""

MAX_NUMBER_CHARS = 64
"""Longest numeric text read: two amounts of 30 digits would fit."""

MAX_UNIX_SECONDS = 4_102_444_800.0
"""The year 2100, as the server has it (server/ingest/records.py); a time in milliseconds lies beyond it."""


def number(value: object) -> float | None:
    """Return the value as a float, which may be NaN or infinite; text is no number."""
    if type(value) is float:
        return value
    try:
        if isinstance(value, (str, bytes, bytearray)):
            return None
        return float(value)  # type: ignore[arg-type]
    except Exception:  # noqa: BLE001  (a hostile __float__ may raise anything, and the bot must go on)
        return None


def finite(value: object) -> float | None:
    """Return the value as a finite float."""
    plain = number(value)
    return plain if plain is not None and math.isfinite(plain) else None


def unix_seconds(value: object) -> float | None:
    """Return a time since the Unix epoch, in seconds, if it lies before the year 2100."""
    plain = number(value)
    return plain if plain is not None and 0.0 <= plain < MAX_UNIX_SECONDS else None


def money(value: object) -> Decimal | None:
    """Return a price, quantity or amount, exactly; a float counts as the shortest text that names it."""
    try:
        if type(value) is float and 1e-9 < value < 1e15:  # the tick's way: nothing else needs to be asked
            return Decimal(repr(value))
        amount = _decimal(value)
        if amount.is_finite() and (not amount or -MAX_MONEY_EXPONENT <= amount.adjusted() < MAX_MONEY_EXPONENT):
            return amount
    except Exception:  # noqa: BLE001  (as above; also decimal's own signals under the bot's own traps)
        return None
    return None


def _decimal(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return Decimal(value)
    if type(value) is str and len(value) <= MAX_NUMBER_CHARS:
        return Decimal(value)
    if type(value) is int and value.bit_length() < 128:
        return Decimal(value)
    return Decimal(repr(number(value)))


def text(value: object, max_chars: int = MAX_TEXT_CHARS) -> str | None:
    """Return the value as text that UTF-8 can carry, cut to ``max_chars``."""
    try:
        plain = value if isinstance(value, str) else str(value)
        # By str's own methods, so that a subclass cannot answer for itself; half a surrogate becomes "?".
        return str.__getitem__(plain, slice(max_chars)).encode("utf-8", "replace").decode()
    except Exception:  # noqa: BLE001  (a hostile __str__ may raise anything)
        return None
