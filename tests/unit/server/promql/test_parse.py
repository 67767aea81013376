"""What is refused, and that the refusal names it."""

from __future__ import annotations

import pytest

from deskwatch.errors import ParseError, QueryError, QueryReason
from deskwatch.server.promql import check
from deskwatch.server.promql.ast import Binary, Cardinality, Negation, RangeSelector, Selector, Subquery


@pytest.mark.parametrize(
    ("expr", "named"),
    [
        ("histogram_count(m)", "histogram_count()"),
        ("histogram_fraction(0, 1, m)", "histogram_fraction()"),
        ("info(m)", "info()"),
        ("mad_over_time(m[5m])", "mad_over_time()"),
        ('sort_by_label(m, "a")', "sort_by_label()"),
        ("double_exponential_smoothing(m[5m], 0.5, 0.5)", "double_exponential_smoothing()"),
        ("sum(rate(m[5m])) / info(n)", "info()"),
        ("limitk(2, m)", "limitk()"),
        ("limit_ratio(0.5, m)", "limit_ratio()"),
        ("a + fill(0) b", "fill()"),
        ('m{a="1" or b="2"}', "'or' between label matchers"),
        ("m @ -1", "a negative time after @"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(expr: str, named: str) -> None:
    with pytest.raises(QueryError) as caught:
        check(expr)
    assert caught.value.reason is QueryReason.UNSUPPORTED
    assert named in str(caught.value)


@pytest.mark.parametrize("expr", ["", "m[5m", "sum(", "rate(m)", "m{a=~'('}", "time()[5m:]", "m @ 99999999999999"])
def test_what_is_no_promql_is_a_parse_error(expr: str) -> None:
    with pytest.raises(ParseError):
        check(expr)


@pytest.mark.parametrize(
    "expr",
    [
        "(" * 10_000 + "1" + ")" * 10_000,
        "+".join(["a"] * 5_000),
        "-" * 5_000 + "a",
        "sum(" * 101 + "a" + ")" * 101,
        "a or " * 201 + "a",
        " " * 1_000_000,
    ],
)
def test_an_expression_that_would_overflow_the_parser_never_reaches_it(expr: str) -> None:
    with pytest.raises(ParseError, match="at most"):
        check(expr)


def test_brackets_and_operators_in_strings_and_matchers_do_not_count() -> None:
    pattern = "|".join(["a-b"] * 250)
    assert isinstance(check(f'm{{x=~"{pattern}"}} # {"(" * 500}'), Selector)


def test_times_are_milliseconds() -> None:
    node = check("rate(m[5m] offset -1m30s)[1h:15s] @ 12.5")
    assert isinstance(node, Subquery)
    assert (node.range_ms, node.step_ms, node.at) == (3_600_000, 15_000, 12_500)
    windows = node.expr.args[0]  # type: ignore[union-attr]
    assert isinstance(windows, RangeSelector)
    assert (windows.range_ms, windows.selector.offset_ms) == (300_000, -90_000)


def test_unary_minus_binds_looser_than_power() -> None:
    node = check("-a ^ 2")
    assert isinstance(node, Negation)
    assert isinstance(node.expr, Binary)


def test_matching_is_read() -> None:
    node = check("a * on (x) group_right (y) b")
    assert isinstance(node, Binary)
    matching = node.matching
    assert (matching.on, matching.labels, matching.cardinality, matching.include) == (
        True,
        ("x",),
        Cardinality.ONE_TO_MANY,
        ("y",),
    )
