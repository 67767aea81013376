"""What is held of each symbol and in each currency.

Way:     ledger → [book]: positions, purses → sums in the account's currency.
Threads: not safe to change from two; the sums may be read from any.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from deskwatch.client.trading.instrument import MONEY, Instrument, checked_currency
from deskwatch.client.trading.position import PLAIN, ZERO, Position
from deskwatch.client.trading.purse import Purse

MAX_SYMBOLS: Final = 10_000
"""Positions kept; at about 600 bytes each, 6 MB. No venue lists as many instruments that one strategy trades."""

MAX_CURRENCIES: Final = 500
"""Currencies kept. ISO 4217 has about 180, https://www.iso.org/iso-4217-currency-codes.html"""

_ONE: Final = Decimal(1)
_NAN: Final = Decimal("NaN")


class Book:
    """Positions and purses.

    Args:
        currency: The account's.
        instruments: What is not in the account's currency, a unit a unit.

    Attributes:
        currency: The account's.

    Raises:
        ValueError: A symbol is declared twice, or the currency is none.
    """

    def __init__(self, currency: str, instruments: Iterable[Instrument]) -> None:
        self.currency = checked_currency(currency)
        self._positions: dict[str, Position] = {}
        self._own = Purse(self.currency, _ONE)
        self._purses = {self.currency: self._own}
        self._unrated = 0
        self._instruments = self._declared(instruments)

    def _declared(self, instruments: Iterable[Instrument]) -> dict[str, Instrument]:
        declared: dict[str, Instrument] = {}
        for instrument in instruments:
            if instrument.symbol in declared:
                raise ValueError(f"each instrument is declared once, {instrument.symbol} was declared twice")
            declared[instrument.symbol] = instrument
            self._purse(instrument.currency)
        return declared

    def instrument(self, symbol: str) -> Instrument:
        """Return what the symbol was declared as; one that was not is plain, in the account's currency."""
        return self._instruments.get(symbol, PLAIN)

    @property
    def purses(self) -> dict[str, Purse]:
        """What there is in each currency; read only."""
        return self._purses

    @property
    def unrated(self) -> list[str]:
        """The currencies that are used or declared and have no rate."""
        if not self._unrated:
            return []
        return [purse.currency for purse in list(self._purses.values()) if purse.rate is None]

    def rate_of(self, currency: str) -> Decimal | None:
        """Return what one of a currency is worth in the account's; ``None`` if nobody has said so."""
        purse = self._purses.get(currency)
        return None if purse is None else purse.rate

    @property
    def positions(self) -> dict[str, Position]:
        """What is and was held of each symbol; read only."""
        return self._positions

    def has_room(self, symbol: str) -> bool:
        """Say whether a fill or mark of this symbol can be kept."""
        return symbol in self._positions or len(self._positions) < MAX_SYMBOLS

    def has_room_for(self, currency: str) -> bool:
        """Say whether amounts of this currency can be kept."""
        return currency in self._purses or len(self._purses) < MAX_CURRENCIES

    def position(self, symbol: str) -> Position:
        """Return the position; flat if nothing is known of the symbol."""
        return self._positions.get(symbol) or Position(self.instrument(symbol))

    @property
    def realized_pnl(self) -> Decimal:
        """Gained by closing, before fees."""
        return self._total("realized")

    @property
    def unrealized_pnl(self) -> Decimal:
        """What closing everything at the marks would gain."""
        return self._total("unrealized")

    @property
    def fees(self) -> Decimal:
        """Paid, less rebates."""
        return self._total("fees")

    @property
    def funding(self) -> Decimal:
        """Funding received, less what was paid."""
        return self._total("funding")

    @property
    def gross_exposure(self) -> Decimal:
        """The sum of the positions' absolute values."""
        return self._total("gross")

    @property
    def net_exposure(self) -> Decimal:
        """The sum of the positions' values, negative when short."""
        return self._total("net")

    @property
    def balance(self) -> Decimal:
        """All that was gained, as it stands in the equity."""
        own = self._own
        gained = MONEY.subtract(_sum([own.realized, own.unrealized, own.funding]), own.fees)
        return _sum([gained, *(purse.appraised for purse in list(self._purses.values()) if purse is not own)])

    def _total(self, name: str) -> Decimal:
        """Return one sum of all currencies, at their rates; read from any thread."""
        if len(self._purses) == 1:
            own: Decimal = getattr(self._own, name)
            return own
        return _sum([purse.converted(getattr(purse, name)) or ZERO for purse in list(self._purses.values())])

    def _purse(self, currency: str | None) -> Purse:
        if currency is None:
            return self._own
        purse = self._purses.get(currency)
        if purse is None:
            purse = self._purses[currency] = Purse(currency)
            self._unrated += 1
        return purse

    def _position(self, symbol: str) -> Position:
        position = self._positions.get(symbol)
        if position is None:
            instrument = self.instrument(symbol)
            position = self._positions[symbol] = Position(instrument, self._purse(instrument.currency))
        return position

    def _priced(self, symbol: str, price: Decimal) -> Position:
        position = self._positions.get(symbol) or self._position(symbol)
        if position.instrument.inverse and price <= 0:
            raise ValueError(f"the price of the inverse contract {symbol} must be above 0, was {price}")
        return position


def exchanged(amount: Decimal, given: Purse, wanted: Purse) -> Decimal:
    """Return the amount in another currency; NaN without a rate, so that nothing is counted by a wrong one."""
    if given is wanted or not amount:
        return amount
    if given.rate is None or wanted.rate is None:
        return _NAN
    return amount * given.rate / wanted.rate


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    total = ZERO
    for amount in amounts:
        total = MONEY.add(total, amount)
    return total
