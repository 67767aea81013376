"""A paper exchange: market orders fill at once, with fees and slippage."""

from __future__ import annotations

from dataclasses import dataclass

TAKER_FEE_RATIO = 0.0005  # 5 basis points: https://www.binance.com/en/fee/futureFee (regular user, taker)
SLIPPAGE_RATIO = 0.0001  # 1 basis point: half the spread and a little impact at this size


@dataclass(frozen=True, slots=True)
class Fill:
    """What the exchange answered to an order."""

    order_id: str
    side: str
    quantity: float
    price: float
    fee: float


@dataclass(slots=True)
class PaperVenue:
    """Keeps the account: cash, position and the last price."""

    cash: float
    position: float = 0.0
    price: float = 0.0
    orders: int = 0

    @property
    def equity(self) -> float:
        """What the account would be worth if it were closed at the last price, in USD."""
        return self.cash + self.position * self.price

    def market_order(self, quantity: float) -> Fill:
        """Trade at the last price.

        Args:
            quantity: Positive buys, negative sells.
        """
        self.orders += 1
        price = self.price * (1 + SLIPPAGE_RATIO if quantity > 0 else 1 - SLIPPAGE_RATIO)
        fee = abs(quantity) * price * TAKER_FEE_RATIO
        self.cash -= quantity * price + fee
        self.position = round(self.position + quantity, 9)
        side = "BUY" if quantity > 0 else "SELL"
        return Fill(f"demo-{self.orders}", side, abs(quantity), price, fee)
