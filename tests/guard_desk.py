"""Guards that are ready for orders, for the tests of the limits on orders."""

from __future__ import annotations

from typing import Any

from client_fakes import CollectingLink, ManualSeconds
from deskwatch.client.guard import AccountGuard, Allowed, Guard, Limit, MaxRejects, OrderLimit, Readings

NOW = 1_641_038_400.0


class Desk:
    """A guard at equity 1,000 that is asked for orders of BTC at a price of 100."""

    def __init__(self, *limits: Limit | OrderLimit | MaxRejects, account: AccountGuard | None = None) -> None:
        self.link = CollectingLink()
        self.guard = Guard(limits, link=self.link, clock=ManualSeconds(NOW), account=account)
        self.guard.check(Readings(equity=1000.0))

    def order(self, quantity: object = 1.0, side: str = "BUY", symbol: str = "BTC", **more: Any) -> Allowed:
        return self.guard.allow_order(symbol, side, quantity, more.pop("price", 100.0), **more)  # type: ignore[arg-type]

    def at(self, seconds: float, quantity: object = 1.0, **more: Any) -> Allowed:
        return self.order(quantity, now=NOW + seconds, **more)

    def told(self, change: str) -> list[tuple[str, float]]:
        return [(r["limit"], r["value"]) for r in self.link.of_kind("guard") if r["change"] == change]
