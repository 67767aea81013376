"""What a ledger has in one currency, and what that is worth in the account's.

A balance in another currency stays in it, as it does at a venue or a broker, and is worth what the newest rate says.
The principal of a position is not part of it: who pays for shares in euros out of an account in dollars either owes
euros or has bought them, and what is bought is a fill of its own.

Money:   call what changes it in the context ``instrument.MONEY``.
"""

from __future__ import annotations

from decimal import Decimal

from deskwatch.client.trading.instrument import MONEY, rounded

_ZERO = Decimal(0)


class Purse:
    """Sums of one currency.

    Args:
        currency: Which.
        rate: What one of it is worth in the account's currency; ``None`` while nobody has said so.

    Attributes:
        currency: The same.
        rate: The same.
        rated_at: When the rate was told, Unix seconds; ``None`` of the account's own currency, whose rate is 1.
        realized: Gained by closing, before fees.
        unrealized: What closing everything at the marks would gain.
        fees: Paid.
        funding: Received, less what was paid.
        long: The sum of the positions' values that are above 0.
        short: The sum of those below.
        balance: All of it: realized, unrealized and funding, less fees. Not kept of the account's own currency, where
            it is the equity itself.
        worth: The balance in the account's currency as it stands in the equity; 0 without a rate.
    """

    __slots__ = (
        "_told",
        "balance",
        "currency",
        "fees",
        "funding",
        "long",
        "rate",
        "rated_at",
        "realized",
        "short",
        "unrealized",
        "worth",
    )

    def __init__(self, currency: str, rate: Decimal | None = None) -> None:
        self.currency = currency
        self.rate = rate
        self.rated_at: float | None = None
        self.realized = _ZERO
        self.unrealized = _ZERO
        self.fees = _ZERO
        self.funding = _ZERO
        self.long = _ZERO
        self.short = _ZERO
        self.balance = _ZERO
        self.worth = _ZERO
        self._told = _ZERO

    @property
    def gross(self) -> Decimal:
        """The sum of the positions' absolute values."""
        return MONEY.subtract(self.long, self.short)

    @property
    def net(self) -> Decimal:
        """The sum of the positions' values."""
        return MONEY.add(self.long, self.short)

    def gain(self, amount: Decimal) -> Decimal:
        """Add to the balance, and return what the equity gains by it."""
        self.balance += amount
        return self.appraise()

    @property
    def appraised(self) -> Decimal:
        """The balance at the rate; 0 without one."""
        return _ZERO if self.rate is None else rounded(MONEY.multiply(self.balance, self.rate))

    def appraise(self) -> Decimal:
        """Value the balance at the rate, and return what the equity gains by it."""
        before = self.worth
        self.worth = self.appraised
        return self.worth - before

    def quote(self, rate: Decimal, unix_seconds: float) -> Decimal:
        """Take a rate, and return what the equity gains by it."""
        if self.rate is None:
            self.worth = rounded(self._told * rate)
        self.rate = rate
        self.rated_at = unix_seconds
        return self.appraise()

    def is_told(self) -> None:
        """Keep that the account has told an equity in which the balance of now is counted, whatever it is worth."""
        self._told = self.balance

    def converted(self, amount: Decimal) -> Decimal | None:
        """Return an amount of it in the account's currency; ``None`` without a rate."""
        if self.rate is None:
            return None
        return amount if self.rated_at is None else MONEY.multiply(amount, self.rate)
