from __future__ import annotations

import math
from decimal import Decimal, localcontext

import pytest

from deskwatch.client import untrusted


class Hostile:
    def __float__(self) -> float:
        raise RuntimeError("no")

    def __str__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(("value", "wanted"), [(1, 1.0), (2.5, 2.5), (True, 1.0), (Decimal("0.1"), 0.1)])
def test_numbers_become_floats(value: object, wanted: float) -> None:
    assert untrusted.number(value) == wanted


@pytest.mark.parametrize("value", ["1.5", b"1", None, Hostile(), [], 10**400])
def test_what_is_no_number_is_none(value: object) -> None:
    assert untrusted.number(value) is None


@pytest.mark.parametrize("value", [math.nan, math.inf, "NaN", "1e99", 10**40, "9" * 100, None, Hostile(), "", "x"])
def test_what_is_no_money_is_none(value: object) -> None:
    assert untrusted.money(value) is None


@pytest.mark.parametrize(
    ("value", "wanted"), [(0.1, "0.1"), ("0.10", "0.10"), (3, "3"), (Decimal("1E-8"), "1E-8"), (-2.5, "-2.5")]
)
def test_money_is_exactly_what_was_written(value: object, wanted: str) -> None:
    assert str(untrusted.money(value)) == wanted


def test_the_bots_own_decimal_context_does_not_reach_in() -> None:
    with localcontext() as context:
        context.prec = 3
        for trap in context.traps:
            context.traps[trap] = True
        assert untrusted.money("123456.789") == Decimal("123456.789")
        assert untrusted.money("nonsense") is None


def test_a_market_time_in_milliseconds_is_noticed() -> None:
    assert untrusted.unix_seconds(1_641_000_000) == 1_641_000_000.0
    assert untrusted.unix_seconds(1_641_000_000_000) is None


def test_text_is_cut_and_always_utf8() -> None:
    assert untrusted.text("x" * 10_000_000) == "x" * untrusted.MAX_TEXT_CHARS
    assert untrusted.text("a\ud800b") == "a?b"
    assert untrusted.text(Hostile()) is None
