"""Tell the guard what Interactive Brokers says is held, without counting a fill twice.

Way:     positions, and the fills that were recorded → [positions] → guard.note_position.
Time:    TWS tells a position before or after the execution that made it, and a fill waits for its commission. So a
         position that differs from what the fills make of the last one is believed only after a while in which no
         fill came: a fill most often explains it.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final, NamedTuple

from deskwatch.client.guard import Guard
from deskwatch.client.ibkr.delays import Delays

MAX_SYMBOLS: Final = 10_000
"""As many as the guard keeps (client/guard/holdings.py)."""

_ZERO: Final = Decimal(0)


class Told(NamedTuple):
    """What TWS said of a symbol: units, negative when short, and what one cost."""

    units: Decimal
    price: Decimal


class Positions:
    """Holds what was told against what was filled.

    Args:
        guard: Learns of positions; ``None`` for nobody.
        delays: How long a position waits for the fill that explains it.
        fill_waits: Says whether a fill of a symbol is known and not yet recorded.
    """

    def __init__(self, guard: Guard | None, delays: Delays, fill_waits: Callable[[str], bool]) -> None:
        self._guard = guard
        self._delays = delays
        self._fill_waits = fill_waits
        self._held: dict[str, Decimal] = {}
        self._told: dict[str, Told] = {}

    def filled(self, symbol: str, units: Decimal) -> None:
        """Take note of a fill that was recorded, negative for a sale."""
        if symbol not in self._held and len(self._held) >= MAX_SYMBOLS:
            return
        self._held[symbol] = self._held.get(symbol, _ZERO) + units
        if symbol in self._told:
            self._wait(symbol)

    def told(self, symbol: str, units: Decimal, price: Decimal) -> None:
        """Take what TWS says is held."""
        if self._guard is None or (symbol not in self._held and len(self._held) >= MAX_SYMBOLS):
            return
        self._told[symbol] = Told(units, price)
        self._wait(symbol)

    def believe(self) -> None:
        """Believe what was told now, where no fill waits: the connection has just been made, and all fills are in."""
        for symbol in list(self._told):
            if not self._fill_waits(symbol):
                self._delays.cancel(f"position {symbol}")
                self._note(symbol)

    def _wait(self, symbol: str) -> None:
        self._delays.start(f"position {symbol}", lambda: self._settle(symbol))

    def _settle(self, symbol: str) -> None:
        if self._fill_waits(symbol):
            self._wait(symbol)
        else:
            self._note(symbol)

    def _note(self, symbol: str) -> None:
        told = self._told.pop(symbol, None)
        if told is None or self._guard is None:
            return
        if symbol in self._held and self._held[symbol] == told.units:
            return
        self._held[symbol] = told.units
        self._guard.note_position(symbol, told.units, told.price)
