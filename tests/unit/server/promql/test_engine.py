"""Answers worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from deskwatch.errors import QueryError, QueryReason
from deskwatch.model import STALE_NAN
from deskwatch.server.promql import Engine, ResultKind

Load = Callable[..., Engine]


def answer(engine: Engine, expr: str, second: float) -> dict[str, float]:
    found = engine.query(expr, round(second * 1000)).elements()
    return {",".join(f"{name}={value}" for name, value in labels.items()): value for labels, value in found}


def test_a_selector_gives_the_newest_sample(load: Load) -> None:
    assert answer(load({"m": {100: 1.0, 160: 2.0}}), "m", 159.999) == {"__name__=m": 1.0}


def test_the_look_back_is_open_on_the_left(load: Load) -> None:
    engine = load({"m": {100: 1.0}})
    assert answer(engine, "m", 399.999) == {"__name__=m": 1.0}
    assert answer(engine, "m", 400) == {}


def test_a_stale_marker_ends_a_series_at_once(load: Load) -> None:
    engine = load({"m": {100: 1.0, 110: STALE_NAN, 120: 3.0}})
    assert answer(engine, "m", 109) == {"__name__=m": 1.0}
    assert answer(engine, "m", 115) == {}
    assert answer(engine, "m", 120) == {"__name__=m": 3.0}


def test_a_stale_marker_is_no_sample_of_a_range(load: Load) -> None:
    engine = load({"m": {100: 1.0, 110: STALE_NAN, 120: 3.0}})
    assert answer(engine, "count_over_time(m[1m])", 120) == {"": 2.0}
    (series,) = engine.query("m[1m]", 120_000).series
    assert series.values.tolist() == [1.0, 3.0]


@pytest.mark.parametrize("expr", ["rate(m[1m])", "resets(m[1m])", "last_over_time(m[1m])", "deriv(m[1m])"])
def test_a_series_of_nothing_but_stale_markers_is_none(load: Load, expr: str) -> None:
    only_ended = {"m{i=a}": {100: STALE_NAN}, "m{i=c}": {100: STALE_NAN}}
    assert answer(load(only_ended), expr, 120) == {}
    found = answer(load({**only_ended, "m{i=b}": {100: 5.0, 110: 5.0}}), expr, 120)
    assert list(found) == [f"{'__name__=m,' if 'last' in expr else ''}i=b"]


def test_an_ordinary_nan_is_a_value(load: Load) -> None:
    found = answer(load({"m": {100: math.nan}}), "m + 1", 100)
    assert list(found) == [""]
    assert math.isnan(found[""])


def test_a_range_is_open_on_the_left(load: Load) -> None:
    engine = load({"m": {60: 1.0, 90: 1.0, 120: 1.0}})
    assert answer(engine, "count_over_time(m[1m])", 120) == {"": 2.0}


def test_rate_adds_what_resets_lost_and_reaches_to_the_ends(load: Load) -> None:
    # 10 -> 16, reset, 4 -> 10: 6 + 4 + 6 = 16 in 30 s; the window of 40 s adds 5 s before and 5 s after.
    engine = load({"c": {105: 10.0, 115: 16.0, 125: 4.0, 135: 10.0}})
    assert answer(engine, "increase(c[40s])", 140) == {"": pytest.approx(16 * 40 / 30)}
    assert answer(engine, "rate(c[40s])", 140) == {"": pytest.approx(16 / 30)}


def test_rate_does_not_reach_to_before_the_counter_was_zero(load: Load) -> None:
    # It grew by 10 in 10 s from 1, so it was 0 one second before the first sample.
    assert answer(load({"c": {105: 1.0, 115: 11.0}}), "increase(c[20s])", 120) == {"": pytest.approx(10 * 16 / 10)}


def test_a_reset_outside_the_window_does_not_count(load: Load) -> None:
    engine = load({"c{i=a}": {70: 50.0, 105: 1.0, 115: 2.0}, "c{i=b}": {105: 0.0, 115: 7.0}})
    assert answer(engine, "resets(c[20s])", 120) == {"i=a": 0.0, "i=b": 0.0}
    assert answer(engine, "delta(c[20s])", 120) == {"i=a": pytest.approx(2.0), "i=b": pytest.approx(14.0)}


def test_one_sample_gives_no_rate(load: Load) -> None:
    assert answer(load({"c": {100: 1.0}}), "rate(c[1m])", 100) == {}


def test_histogram_quantile_spreads_a_bucket_evenly(load: Load) -> None:
    buckets = {"b{le=1}": {100: 2.0}, "b{le=3}": {100: 10.0}, "b{le=+Inf}": {100: 10.0}}
    assert answer(load(buckets), "histogram_quantile(0.6, b)", 100) == {
        "": pytest.approx(2.0)
    }  # rank 6: 4 of 8 into 1..3


def test_and_on_labels_keeps_the_left_side(load: Load) -> None:
    engine = load({"dd{bot=x,s=a}": {100: 0.2}, "dd{bot=x,s=b}": {100: 0.3}, "open{bot=x,s=a}": {100: 1.0}})
    found = answer(engine, "dd > 0.1 and on (bot, s) open > 0", 100)
    assert found == {"__name__=dd,bot=x,s=a": 0.2}


def test_a_range_query_follows_the_presence_of_each_step(load: Load) -> None:
    engine = load({"m{i=a}": {100: 1.0, 110: STALE_NAN}, "m{i=b}": {105: 2.0}})
    result = engine.query_range("sum(m)", 100_000, 115_000, 5_000)
    assert result.kind is ResultKind.MATRIX
    assert result.series[0].values.tolist() == [1.0, 3.0, 2.0, 2.0]


def test_the_one_side_may_change_hands_between_steps(load: Load) -> None:
    engine = load({"m": {100: 5.0, 110: 5.0}, "o{n=1}": {100: 2.0, 105: STALE_NAN}, "o{n=2}": {110: 3.0}})
    series = engine.query_range("m * on() group_left(n) o", 100_000, 110_000, 10_000).series
    assert [(row.labels["n"], row.ts_ms.tolist(), row.values.tolist()) for row in series] == [
        ("1", [100_000], [10.0]),
        ("2", [110_000], [15.0]),
    ]


def test_two_series_of_one_group_on_the_one_side_fail(load: Load) -> None:
    engine = load({"m": {100: 5.0}, "o{n=1}": {100: 2.0}, "o{n=2}": {100: 3.0}})
    with pytest.raises(QueryError, match="many-to-many matching not allowed"):
        engine.query("m * on() o", 100_000)


def test_a_subquery_runs_at_multiples_of_its_step(load: Load) -> None:
    engine = load({"m": dict.fromkeys(range(0, 200, 10), 1.0)})
    assert answer(engine, "sum_over_time(vector(time())[1m:25s])", 110) == {"": 75.0 + 100.0}


def test_at_fixes_the_time(load: Load) -> None:
    engine = load({"m": {100: 1.0, 200: 2.0}})
    series = engine.query_range("m @ 150", 100_000, 200_000, 100_000).series
    assert series[0].values.tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("expr", "limits", "reason"),
    [
        ("sum_over_time(m[1m])", {"max_samples": 2}, QueryReason.EXECUTION),
        ("m + m + m", {"max_samples": 2}, QueryReason.EXECUTION),
        ("sum_over_time(vector(1)[100y:1ms])", {}, QueryReason.EXECUTION),
        ("sum_over_time(sum_over_time(vector(1)[1y:1s])[1y:1s])", {}, QueryReason.EXECUTION),
        ("m", {"timeout_seconds": -1.0}, QueryReason.TIMEOUT),
    ],
)
def test_a_query_of_death_ends_in_a_typed_error(
    load: Load, expr: str, limits: dict[str, float], reason: QueryReason
) -> None:
    engine = load({"m": {98: 1.0, 99: 1.0, 100: 1.0}}, **limits)
    with pytest.raises(QueryError) as caught:
        engine.query(expr, 100_000)
    assert caught.value.reason is reason


@pytest.mark.parametrize(
    ("start_ms", "end_ms", "step_ms"), [(0, 11_000_000, 1_000), (10, 0, 1), (0, 10, 0), (0, 10, -5)]
)
def test_a_range_that_is_none_is_bad_data(load: Load, start_ms: int, end_ms: int, step_ms: int) -> None:
    with pytest.raises(QueryError) as caught:
        load({}).query_range("m", start_ms, end_ms, step_ms)
    assert caught.value.reason is QueryReason.BAD_DATA


def test_a_range_vector_is_no_range_query(load: Load) -> None:
    with pytest.raises(QueryError) as caught:
        load({}).query_range("m[5m]", 0, 10, 1)
    assert caught.value.reason is QueryReason.BAD_DATA


@pytest.mark.parametrize(
    "expr", ["sum(m)", "m + m", "rate(m[5m])", "topk(2, m)", "histogram_quantile(0.5, m)", "m[5m]"]
)
def test_nothing_gives_nothing(load: Load, expr: str) -> None:
    result = load({}).query(expr, 100_000)
    assert not result.elements()
    assert not result.series
