"""What an expression says about itself."""

from __future__ import annotations

import pytest

from deskwatch.server.promql import metric_names, threshold


@pytest.mark.parametrize(
    ("expr", "wanted"),
    [
        ("m > 0.1", (">", 0.1)),
        ("(m > 0.1) and on (bot) n > 0", (">", 0.1)),
        ("m <= 5 unless n", ("<=", 5.0)),
        ("((m) != -3)", ("!=", -3.0)),
        ("5 < m", (">", 5.0)),
        ("2 >= m", ("<=", 2.0)),
        ("0 == m", ("==", 0.0)),
        ("m > bool 2", (">", 2.0)),
        ("time() - m > 1m", (">", 60.0)),
        ("m > n", None),
        ("m > 1 or n > 2", None),
        ("sum(m > 1)", None),
        ("m", None),
    ],
)
def test_threshold_is_the_number_at_the_top(expr: str, wanted: tuple[str, float] | None) -> None:
    assert threshold(expr) == wanted


def test_metric_names_are_found_everywhere() -> None:
    expr = 'topk(scalar(k), rate(a[5m])) + on() max_over_time(b[5m:1m]) and {__name__="c"} or {__name__=~"d.*"}'
    assert metric_names(expr) == {"k", "a", "b", "c"}
