"""What ``TradingMetrics`` shows, sends and refuses of contracts, currencies, funding and splits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from client_fakes import CollectingLink, ManualSeconds
from deskwatch.client import Guard, GuardState, Instrument, Ledger, MaxDrawdown, Registry, TradingMetrics
from deskwatch.client.metrics import DropReason

SAP, COIN = Instrument("SAP", "EUR"), Instrument("COIN", "BTC", inverse=True)


class Desk:
    """A recorder with everything that it talks to."""

    def __init__(self, **settings: Any) -> None:
        self.link = CollectingLink()
        self.registry = Registry()
        self.guard = Guard([MaxDrawdown(0.5)], link=self.link)
        given = {"starting_equity": 1000, "instruments": [SAP, COIN], **settings}
        self.metrics = TradingMetrics(
            "mom", registry=self.registry, link=self.link, clock=ManualSeconds(), guard=self.guard, **given
        )

    def shown(self) -> dict[str, float]:
        lines = self.registry.expose(with_prometheus_client=False).decode().splitlines()
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}

    def rate(self) -> None:
        self.metrics.record_rate("EUR", "USD", 1.25)
        self.metrics.record_rate("BTC", "USD", 40_000)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def drops(desk: Desk) -> dict[str, int]:
    return {str(reason): times for reason, times in desk.registry.drops.read().items() if times}


def test_entries_are_refused_until_every_declared_currency_has_a_rate(desk: Desk) -> None:
    assert not desk.guard.allow_entry()
    desk.metrics.record_rate("EUR", "USD", 1.25)
    assert not desk.guard.allow_entry()
    assert desk.shown()['trading_rates_missing{strategy="mom"}'] == 1
    assert 'trading_equity{strategy="mom",currency="USD"}' not in desk.shown()
    desk.metrics.record_rate("BTC", "USD", 40_000)
    assert desk.guard.allow_entry()
    assert desk.guard.state is GuardState.ACTIVE


def test_a_fee_in_a_currency_without_a_rate_trips_a_guard_that_knew_the_equity(desk: Desk) -> None:
    desk.rate()
    assert desk.shown()['trading_equity{strategy="mom",currency="USD"}'] == 1000
    desk.metrics.record_fill("SAP", "BUY", 1, 100, fee=0.01, fee_currency="BNB")
    assert desk.guard.state is GuardState.HALTED
    assert desk.metrics.ledger.unrated == ["BNB"]
    assert str(desk.shown()['trading_equity{strategy="mom",currency="USD"}']) == "nan"


def test_an_amount_in_another_currency_is_shown_in_the_account_s_and_sent_in_its_own(desk: Desk) -> None:
    desk.rate()
    desk.metrics.record_fill("SAP", "BUY", 10, 100, fee=2)
    desk.metrics.record_mark("SAP", 110)
    desk.metrics.record_fill("SAP", "SELL", 4, 110, fee=2.5, fee_currency="USD")
    shown, money = desk.shown(), '{strategy="mom",currency="USD"}'
    assert shown[f"trading_equity{money}"] == 1000 + 98 * 1.25 - 2.5
    assert shown[f"trading_pnl_realized{money}"] == 40 * 1.25
    assert shown[f"trading_turnover_total{money}"] == 1440 * 1.25
    assert shown[f"trading_fees_total{money}"] == 5
    assert shown['trading_position_notional{strategy="mom",symbol="SAP",currency="EUR"}'] == 660
    assert shown['trading_rate{strategy="mom",currency="EUR"}'] == 1.25
    assert shown['trading_rate_timestamp_seconds{strategy="mom",currency="EUR"}'] == ManualSeconds().now
    sold = desk.link.of_kind("fill")[1]
    assert (sold["currency"], sold["fee"], sold["realized_pnl"], sold["position_after"]) == ("EUR", "2", "40", "6")


def test_funding_shows_and_counts(desk: Desk) -> None:
    desk.rate()
    desk.metrics.record_funding("SAP", -2)
    desk.metrics.record_funding("SAP", 1, "USD")
    assert desk.shown()['trading_pnl_funding{strategy="mom",currency="USD"}'] == -1.5
    assert desk.metrics.ledger.equity == Decimal("998.5")


def test_a_split_keeps_the_monitor_s_sum_of_the_fills_right(desk: Desk) -> None:
    desk.metrics.record_fill("SAP", "BUY", 10, 100)
    desk.metrics.record_split("SAP", 4)
    desk.metrics.record_split("SAP", 1, 10)
    first, second, third = desk.link.of_kind("fill")
    assert [(fill["side"], fill["quantity"], fill["price"]) for fill in (first, second, third)] == [
        ("BUY", "10", "100"),
        ("BUY", "30", "0"),
        ("SELL", "36", "0"),
    ]
    assert (second["order_id"], third["position_after"]) == ("split 4 for 1", "4")
    assert desk.shown()['trading_position_quantity{strategy="mom",symbol="SAP"}'] == 4


@pytest.mark.parametrize(
    ("call", "arguments", "reason"),
    [
        ("record_funding", ("SAP", float("nan")), DropReason.FUNDING),
        ("record_funding", ("SAP", 1, ""), DropReason.FUNDING),
        ("record_split", ("SAP", 0), DropReason.SPLIT),
        ("record_split", ("SAP", 4, -1), DropReason.SPLIT),
        ("record_split", ("SAP", 100_001), DropReason.SPLIT),
        ("record_split", ("COIN", 2), DropReason.SPLIT),
        ("record_rate", ("EUR", "GBP", 1), DropReason.RATE),
        ("record_rate", ("EUR", "USD", 0), DropReason.RATE),
        ("record_rate", ("USD", "USD", 1), DropReason.RATE),
        ("record_rate", ("EUR", "USD", "much"), DropReason.RATE),
        ("record_mark", ("COIN", 0), DropReason.MARK),
        ("record_fill", ("COIN", "BUY", 1, -1), DropReason.FILL),
    ],
)
def test_what_cannot_be_used_is_counted(
    desk: Desk, call: str, arguments: tuple[object, ...], reason: DropReason
) -> None:
    getattr(desk.metrics, call)(*arguments)
    assert drops(desk) == {reason: 1}
    assert desk.metrics.ledger.equity == 1000


def test_a_fee_in_what_is_no_currency_drops_the_fill(desk: Desk) -> None:
    desk.metrics.record_fill("SAP", "BUY", 1, 100, fee_currency="x" * 21)
    assert drops(desk) == {DropReason.FILL: 1}


def test_currencies_are_bounded(desk: Desk) -> None:
    for number in range(600):
        desk.metrics.record_rate(f"C{number}", "USD", 1)
    assert len(desk.metrics.ledger.purses) == 500
    desk.metrics.record_fill("SAP", "BUY", 1, 100, fee=1, fee_currency="ONE-MORE")
    assert drops(desk) == {DropReason.RATE: 103, DropReason.SYMBOLS: 1}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"ledger": Ledger(currency="EUR"), "currency": "USD"}, "currency must be the ledger's, 'EUR', was 'USD'"),
        ({"ledger": Ledger(), "instruments": [SAP]}, "the ledger has its own"),
        ({"currency": "x" * 21}, "currency must be a text of 1 to 20 characters"),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        TradingMetrics("mom", registry=Registry(), link=CollectingLink(), **settings)


def test_the_currency_is_the_ledger_s() -> None:
    desk = Desk(ledger=Ledger(Decimal(5), currency="EUR"), starting_equity=None, instruments=())
    assert desk.shown()['trading_equity{strategy="mom",currency="EUR"}'] == 5
