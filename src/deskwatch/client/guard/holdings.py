"""What is held and what may yet be filled, as far as the guard was told; every change costs the same.

An order that was let through counts as working until its fill or its end is told. Buying and selling orders are kept
apart, because those of one side may be filled and those of the other not: a position is taken at its worst.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

MAX_SYMBOLS: Final = 10_000
"""As many as the ledger keeps (client/trading/ledger.py); an order for one more is refused."""


class Holding:
    """One symbol: units held (negative when short), units of working orders, and their worth at worst.

    Args:
        calm_below: A position of less is far from every limit.
    """

    __slots__ = ("buying", "calm_below", "held", "price", "selling", "worst")

    def __init__(self, calm_below: float) -> None:
        self.held = self.buying = self.selling = self.price = self.worst = 0.0
        self.calm_below = calm_below


class Holdings:
    """All symbols.

    Attributes:
        gross: The sum of every symbol's worst case, at the last prices.
        position_after: How large the position may become on the side of the last order that was sent, below 0 if it
            stays on the other; NaN if there was no room to count it.
        gross_after: The gross exposure with it; NaN likewise.
        by_symbol: What is held of each.
        calm_of: Says of a symbol which position is far from every limit.
    """

    __slots__ = ("_undo", "by_symbol", "calm_of", "gross", "gross_after", "position_after")

    def __init__(self) -> None:
        self.by_symbol: dict[str, Holding] = {}
        self.calm_of: Callable[[str], float] = lambda _: math.inf
        self._undo: tuple[Holding, float, float, float, float, float] | None = None
        self.gross = 0.0
        self.position_after = self.gross_after = 0.0

    def sent(self, symbol: str, sign: float, quantity: float, price: float) -> None:
        """Count an order as working."""
        holding = self.by_symbol.get(symbol)
        if holding is None:
            holding = self._new(symbol)
            if holding is None:  # no room
                self._undo, self.position_after, self.gross_after = None, math.nan, math.nan
                return
        self._undo = (holding, holding.buying, holding.selling, holding.price, holding.worst, self.gross)
        holding.price = price
        if sign > 0:
            holding.buying += quantity
            self.position_after = holding.held + holding.buying
        else:
            holding.selling += quantity
            self.position_after = holding.selling - holding.held
        long, short = holding.held + holding.buying, holding.selling - holding.held  # as in _revalue; a call costs here
        worst = (long if long > short else short) * (price if price > 0 else -price)  # noqa: FURB136  (as above)
        self.gross_after = self.gross = self.gross + worst - holding.worst
        holding.worst = worst

    def recall(self, symbol: str, sign: float) -> None:
        """Say once more what there is with the order that was sent last."""
        holding = self.by_symbol[symbol]
        self.position_after = holding.held + holding.buying if sign > 0 else holding.selling - holding.held
        self.gross_after = self.gross

    def undo(self, symbol: str) -> None:
        """Take back the order that was sent last, to the last digit."""
        if self._undo is None:
            return
        holding, buying, selling, price, worst, self.gross = self._undo
        holding.buying, holding.selling, holding.price, holding.worst = buying, selling, price, worst
        if holding.held == holding.buying == holding.selling == 0.0:
            del self.by_symbol[symbol]

    def filled(self, symbol: str, sign: float, quantity: float, price: float) -> None:
        """Move units from working to held; a fill of an order that never came by here is held too."""
        holding = self.by_symbol.get(symbol) or self._new(symbol)
        if holding is not None:
            holding.held += sign * quantity
            holding.price = price
            self._end(holding, sign, quantity)

    def ended(self, symbol: str, sign: float, quantity: float) -> None:
        """Take off units that will not be filled any more."""
        holding = self.by_symbol.get(symbol)
        if holding is not None:
            self._end(holding, sign, quantity)

    def hold(self, symbol: str, units: float, price: float) -> float:
        """Correct a position to what the venue says, and return by how much; working orders stay."""
        holding = self.by_symbol.get(symbol) or self._new(symbol)
        if holding is None:
            return 0.0
        more = units - holding.held
        holding.held, holding.price = units, price
        self._revalue(holding)
        return more

    def move(self, symbol: str, units: float, price: float) -> None:
        """Move a position by so many units that were no fill."""
        holding = self.by_symbol.get(symbol) or self._new(symbol)
        if holding is not None:
            self.hold(symbol, holding.held + units, price)

    def _new(self, symbol: str) -> Holding | None:
        if len(self.by_symbol) >= MAX_SYMBOLS:
            return None
        return self.by_symbol.setdefault(symbol, Holding(self.calm_of(symbol)))

    def _end(self, holding: Holding, sign: float, units: float) -> None:
        if sign > 0:
            holding.buying = max(holding.buying - units, 0.0)
        else:
            holding.selling = max(holding.selling - units, 0.0)
        self._revalue(holding)

    def _revalue(self, holding: Holding) -> None:
        long, short = holding.held + holding.buying, holding.selling - holding.held
        worst = max(long, short) * abs(holding.price)  # the larger is never below 0, as what works is not
        self.gross += worst - holding.worst
        holding.worst = worst
