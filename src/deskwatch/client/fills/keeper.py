"""Take what one strategy's ledger does, for the archive's thread to write.

Way:     account → [keeper]: entries wait in a queue; of marks, rates and standings only the newest waits.
Threads: the recording calls put; the archive's thread takes. What is taken at once is a standing and all entries that
         count in it, and no other: a process that is killed between two batches leaves a ledger as it once was.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from typing import Final, Protocol, TypeVar

from deskwatch.client.fills.store import Item
from deskwatch.client.trading.keeping import Entry, KeptMark, KeptRate, Standing
from deskwatch.client.trading.performance import Boundary

MAX_WAITING: Final = 10_000  # DESIGN.md, "Inside the bot"

T = TypeVar("T")


class Writer(Protocol):
    """What writes what keepers took."""

    def stir(self) -> None:
        """See to it that the writer's thread is there."""
        ...

    def lose(self) -> None:
        """Count an entry for which there was no room, or which came after the end."""
        ...

    @property
    def closed(self) -> bool:
        """Whether nothing is taken any more."""
        ...


class StrategyKeeper:
    """Keeps one strategy; no call raises or waits.

    Args:
        writer: Writes what is taken.
        strategy: Whose entries.
        clock_ns: Gives the wall time in nanoseconds.
        last_seq: The number of the last entry of earlier runs.
        lost: Entries that earlier runs could not write.
    """

    def __init__(self, writer: Writer, strategy: str, clock_ns: Callable[[], int], last_seq: int, lost: int) -> None:
        self._writer = writer
        self._strategy = strategy
        self._clock_ns = clock_ns
        self._lost = lost
        self._seq = last_seq
        self._look: Callable[[], None] | None = None
        self.forget()

    def forget(self) -> None:
        """Forget what waits: in a forked child it is the parent's."""
        self._entries: deque[tuple[int, Entry | Boundary]] = deque()
        self._marks: dict[str, KeptMark] = {}
        self._rates: dict[str, KeptRate] = {}
        self._standing: deque[tuple[int, Standing]] = deque(maxlen=1)

    def next_seq(self) -> int:
        """Return a number above all before it."""
        self._seq = max(self._seq + 1, self._clock_ns())
        return self._seq

    def put(self, entry: Entry | Boundary) -> None:
        """Keep an entry; a standing that counts it must follow."""
        if self._writer.closed or len(self._entries) >= MAX_WAITING:
            self._lost += 1
            self._writer.lose()
        else:
            self._entries.append((self._seq, entry))

    def mark(self, symbol: str, price: Decimal) -> None:
        """Keep the newest price of a symbol."""
        if not self._writer.closed:
            self._marks[symbol] = KeptMark(symbol, price, self._seq)

    def rate(self, rate: KeptRate) -> None:
        """Keep the newest rate of a currency."""
        if not self._writer.closed:
            self._rates[rate.currency] = rate

    def stand(self, standing: Standing) -> None:
        """Keep how the ledger stands."""
        if not self._writer.closed:
            self._standing.append((self._seq, standing))
            self._writer.stir()

    def before_closing(self, look: Callable[[], None]) -> None:
        """Have this called before the archive is closed."""
        self._look = look

    def look(self) -> None:
        """Take the last standing."""
        if self._look is not None:
            self._look()

    @property
    def waiting(self) -> int:
        """How many entries wait."""
        return len(self._entries)

    @property
    def changed(self) -> bool:
        """Whether anything waits."""
        return bool(self._entries or self._marks or self._rates or self._standing)

    def take(self) -> list[Item]:
        """Give what waits, each once; from the writer's thread, while others go on."""
        items: list[Item] = []
        with suppress(IndexError):
            seq, standing = self._standing.popleft()
            items.append((self._strategy, standing._replace(lost=self._lost)))
            while self._entries[0][0] <= seq:
                items.append((self._strategy, self._entries.popleft()[1]))
        items += [(self._strategy, mark) for mark in _drain(self._marks)]
        items += [(self._strategy, rate) for rate in _drain(self._rates)]
        return items


def _drain(newest: dict[str, T]) -> Iterator[T]:
    """Yield and remove, each in one step, so that what is put meanwhile is not lost."""
    while True:
        try:
            yield newest.popitem()[1]
        except KeyError:
            return
