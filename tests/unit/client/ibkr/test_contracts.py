from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from deskwatch import Registry
from deskwatch.client.ibkr.contracts import Contracts, symbol_of
from deskwatch.client.metrics import DropReason


def contract(kind: str, symbol: str, local: str = "", multiplier: str = "") -> Any:
    return SimpleNamespace(secType=kind, symbol=symbol, localSymbol=local, currency="USD", multiplier=multiplier)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (contract("STK", "AAPL", "AAPL"), "AAPL"),
        (contract("CASH", "EUR", "EUR.USD"), "EUR.USD"),
        (contract("FUT", "ES", "ESZ6"), "ESZ6"),
        (contract("OPT", "AAPL", "AAPL  261218C00200000"), "AAPL 261218C00200000"),
        (contract("FUT", "ES"), "ES"),
    ],
)
def test_a_contract_has_the_name_that_traders_use(given: Any, name: str) -> None:
    assert symbol_of(given) == name


@pytest.mark.parametrize(("multiplier", "units"), [("50", 100), ("", 2), ("0", 2), ("many", 2), ("0.5", 1)])
def test_contracts_count_times_their_multiplier(multiplier: str, units: int) -> None:
    contracts = Contracts(symbol_of, Registry().drops)
    assert contracts.units(contract("FUT", "ES", "ESZ6", multiplier), 2.0) == units


def test_the_cost_of_a_contract_is_told_for_one_unit() -> None:
    contracts = Contracts(symbol_of, Registry().drops)
    assert contracts.unit_cost(contract("FUT", "ES", "ESZ6", "50"), 250_000.0) == Decimal(5000)


def test_a_name_that_cannot_be_had_does_not_lose_what_it_is_for() -> None:
    drops = Registry().drops
    assert Contracts(lambda _: 1 / 0, drops).symbol(contract("STK", "AAPL")) == "AAPL"  # type: ignore[arg-type,return-value]
    assert Contracts(lambda _: "", drops).symbol(contract("STK", "AAPL")) == "AAPL"
    assert drops.read()[DropReason.CALLBACK] == 2
