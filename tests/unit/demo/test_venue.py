"""The paper exchange, against a case worked by hand."""

from __future__ import annotations

import pytest

from deskwatch.demo.venue import PaperVenue


def test_buying_and_selling_costs_fee_and_slippage_both_ways() -> None:
    venue = PaperVenue(cash=10_000.0, price=100.0)
    bought = venue.market_order(10)
    # 100 * (1 + 0.0001) = 100.01; fee 10 * 100.01 * 0.0005 = 0.50005
    assert (bought.side, bought.quantity, bought.price) == ("BUY", 10, pytest.approx(100.01))
    assert bought.fee == pytest.approx(0.50005)
    assert venue.equity == pytest.approx(10_000 - 1000.1 - 0.50005 + 1000)
    venue.price = 110.0
    sold = venue.market_order(-10)
    # 110 * (1 - 0.0001) = 109.989; fee 0.549945
    assert sold.price == pytest.approx(109.989)
    assert venue.position == 0
    assert venue.equity == pytest.approx(10_000 - 1000.1 - 0.50005 + 1099.89 - 0.549945)
