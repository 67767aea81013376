"""nautilus_trader's own engine, in a backtest on real prices and as a live node, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from doc_blocks import ROOT, doc_blocks, run_block

pytestmark = pytest.mark.real

PRICES = ROOT / "src/deskwatch/demo/data/btc-perp-2022-01-1m.csv.gz"
FOLDER = Path(__file__).parent
BARS = 10_000
STARTING = 100_000

Said = dict[str, Any]


@pytest.fixture(scope="module")
def run(real_program: Callable[[str], str]) -> Callable[..., tuple[Said, Said]]:
    """Return what nautilus and what deskwatch say of a run."""
    python = real_program("nautilus")

    def said(script: str, *arguments: object) -> tuple[Said, Said]:
        done = subprocess.run(
            [python, str(FOLDER / script), *map(str, arguments)],
            env=_environment(),
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        both = json.loads(done.stdout.splitlines()[-1])
        return both["nautilus"], both["deskwatch"]

    return said


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONWARNINGS": ""}


def _count(exposed: list[str], status: str) -> float:
    wanted = [line for line in exposed if line.startswith("trading_orders_total{") and f'status="{status}"' in line]
    return sum(float(line.split()[-1]) for line in wanted)


def test_a_backtest_is_recorded_as_nautilus_own_reports_have_it(run: Callable[..., tuple[Said, Said]]) -> None:
    own, ours = run("nautilus_backtest.py", PRICES, BARS, 0)
    assert own["fills"] > 500
    assert min(own["rejected"], own["denied"], own["cancelled"]) > 0
    assert ours["fills"] == own["fills"] == own["orders_filled"] == _count(ours["exposed"], "filled")
    assert _count(ours["exposed"], "rejected") == own["rejected"]
    assert _count(ours["exposed"], "refused") == own["denied"]
    assert _count(ours["exposed"], "cancelled") == own["cancelled"]
    assert ours["trades"] == own["positions"]
    assert ours["net"] == 0
    assert ours["fees"] == pytest.approx(own["commissions"])
    assert ours["realized"] - ours["fees"] == pytest.approx(own["realized"])
    assert ours["equity"] == pytest.approx(own["balance"]) == pytest.approx(STARTING + ours["realized"] - ours["fees"])
    assert ours["first_market_ts_ms"] == own["first_fill_ns"] // 1_000_000  # 2022, as the data
    assert ours["first_ts_ms"] > 1_700_000_000_000  # and now, by the wall
    assert ours["drops"] == 0


def test_the_risk_engine_follows_a_guard_that_halts(run: Callable[..., tuple[Said, Said]]) -> None:
    free, _ = run("nautilus_backtest.py", PRICES, BARS // 2, 0)
    own, ours = run("nautilus_backtest.py", PRICES, BARS // 2, 0.02)
    assert ours["guard"] == own["trading_state"] == "HALTED"
    assert 0 < own["fills"] < free["fills"]
    assert own["denied"] > free["denied"]
    assert ours["fills"] == own["fills"]
    assert own["balance"] > STARTING * 0.975


def test_a_live_node_is_recorded_and_halted_from_another_thread(run: Callable[..., tuple[Said, Said]]) -> None:
    own, ours = run("nautilus_live.py")
    assert ours["fills"] == own["fills"] == ours["fills_when_denied"] >= 6
    assert ours["net"] == own["net"]
    assert ours["equity"] == pytest.approx(own["balance"] + own["unrealized"])
    assert ours["guard"] == own["trading_state"] == "HALTED"
    assert own["denied"] == _count(ours["exposed"], "refused") > 0
    assert max(ours["market_lag_seconds"]) < 5
    latencies = [line for line in ours["exposed"] if line.startswith("trading_order_latency_seconds_count")]
    assert float(latencies[0].split()[-1]) >= own["fills"]
    assert ours["drops"] == 0


def test_the_page_of_the_docs_runs(real_program: Callable[[str], str], tmp_path: Path) -> None:
    [block] = doc_blocks("docs/integrations/nautilus.md")
    done = run_block(block, tmp_path, _environment(), python=real_program("nautilus"))
    assert done.returncode == 0, done.stderr
    assert 'trading_fills_total{strategy="turns",symbol="ETHUSDT.BINANCE",side="BUY"} 10.0' in done.stdout
