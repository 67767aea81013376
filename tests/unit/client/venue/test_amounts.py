from __future__ import annotations

from decimal import Decimal

import pytest

from deskwatch import Instrument, Ledger
from deskwatch.client.venue.amounts import Fee, fee_of, units_of

ONE, TEN = Decimal(1), Decimal(10)
MONEY = ("USDT", "USDT")


@pytest.mark.parametrize(
    ("currency", "fee"),
    [(None, Fee(ONE)), ("USDT", Fee(ONE)), ("BTC", Fee(TEN)), ("USD", Fee(ONE, "USD")), ("BNB", None)],
)
def test_a_fee_is_told_in_money_that_the_ledger_can_count(currency: str | None, fee: Fee | None) -> None:
    assert fee_of(Ledger(currency="USD"), ONE, currency, money=MONEY, base="BTC", price=TEN) == fee


def test_a_fee_in_a_currency_that_has_a_rate_is_left_to_the_ledger() -> None:
    ledger = Ledger(currency="USD")
    ledger.rate("BNB", "USD", Decimal(600))
    assert fee_of(ledger, ONE, "BNB", money=MONEY, base="BTC", price=TEN) == Fee(ONE, "BNB")


@pytest.mark.parametrize(("size", "units"), [(50, 100), ("0.01", Decimal("0.02")), (None, 2), ("", 2), (0, 2)])
def test_contracts_become_units_of_what_they_hold(size: object, units: object) -> None:
    assert units_of(Ledger(), "ESZ6", 2, size) == units


@pytest.mark.parametrize("declared", [Instrument("ESZ6", multiplier=50), Instrument("ESZ6", "BTC", inverse=True)])
def test_a_declared_contract_stays_a_contract(declared: Instrument) -> None:
    assert units_of(Ledger(instruments=[declared]), "ESZ6", 2, 50) == 2


def test_what_is_no_quantity_is_none() -> None:
    assert units_of(Ledger(), "ESZ6", "many", 50) is None
