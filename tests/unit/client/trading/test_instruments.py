"""Contracts, currencies, funding and splits, hand-worked: each number was worked out on paper, not by the code."""

from __future__ import annotations

from decimal import Decimal

import pytest

from deskwatch.client.trading import Instrument, Ledger
from deskwatch.client.trading.instrument import MONEY

XBT = Instrument("XBTU20", "XBT", inverse=True)


def coins(contracts: int, entry: int, exit_price: int) -> Decimal:
    return contracts * (1 / Decimal(entry) - 1 / Decimal(exit_price))


def test_an_inverse_future_gains_what_its_venue_says() -> None:
    """BitMEX's own example: 100,000 contracts from 10,000 to 10,500 are a profit of 0.476 XBT.

    https://www.bitmex.com/app/inverseFuturesGuide (XBTUSD Futures Contract Example)
    """
    ledger = Ledger(Decimal(10), currency="XBT", instruments=[XBT])
    ledger.fill("XBTU20", Decimal(100_000), Decimal(10_000))
    ledger.mark("XBTU20", Decimal(10_500))
    assert ledger.unrealized_pnl.quantize(Decimal("0.001")) == Decimal("0.476")
    filled = ledger.fill("XBTU20", Decimal(-100_000), Decimal(10_500))
    assert abs(filled.realized_pnl - coins(100_000, 10_000, 10_500)) < Decimal("1e-20")
    assert ledger.equity == MONEY.add(Decimal(10), filled.realized_pnl)


def test_a_short_inverse_contract_loses_half_when_the_price_doubles() -> None:
    """BingX's example: short 10 coins at 100 of margin 10; at 200 the loss is half of the margin.

    https://bingx.io/en-us/support/articles/360045680954-PnL%2FForcedLiquidationofCoin-MarginedStandardFutures/
    """
    ledger = Ledger(Decimal(10), currency="XBT", instruments=[XBT])
    ledger.fill("XBTU20", Decimal(-1_000), Decimal(100))
    ledger.mark("XBTU20", Decimal(200))
    assert ledger.unrealized_pnl == Decimal(-5)
    ledger.mark("XBTU20", Decimal(50))
    assert ledger.unrealized_pnl == Decimal(10)


def test_inverse_contracts_average_harmonically_and_close_in_parts() -> None:
    """Contracts of 100 USD: 10 at 10,000 and 10 at 40,000 are 0.125 coins for 2,000 USD, that is 16,000 on average."""
    ledger = Ledger(Decimal(1), currency="BTC", instruments=[Instrument("BTCUSD", multiplier=100, inverse=True)])
    ledger.fill("BTCUSD", Decimal(10), Decimal(10_000))
    ledger.fill("BTCUSD", Decimal(10), Decimal(40_000))
    assert ledger.position("BTCUSD").cost == Decimal("0.125")
    ledger.fill("BTCUSD", Decimal(-5), Decimal(20_000))  # 500 * (1/16,000 - 1/20,000)
    assert ledger.realized_pnl == Decimal("0.00625")
    ledger.fill("BTCUSD", Decimal(-25), Decimal(32_000))  # closes 15: 1,500 * (1/16,000 - 1/32,000); 10 open short
    assert ledger.realized_pnl == Decimal("0.00625") + Decimal("0.046875")
    assert ledger.position("BTCUSD").quantity == Decimal(-10)
    ledger.mark("BTCUSD", Decimal(16_000))  # short 1,000 USD from 32,000: 1,000 * (1/16,000 - 1/32,000)
    assert ledger.unrealized_pnl == Decimal("0.03125")
    assert ledger.gross_exposure == Decimal("0.0625")
    assert ledger.net_exposure == Decimal("-0.0625")


def test_a_multiplier_multiplies() -> None:
    """Two E-mini S&P 500 of 50 USD a point, from 4,000 to 4,010.5; 3 sold at 4,020: 2 close, 1 opens short."""
    ledger = Ledger(Decimal(100_000), instruments=[Instrument("ES", multiplier=50)])
    ledger.fill("ES", Decimal(2), Decimal(4_000), Decimal("4.5"))
    ledger.mark("ES", Decimal("4010.5"))
    assert ledger.equity == Decimal(100_000) + 1_050 - Decimal("4.5")
    assert ledger.gross_exposure == Decimal(401_050)
    filled = ledger.fill("ES", Decimal(-3), Decimal(4_020))
    assert (filled.realized_pnl, filled.traded) == (Decimal(2_000), Decimal(603_000))
    ledger.mark("ES", Decimal(4_000))
    assert ledger.unrealized_pnl == Decimal(1_000)


def test_another_currency_counts_at_its_newest_rate() -> None:
    ledger = Ledger(Decimal(1_000), instruments=[Instrument("SAP", "EUR")])
    ledger.rate("EUR", "USD", Decimal("1.10"))
    filled = ledger.fill("SAP", Decimal(10), Decimal(100), Decimal(2))
    assert (filled.traded, filled.fee) == (Decimal(1_100), Decimal(2))
    ledger.mark("SAP", Decimal(105))  # +50 EUR, -2 EUR of fees
    assert ledger.equity == 1_000 + 48 * Decimal("1.10")
    ledger.rate("EUR", "USD", Decimal("1.20"))
    assert ledger.equity == 1_000 + 48 * Decimal("1.20")
    assert (ledger.unrealized_pnl, ledger.fees) == (Decimal(60), Decimal("2.4"))
    assert ledger.gross_exposure == Decimal(1_050) * Decimal("1.20")
    ledger.rate("USD", "EUR", Decimal("0.8"))  # the other way round: 1.25
    assert ledger.equity == 1_060
    assert ledger.drawdown_ratio == 0


def test_a_missing_rate_makes_the_equity_unknown_and_is_never_one() -> None:
    ledger = Ledger(Decimal(1_000), instruments=[Instrument("SAP", "EUR")])
    assert (ledger.equity_known, ledger.unrated) == (False, ["EUR"])
    ledger.fill("SAP", Decimal(10), Decimal(100))
    ledger.mark("SAP", Decimal(110))
    assert ledger.equity == 1_000
    ledger.rate("EUR", "USD", Decimal(2))
    assert (ledger.equity_known, ledger.unrated, ledger.equity) == (True, [], 1_200)


def test_an_equity_told_without_the_rate_has_the_balance_in_it() -> None:
    """The account said 1,060 when 50 EUR had been gained: what those are worth is in it, what comes after is not."""
    ledger = Ledger(Decimal(1_000), instruments=[Instrument("SAP", "EUR")])
    ledger.fill("SAP", Decimal(10), Decimal(100))
    ledger.mark("SAP", Decimal(105))
    ledger.set_equity(Decimal(1_060))
    ledger.mark("SAP", Decimal(106))
    ledger.rate("EUR", "USD", Decimal("1.5"))
    assert ledger.equity == 1_060 + 15


def test_a_fee_in_a_third_currency_is_converted_for_the_trade() -> None:
    """Gained 10 EUR; paid 0.01 BNB of 300 USD going in and out: 2 * 3 USD / 1.2 are 5 EUR."""
    ledger = Ledger(Decimal(1_000), instruments=[Instrument("SAP", "EUR")])
    ledger.rate("EUR", "USD", Decimal("1.2"))
    ledger.rate("BNB", "USD", Decimal(300))
    ledger.fill("SAP", Decimal(1), Decimal(100), Decimal("0.01"), "BNB")
    filled = ledger.fill("SAP", Decimal(-1), Decimal(110), Decimal("0.01"), "BNB")
    assert filled.fee == Decimal("2.5")
    assert filled.trade_pnl == Decimal(6)  # 5 EUR
    assert ledger.fees == Decimal(6)
    assert ledger.equity == 1_000 + 12 - 6


def test_a_trade_whose_fee_has_no_rate_is_neither_won_nor_lost() -> None:
    ledger = Ledger(Decimal(1_000))
    ledger.fill("A", Decimal(1), Decimal(100), Decimal(1), "BNB")
    filled = ledger.fill("A", Decimal(-1), Decimal(110))
    assert (filled.trade_pnl, ledger.wins, ledger.losses, ledger.equity_known) == (None, 0, 0, False)
    ledger.rate("BNB", "USD", Decimal(3))
    assert (ledger.equity, ledger.equity_known) == (Decimal(1_007), True)


def test_funding_is_booked_to_the_equity_and_the_open_trade() -> None:
    """Binance: 0.01 % of a notional of 10,000 USDT are 1 USDT, paid by the long and received by the short."""
    ledger = Ledger(Decimal(1_000))
    ledger.fill("BTC-PERP", Decimal("0.25"), Decimal(40_000))
    ledger.fund("BTC-PERP", Decimal(-1))
    assert (ledger.equity, ledger.funding, ledger.realized_pnl) == (999, -1, 0)
    filled = ledger.fill("BTC-PERP", Decimal("-0.25"), Decimal(40_002))
    assert (filled.realized_pnl, filled.trade_pnl) == (Decimal("0.5"), Decimal("-0.5"))
    assert (ledger.wins, ledger.losses) == (0, 1)
    ledger.fund("BTC-PERP", Decimal(3))  # late: the trade has ended
    assert ledger.fill("BTC-PERP", Decimal(1), Decimal(40_000)).trade_pnl is None
    assert ledger.fill("BTC-PERP", Decimal(-1), Decimal(40_001)).trade_pnl == 1
    assert ledger.equity == Decimal(1000) + Decimal("0.5") + 2 + 1


def test_a_split_moves_no_money() -> None:
    """Apple's, 4 for 1, of 31 August 2020: 499.23 at the close before it, 129.04 at the one after."""
    ledger = Ledger(Decimal(10_000))
    ledger.fill("AAPL", Decimal(10), Decimal(400))
    ledger.mark("AAPL", Decimal("499.23"))
    before = ledger.equity
    position = ledger.split("AAPL", Decimal(4))
    assert (position.quantity, position.mark_price, ledger.equity) == (40, Decimal("124.8075"), before)
    ledger.mark("AAPL", Decimal("129.04"))
    assert ledger.unrealized_pnl == 40 * Decimal("129.04") - 4_000
    ledger.split("AAPL", Decimal(1), Decimal(10))
    assert ledger.position("AAPL").quantity == 4
    assert ledger.fill("AAPL", Decimal(-4), Decimal("1290.4")).realized_pnl == Decimal("1161.6")


def test_a_reverse_split_of_a_short_keeps_its_fraction() -> None:
    ledger = Ledger(Decimal(10_000))
    ledger.fill("X", Decimal(-100), Decimal(3))
    ledger.split("X", Decimal(1), Decimal(3))
    assert abs(3 * ledger.position("X").quantity + 100) < Decimal("1e-20")
    ledger.mark("X", Decimal(6))
    assert abs(ledger.equity - 10_100) < Decimal("1e-20")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"multiplier": 0}, "multiplier of 'ES' must be an amount above 0, was 0"),
        ({"multiplier": "much"}, "was 'much'"),
        ({"currency": ""}, "currency must be a text of 1 to 20 characters, was ''"),
        ({"symbol": "S" * 201}, "symbol must be a text of 1 to 200 characters"),
    ],
)
def test_an_instrument_that_cannot_be_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Instrument(**{"symbol": "ES", **given})  # type: ignore[arg-type]


def test_an_instrument_declared_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="ES was declared twice"):
        Ledger(instruments=[Instrument("ES"), Instrument("ES", "EUR")])


@pytest.mark.parametrize(("base", "quote", "price"), [("EUR", "GBP", 1), ("USD", "USD", 1), ("EUR", "USD", 0)])
def test_a_rate_that_leads_nowhere_is_refused(base: str, quote: str, price: int) -> None:
    with pytest.raises(ValueError, match="from or to the account's currency USD"):
        Ledger().rate(base, quote, Decimal(price))


@pytest.mark.parametrize("price", [0, -1])
def test_an_inverse_contract_has_no_price_of_zero(price: int) -> None:
    ledger = Ledger(Decimal(1), currency="XBT", instruments=[XBT])
    with pytest.raises(ValueError, match="inverse contract XBTU20 must be above 0"):
        ledger.mark("XBTU20", Decimal(price))
    with pytest.raises(ValueError, match="inverse contract XBTU20 must be above 0"):
        ledger.fill("XBTU20", Decimal(1), Decimal(price))


def test_prices_below_zero_keep_the_exposure_whole() -> None:
    """A barrel of oil on 20 April 2020, long and then short."""
    ledger = Ledger(Decimal(1_000))
    ledger.fill("CL", Decimal(1), Decimal(10))
    ledger.mark("CL", Decimal("-37.63"))
    assert (ledger.gross_exposure, ledger.net_exposure) == (Decimal("37.63"), Decimal("-37.63"))
    ledger.fill("CL", Decimal(-2), Decimal("-37.63"))
    assert (ledger.gross_exposure, ledger.net_exposure) == (Decimal("37.63"), Decimal("37.63"))
    ledger.mark("CL", Decimal(5))
    assert (ledger.gross_exposure, ledger.net_exposure) == (Decimal(5), Decimal(-5))
