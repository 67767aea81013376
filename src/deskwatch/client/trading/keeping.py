"""What is kept of a ledger, so that a bot that starts again goes on where it stopped.

Way:     account → [keeping]: entries and a standing → an archive; at the next start back into a new ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from decimal import Decimal
from typing import Final, NamedTuple, Protocol

from deskwatch.client.trading.instrument import Instrument
from deskwatch.client.trading.ledger import Ledger
from deskwatch.client.trading.performance import Boundary


class FillEntry(NamedTuple):
    """A fill, with all that the ledger knew when it was booked.

    Attributes:
        seq: Rises with every entry of a strategy.
        id: Names it among all; the same twice is one.
        at: When it was booked, in the ledger's time, Unix seconds.
        symbol: What was traded.
        currency: What its P&L is in.
        multiplier: What a unit holds.
        inverse: Whether it is an inverse contract.
        quantity: Units, negative when sold.
        price: Of one.
        fee: Paid for the whole.
        fee_currency: What the fee is in.
        order_id: The venue's.
        mark: The market's price before it, if that was known.
        rate: What one of ``currency`` was worth in the account's, if that was known.
        fee_rate: Likewise of ``fee_currency``.
    """

    seq: int
    id: str
    at: float
    symbol: str
    currency: str
    multiplier: Decimal
    inverse: bool
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_currency: str
    order_id: str | None
    mark: Decimal | None
    rate: Decimal | None
    fee_rate: Decimal | None

    @property
    def instrument(self) -> Instrument:
        """What was traded."""
        return Instrument(self.symbol, self.currency, multiplier=self.multiplier, inverse=self.inverse)


class FundingEntry(NamedTuple):
    """A funding payment; the first three as in ``FillEntry``, ``rate`` as well."""

    seq: int
    id: str
    at: float
    symbol: str
    amount: Decimal
    currency: str
    rate: Decimal | None


class SplitEntry(NamedTuple):
    """A split; the first three as in ``FillEntry``."""

    seq: int
    id: str
    at: float
    symbol: str
    new: Decimal
    old: Decimal


Entry = FillEntry | FundingEntry | SplitEntry
ENTRIES: Final = (FillEntry, FundingEntry, SplitEntry)


class Standing(NamedTuple):
    """What follows from marks that nobody keeps, and from what the account itself said.

    Attributes:
        at: When it was so, in the ledger's time, Unix seconds.
        told: Whether the account had told its equity.
        base: The equity without what fills, funding and marks say.
        peak: The highest equity.
        trough: The lowest since.
        deepest: The deepest drawdown of the peaks before.
        day_start: The equity at the last midnight.
        day_ends: When the day ends, Unix seconds.
        interval_ends: When the interval of returns ends, Unix seconds.
        lost: Entries that were never written, in all.
    """

    at: float
    told: bool
    base: Decimal
    peak: Decimal
    trough: Decimal
    deepest: float
    day_start: Decimal
    day_ends: float
    interval_ends: float
    lost: int = 0


class KeptRate(NamedTuple):
    """The newest rate of a currency, and when it was told."""

    currency: str
    rate: Decimal
    at: float


class KeptMark(NamedTuple):
    """The newest price of a symbol, and the number of the last entry before it: splits after it count."""

    symbol: str
    price: Decimal
    seq: int


class Kept(NamedTuple):
    """All that an archive has of a strategy.

    Attributes:
        entries: In the order in which they were booked; to be closed before what they are read from.
        marks: The newest of each symbol.
        rates: The newest of each currency.
        boundaries: As many as the windows of returns hold, oldest first.
        standing: The newest.
    """

    entries: Generator[Entry, None, None]
    marks: list[KeptMark]
    rates: list[KeptRate]
    boundaries: list[Boundary]
    standing: Standing | None


class Keeper(Protocol):
    """Takes what one strategy's ledger does; no call raises or waits."""

    def next_seq(self) -> int:
        """Return the number of the next entry."""
        ...

    def put(self, entry: Entry | Boundary) -> None:
        """Keep an entry; a standing that counts it must follow."""
        ...

    def mark(self, symbol: str, price: Decimal) -> None:
        """Keep the newest price of a symbol."""
        ...

    def rate(self, rate: KeptRate) -> None:
        """Keep the newest rate of a currency."""
        ...

    def stand(self, standing: Standing) -> None:
        """Keep how the ledger stands; entries that were put before count in it, and are kept together with it."""
        ...

    def before_closing(self, look: Callable[[], None]) -> None:
        """Have this called before the archive is closed, so that the last standing is kept as well."""
        ...


class Archive(Protocol):
    """Where entries are kept for ever."""

    def keeper(self, strategy: str, ledger: Ledger) -> Keeper:
        """Bring a new ledger to where the strategy's last one was, and return what takes all that follows.

        Raises:
            StorageError: What is kept cannot be read.
            ValueError: It contradicts what is declared now.
        """
        ...
