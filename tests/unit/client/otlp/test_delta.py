from __future__ import annotations

from deskwatch.client.otlp.delta import Deltas
from deskwatch.client.otlp.points import Distribution, Kind, Number, Stream


def stream(value: float, kind: Kind = "sum") -> Stream:
    return Stream("fills_total", "Fills.", kind, [Number((("symbol", "BTC"),), value)])


def histogram(*counts: int, bounds: tuple[float, ...] = (1.0,)) -> Stream:
    return Stream("wait_seconds", "Wait.", "histogram", [Distribution((), bounds, counts, float(sum(counts)))])


def test_the_first_difference_is_the_sum_itself() -> None:
    assert Deltas().since(stream(5)) == stream(5)


def test_what_has_not_arrived_is_part_of_the_next_difference() -> None:
    deltas = Deltas()
    deltas.arrived([stream(5)])
    assert deltas.since(stream(7)) == stream(2)
    assert deltas.since(stream(9)) == stream(4)


def test_a_sum_that_began_again_is_its_own_difference() -> None:
    deltas = Deltas()
    deltas.arrived([stream(5)])
    assert deltas.since(stream(3)) == stream(3)


def test_buckets_are_subtracted_each() -> None:
    deltas = Deltas()
    deltas.arrived([histogram(1, 2)])
    assert deltas.since(histogram(3, 2)).points == [Distribution((), (1.0,), (2, 0), 2.0)]


def test_a_histogram_with_other_buckets_or_fewer_values_began_again() -> None:
    deltas = Deltas()
    deltas.arrived([histogram(1, 2)])
    assert deltas.since(histogram(0, 4)) == histogram(0, 4)
    assert deltas.since(histogram(1, 2, 3, bounds=(1.0, 2.0))) == histogram(1, 2, 3, bounds=(1.0, 2.0))


def test_a_gauge_is_no_difference() -> None:
    deltas = Deltas()
    deltas.arrived([stream(5, "gauge")])
    assert deltas.since(stream(7, "gauge")) == stream(7, "gauge")


def test_a_series_that_is_gone_is_forgotten() -> None:
    deltas = Deltas()
    deltas.arrived([stream(5), histogram(1, 2)])
    deltas.keep_only([histogram(1, 2)])
    assert deltas.since(stream(7)) == stream(7)
    assert deltas.since(histogram(1, 2)).points == [Distribution((), (1.0,), (0, 0), 0.0)]
