"""What a guard does is counted, whoever made it do so, and every count is there from the start."""

from __future__ import annotations

import re

from client_fakes import CollectingLink
from deskwatch import Allowed, Guard, MaxDrawdown, MaxOrderNotional, MaxOrderRate, Registry, TradingMetrics
from deskwatch.client.guard import GuardState


class Shown:
    """A strategy with a guard, and what a scrape shows of it."""

    def __init__(self) -> None:
        self.guard = Guard(
            [MaxDrawdown(0.15), MaxOrderRate(1, window_seconds=60), MaxOrderNotional(500)], link=CollectingLink()
        )
        self.registry = Registry()
        self.metrics = TradingMetrics("mom", starting_equity=1000, guard=self.guard, registry=self.registry)

    def counted(self, name: str) -> dict[str, float]:
        text = self.registry.expose(with_prometheus_client=False).decode()
        found = re.findall(rf'^{name}{{strategy="mom",\w+="(\w+)"}} (\S+)$', text, re.MULTILINE)
        return {label: float(value) for label, value in found}

    def order(self, quantity: float, intent: str = "ENTRY") -> Allowed:
        return self.guard.allow_order("BTC", "BUY", quantity, 100.0, intent=intent)


def test_every_limit_and_every_reason_is_there_at_0() -> None:
    shown = Shown()
    limits = ["max_drawdown", "max_order_rate", "not_a_number", "manual", "command"]
    assert shown.counted("guard_trips_total") == dict.fromkeys(limits, 0.0)
    assert shown.counted("guard_refusals_total") == {str(one): 0.0 for one in Allowed if one is not Allowed.YES}


def test_a_trip_at_the_gate_is_counted_as_one_of_a_reading_is() -> None:
    shown = Shown()
    assert [shown.order(1.0), shown.order(1.0)] == [Allowed.YES, Allowed.ORDER_RATE]
    shown.metrics.record_equity(800)
    trips = shown.counted("guard_trips_total")
    assert (trips["max_order_rate"], trips["max_drawdown"]) == (1.0, 1.0)
    assert shown.counted("guard_trips_total") == trips, "a second look counts nothing"


def test_a_cord_that_was_pulled_is_counted_once() -> None:
    shown = Shown()
    shown.guard.halt("the news")
    shown.guard.halt("again")
    assert shown.counted("guard_trips_total")["manual"] == 1.0


def test_refusals_are_counted_by_their_answer_and_what_was_let_through_is_not() -> None:
    shown = Shown()
    answers = [shown.order(9.0), shown.order(-1.0), shown.order(1.0), shown.order(1.0, "EXIT"), shown.order(1.0, "?")]
    shown.guard.halt("the news")
    answers += [shown.order(1.0), shown.order(1.0, "CANCEL"), shown.guard.allow("ENTRY")]
    assert shown.guard.state is GuardState.HALTED
    refusals = {reason: count for reason, count in shown.counted("guard_refusals_total").items() if count}
    assert refusals == {"order_notional": 1, "unusable_order": 1, "unknown_intent": 1, "halted": 2}
    assert sum(not answer for answer in answers) == sum(refusals.values())
