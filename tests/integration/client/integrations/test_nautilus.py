"""Real nautilus_trader runs under a watch; its own reports are the witness."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from doc_blocks import ROOT, doc_blocks, run_block

pytestmark = pytest.mark.real

RUNS = Path(__file__).with_name("nautilus_runs.py")
START = 1_000_000
EXACT = pytest.approx  # nautilus reckons P&L in floats


class Run:
    """What one run printed: nautilus' reports, and what deskwatch exposes and holds."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.nautilus = told
        self.ledger: dict[str, Any] = told["ledger"]
        self._samples = [
            sample for family in text_string_to_metric_families(told["exposition"]) for sample in family.samples
        ]

    def shown(self, name: str, **labels: str) -> float:
        return sum(s.value for s in self._samples if s.name == name and labels.items() <= s.labels.items())

    def orders(self, status: str) -> float:
        return self.shown("trading_orders_total", status=status)


@pytest.fixture(scope="module")
def run(real_program: Callable[[str], str]) -> Callable[[str], Run]:
    python = real_program("nautilus")

    @cache
    def once(name: str) -> Run:
        done = subprocess.run(
            [python, RUNS, name],
            env={"PYTHONPATH": str(ROOT / "src")},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return Run(json.loads(done.stdout.splitlines()[-1]))

    return once


@pytest.mark.parametrize(
    "name", ["cross", "faulty", "contracts", "guarded", "in_a_handler", "from_a_thread", "reducing", "live"]
)
def test_fills_positions_fees_and_profit_are_those_of_nautilus_own_reports(
    name: str, run: Callable[[str], Run]
) -> None:
    made = run(name)
    nautilus, ledger = made.nautilus, made.ledger
    assert nautilus["fills"] > 3
    assert made.shown("trading_fills_total") == nautilus["fills"]
    assert made.shown("trading_fees_total") == EXACT(nautilus["commissions"])
    assert ledger["fees"] == EXACT(nautilus["commissions"])
    assert ledger["realized"] - ledger["fees"] == EXACT(nautilus["realized"])
    assert ledger["equity"] == made.shown("trading_equity") == EXACT(nautilus["balance"], abs=1e-6)
    assert ledger["equity"] - START == EXACT(nautilus["realized"], abs=1e-6)
    assert nautilus["open_positions"] == ledger["position"] == 0
    assert nautilus["drops"] == 0


def test_each_position_that_nautilus_closed_is_a_trade(run: Callable[[str], Run]) -> None:
    made = run("cross")
    assert made.shown("trading_trades_total") == made.ledger["trades"] == made.nautilus["closed_positions"] > 300


def test_every_order_counts_by_what_nautilus_made_of_it(run: Callable[[str], Run]) -> None:
    made = run("faulty")
    for theirs, ours in [
        ("FILLED", "filled"),
        ("REJECTED", "rejected"),
        ("DENIED", "denied"),
        ("CANCELED", "cancelled"),
    ]:
        assert made.orders(ours) == made.nautilus["statuses"][theirs] > 50
    assert made.orders("sent") == sum(made.nautilus["statuses"].values()) - made.orders("denied")
    assert made.shown("trading_order_latency_seconds_count") == made.orders("sent")


def test_refusals_count_by_their_reason(run: Callable[[str], Run]) -> None:
    made = run("faulty")
    assert made.orders("rejected_post_only") == made.orders("rejected")
    assert made.orders("denied_quantity") == made.orders("denied")


def test_records_carry_the_time_of_the_market_and_the_heartbeat_that_of_the_wall(run: Callable[[str], Run]) -> None:
    made = run("cross")
    assert 1_640_995_200 < made.ledger["now"] < 1_643_673_600  # January 2022
    assert made.shown("trading_market_time_seconds") == made.ledger["now"]
    assert made.shown("bot_heartbeat_timestamp_seconds") > 1_700_000_000


def test_the_equity_of_an_account_that_nobody_told_of_is_its_balance_and_what_is_open(
    run: Callable[[str], Run],
) -> None:
    made = run("polled")
    assert made.nautilus["open_positions"] == 1
    assert made.nautilus["unrealized"] != 0
    assert made.shown("trading_equity") == EXACT(made.nautilus["balance"] + made.nautilus["unrealized"], abs=1e-6)


def test_a_cash_account_is_worth_its_money_and_its_coins(run: Callable[[str], Run]) -> None:
    made = run("cash")
    assert made.nautilus["coins"] == 1
    assert made.nautilus["balance"] < START - 30_000
    worth = made.nautilus["balance"] + made.nautilus["coins"] * made.nautilus["price"]
    assert made.shown("trading_equity") == EXACT(worth, abs=1e-6)


@pytest.mark.parametrize("name", ["guarded", "in_a_handler", "from_a_thread"])
def test_a_guard_that_trips_halts_the_backtest(name: str, run: Callable[[str], Run]) -> None:
    made = run(name)
    nautilus = made.nautilus
    assert nautilus["trips"] == 1
    assert nautilus["entries_after"] == nautilus["running"] == []
    assert nautilus["open_orders"] == nautilus["open_before_the_end"] == 0
    assert nautilus["trading_state"] == "HALTED"
    assert made.shown("guard_state") == 2
    assert set(nautilus["closed_by_us"]) == {"FILLED True"}  # and reduce-only


def test_a_latched_guard_holds_in_a_second_run_of_the_same_engine(run: Callable[[str], Run]) -> None:
    made = run("again")
    assert made.nautilus["first_fills"] == made.shown("trading_fills_total") > 0
    assert made.nautilus["fills"] == 0
    assert made.orders("denied_halted") > 100


def test_a_guard_that_a_person_has_reset_lets_a_second_run_trade(run: Callable[[str], Run]) -> None:
    made = run("reset")
    assert made.nautilus["fills"] > 0
    assert made.shown("trading_fills_total") == made.nautilus["first_fills"] + made.nautilus["fills"]


def test_what_cannot_be_watched_is_refused_and_told(run: Callable[[str], Run]) -> None:
    twice, no_node, no_marks = run("reset").nautilus["refused"]
    assert twice == "this node is watched already"
    assert no_node.startswith("node must be a TradingNode or a BacktestEngine of nautilus_trader, was <object")
    assert no_marks == "marks must be among quotes, trades, bars, was 'news'"


def test_resting_orders_are_cancelled_by_a_halt(run: Callable[[str], Run]) -> None:
    made = run("guarded")
    assert made.nautilus["statuses"]["CANCELED"] == made.orders("cancelled") == 20


def test_an_order_that_was_on_its_way_when_the_guard_tripped_is_closed_again(run: Callable[[str], Run]) -> None:
    made = run("in_a_handler")
    assert made.orders("cancel_rejected") == 1  # it was filled before the cancel came
    assert made.nautilus["closed_by_us"] == ["FILLED True"]


def test_a_reduced_node_closes_what_it_holds_and_opens_nothing(run: Callable[[str], Run]) -> None:
    made = run("reducing")
    assert made.nautilus["guard_states"] == ["REDUCING"]
    assert made.nautilus["entries_after"] == []
    assert made.orders("denied_reducing") > 0  # while it holds something
    assert made.orders("denied_halted") > 0  # and afterwards
    assert made.nautilus["running"]
    assert made.shown("guard_state") == 1


def test_a_position_from_before_is_taken_over(run: Callable[[str], Run]) -> None:
    made = run("taken_over")
    assert made.nautilus["held"] == made.ledger["position"] == 1
    assert made.ledger["cost"] == made.nautilus["paid"] > 0


def test_a_live_node_is_watched_and_halted_from_another_thread(run: Callable[[str], Run]) -> None:
    nautilus = run("live").nautilus
    assert nautilus["traded"]
    orders, positions = nautilus["open_before"]
    assert orders > 5
    assert positions == 1
    assert nautilus["flat"]
    assert nautilus["orders_after_flat"] == 0
    assert nautilus["still_watched"]
    assert nautilus["stopped_in_its_thread"]
    assert nautilus["trading_state"] == "HALTED"
    assert not nautilus["running"]


def test_the_page_runs_and_the_guard_halts_it(real_program: Callable[[str], str], tmp_path: Path) -> None:
    (block,) = doc_blocks("docs/integrations/nautilus.md")
    done = run_block(block, tmp_path, {"PYTHONPATH": str(ROOT / "src")}, python=real_program("nautilus"))
    assert done.returncode == 0, done.stderr
    reason, money, still_open = done.stdout.splitlines()
    assert "drawdown" in reason
    equity, fees = map(float, money.split())
    assert 0 < START - equity < START * 0.01
    assert fees > 0
    assert still_open == "0 0"
