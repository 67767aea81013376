"""Executions, corrections and commissions in any order, any number of times: each counts once, as it last was."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from client_fakes import CollectingLink, ManualSeconds
from deskwatch import Registry, TradingMetrics
from deskwatch.client.ibkr.delays import Delays
from deskwatch.client.ibkr.executions import Execution, Executions
from deskwatch.client.ibkr.metrics import IbkrMetrics

WAIT = 5.0
SIGN = {"BUY": 1, "SELL": -1}

names = st.sampled_from(["a", "b", "c"])
revisions = st.integers(1, 3)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("execution"), names, revisions),
        st.tuples(st.just("commission"), names, revisions),
        st.tuples(st.just("seconds"), st.just(""), st.integers(0, 7)),
    ),
    max_size=40,
)


def _execution(name: str, revision: int) -> Execution:
    units, price = Decimal(ord(name) % 7 + revision), Decimal(100 + 10 * revision + ord(name) % 5)
    report: Any = SimpleNamespace(execId="")
    side = "SELL" if name == "b" else "BUY"
    return Execution(f"{name}.{revision:02}", "AAPL", side, units, price, "USD", 1, 1_700_000_000.0, report)


@given(steps)
@settings(max_examples=300, deadline=None)
def test_each_execution_counts_once_as_it_last_was(given_steps: list[tuple[str, str, int]]) -> None:
    timer, link, registry = ManualSeconds(0.0), CollectingLink(), Registry()
    metrics = TradingMetrics(registry=registry, link=link)
    delays = Delays(WAIT, timer, registry.drops)
    heard: list[Decimal] = []
    executions = Executions(metrics, IbkrMetrics(registry=registry), delays, lambda _, units: heard.append(units))
    newest: dict[str, int] = {}
    for kind, name, number in given_steps:
        if kind == "execution":
            executions.take(_execution(name, number))
            newest[name] = max(newest.get(name, 0), number)
        elif kind == "commission":
            executions.commission(f"{name}.{number:02}", number, "USD")
        else:
            timer.now += number
            delays.run_due()
    executions.flush()

    last = [_execution(name, revision) for name, revision in newest.items()]
    fills = link.of_kind("fill")
    assert sum(heard) == sum(SIGN[told.side] * told.units for told in last)
    assert metrics.ledger.position("AAPL").quantity == sum(heard)
    cash = sum(-SIGN[fill["side"]] * Decimal(fill["quantity"]) * Decimal(fill["price"]) for fill in fills)
    assert cash == sum(-SIGN[told.side] * told.units * told.price for told in last)
    assert not executions.waits_for("AAPL")
    assert registry.drops.total == 0
