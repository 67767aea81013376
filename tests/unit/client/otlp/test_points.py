from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from deskwatch.client.metrics import Registry
from deskwatch.client.otlp.encode import batches
from deskwatch.client.otlp.points import Distribution, Number, Quantiles, Stream, read_streams

TEXT = b"""# HELP hits_total Hits.
# TYPE hits_total counter
hits_total{a="x"} 2.0
# TYPE odd untyped
odd 4
# HELP wait_seconds Wait.
# TYPE wait_seconds histogram
wait_seconds_bucket{le="0.1"} 1
wait_seconds_bucket{le="+Inf"} 3
wait_seconds_sum 7.5
wait_seconds_count 3
# TYPE size_bytes summary
size_bytes{quantile="0.5"} 10
size_bytes_sum 30
size_bytes_count 2
"""


def test_each_kind_is_read() -> None:
    assert list(read_streams(TEXT)) == [
        Stream("hits_total", "Hits.", "sum", [Number((("a", "x"),), 2.0)]),
        Stream("odd", "", "gauge", [Number((), 4.0)]),
        Stream("wait_seconds", "Wait.", "histogram", [Distribution((), (0.1,), (1, 2), 7.5)]),
        Stream("size_bytes", "", "summary", [Quantiles((), ((0.5, 10.0),), 2, 30.0)]),
    ]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), max_size=50))
def test_a_histogram_is_read_back_bucket_for_bucket(values: list[float]) -> None:
    registry = Registry()
    histogram = registry.histogram("wait_seconds", "Wait.", buckets=(-1, 0, 0.5, 1e6))
    for value in values:
        histogram.observe(value)
    exposition = registry.expose(with_prometheus_client=False)
    (found,) = [stream.points[0] for stream in read_streams(exposition) if stream.name == "wait_seconds"]
    counts, total = histogram.read()
    assert found == Distribution((), (-1.0, 0.0, 0.5, 1e6), tuple(counts), total)


@given(st.lists(st.integers(0, 7), max_size=10), st.integers(1, 5))
def test_batches_keep_every_point_in_order_and_their_size(sizes: list[int], most: int) -> None:
    streams = [
        Stream(f"s{number}", "", "gauge", [Number((("i", str(i)),), 1.0) for i in range(size)])
        for number, size in enumerate(sizes)
    ]
    found = list(batches(streams, most))
    flat = [(stream.name, point) for batch in found for stream in batch for point in stream.points]
    assert flat == [(stream.name, point) for stream in streams for point in stream.points]
    assert all(sum(len(stream.points) for stream in batch) == most for batch in found[:-1])
    assert all(0 < sum(len(stream.points) for stream in batch) <= most for batch in found)
