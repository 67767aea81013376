"""One order as the gate sees it: plain numbers, read from whatever the bot hands over."""

from __future__ import annotations

from typing import Final, NamedTuple, TypeGuard

from deskwatch.client import untrusted
from deskwatch.client.guard.state import Intent

MAX_AMOUNT: Final = float(10**untrusted.MAX_MONEY_EXPONENT)
_MAX_NAME_CHARS: Final = untrusted.MAX_NAME_CHARS
_MAX_UNIX_SECONDS: Final = untrusted.MAX_UNIX_SECONDS
_INTENTS: Final = {intent.value: intent for intent in Intent}
_SIGNS: Final = {"BUY": 1.0, "SELL": -1.0}  # FIX tag 54 has them as 1 and 2


class Order(NamedTuple):
    """An order that is about to be sent.

    Attributes:
        symbol: What it is for.
        sign: 1 to buy, -1 to sell.
        quantity: Units, above 0.
        price: Of one unit: its limit price, or the market's for a market order. Below 0 is possible, 0 is not.
        signal_id: The signal that it carries out; ``None`` if it was not given or cannot be read.
        now: When, Unix seconds.
    """

    symbol: str
    sign: float
    quantity: float
    price: float
    signal_id: str | int | None
    now: float


def read_order(  # noqa: PLR0917  (by position: by name each call would cost a tenth more)
    symbol: object, side: object, quantity: object, price: object, signal_id: object, now: object
) -> Order | None:
    """Return the order, or ``None`` if one of its values cannot be used."""
    sign = _SIGNS.get(side) if type(side) is str else None
    if (  # the hot path: nothing here needs to be converted, and chained comparisons sort out NaN and the infinities
        sign is not None
        and type(symbol) is str
        and 0 < len(symbol) <= _MAX_NAME_CHARS
        and type(quantity) is float
        and 0.0 < quantity < MAX_AMOUNT
        and type(price) is float
        and 0.0 < price < MAX_AMOUNT
        and type(now) is float
        and 0.0 <= now < _MAX_UNIX_SECONDS
        and (signal_id is None or type(signal_id) is int or _is_name(signal_id))
    ):
        return tuple.__new__(Order, (symbol, sign, quantity, price, signal_id, now))  # half the time of Order(...)
    return _converted(symbol, side, quantity, price, signal_id=signal_id, now=now)


def _is_name(value: object) -> TypeGuard[str]:
    return type(value) is str and 0 < len(value) <= _MAX_NAME_CHARS


def _converted(
    symbol: object, side: object, quantity: object, price: object, *, signal_id: object, now: object
) -> Order | None:
    name, sign, units = read_name(symbol), read_sign(side), read_quantity(quantity)
    each, seconds = _amount(price), untrusted.unix_seconds(now)
    if name is None or sign is None or units is None or seconds is None or not 0.0 < abs(each) < MAX_AMOUNT:
        return None
    known = signal_id if type(signal_id) is int or signal_id is None else read_name(signal_id)
    return Order(name, sign, units, each, known, seconds)


def read_intent(value: object) -> Intent | None:
    """Return what an order is for, or ``None`` if that is not known."""
    return value if isinstance(value, Intent) else _INTENTS.get(untrusted.text(value) or "")


def read_name(value: object) -> str | None:
    """Return a symbol or the id of a signal; ``None`` for what is none, and for the empty text."""
    if type(value) is str and len(value) <= _MAX_NAME_CHARS:
        return value or None
    return untrusted.text(value, untrusted.MAX_NAME_CHARS) or None if value is not None else None


def read_sign(side: object) -> float | None:
    """Return 1 for BUY and -1 for SELL, in whatever case."""
    sign = _SIGNS.get(side) if type(side) is str else None
    return sign if sign is not None else _SIGNS.get((untrusted.text(side, 8) or "").upper())


def read_quantity(value: object) -> float | None:
    """Return units above 0."""
    units = _amount(value)
    return units if 0.0 < units < MAX_AMOUNT else None


def _amount(value: object) -> float:
    amount = untrusted.money(value)
    return float(amount) if amount is not None else float("nan")
