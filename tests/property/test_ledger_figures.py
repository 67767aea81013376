"""A window that slid against one that holds the same returns from the start."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from deskwatch.client.trading.returns import ReturnStatistics

SHORT, LONG = 3, 25

ratios = st.floats(-0.9, 10.0) | st.sampled_from([0.0, 0.01, -0.01])
pairs = st.lists(st.tuples(ratios, st.none() | ratios), max_size=3 * LONG)


@given(pairs)
def test_what_left_the_windows_leaves_no_trace(history: list[tuple[float, float | None]]) -> None:
    """To the last bit, and after whatever came before."""
    slid, fresh = ReturnStatistics(SHORT, LONG, 365), ReturnStatistics(SHORT, LONG, 365)
    for pair in history:
        slid.add(*pair)
    for pair in history[-LONG:]:
        fresh.add(*pair)
    assert slid.figures() == fresh.figures()
    assert slid.count == min(len(history), LONG)


@given(pairs)
def test_figures_stay_where_they_can_be(history: list[tuple[float, float | None]]) -> None:
    """A probability is one, a deviation is above 0, and the mean of the worst is no better than the best of them."""
    statistics = ReturnStatistics(SHORT, LONG, 365)
    for pair in history:
        statistics.add(*pair)
    figures = statistics.figures()
    assert figures.probabilistic_sharpe is None or 0 <= figures.probabilistic_sharpe <= 1
    assert figures.volatility is None or figures.volatility > 0
    if figures.var_95 is not None:
        assert figures.cvar_95 is not None
        assert figures.cvar_95 >= figures.var_95
