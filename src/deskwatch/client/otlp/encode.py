"""Write points as OTLP's protobuf messages.

Source:  https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/metrics/v1/metrics.proto
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from deskwatch.client.extra import load
from deskwatch.client.otlp.points import Distribution, Labels, Number, Point, Quantiles, Stream, in_turns

MAX_POINTS: Final = 1_000
"""A request, about 200 kB before compression; one C call on it stays below a millisecond."""

SCOPE: Final = "deskwatch"

_UNITS: Final = {"seconds": "s", "bytes": "By", "ratio": "1"}
"""By the end of a name. Source: https://ucum.org/ucum, as OpenTelemetry writes units."""


class Window(NamedTuple):
    """The time that a sum covers, in nanoseconds since the Unix epoch."""

    start_ns: int
    end_ns: int


class Encoder:
    """Makes requests of one process.

    Args:
        resource: What is said of the process.
        delta: Whether sums are differences.

    Raises:
        MissingExtraError: The messages are not installed.
    """

    def __init__(self, resource: Mapping[str, str], *, delta: bool) -> None:
        feature = "Exporting by OTLP"
        self._metrics = load("opentelemetry.proto.metrics.v1.metrics_pb2", "otlp", feature)
        self._common = load("opentelemetry.proto.common.v1.common_pb2", "otlp", feature)
        self._resource = load("opentelemetry.proto.resource.v1.resource_pb2", "otlp", feature)
        self._service = load("opentelemetry.proto.collector.metrics.v1.metrics_service_pb2", "otlp", feature)
        self._attributes = self._pairs(tuple(resource.items()))
        kinds = self._metrics.AggregationTemporality
        self._temporality = kinds.AGGREGATION_TEMPORALITY_DELTA if delta else kinds.AGGREGATION_TEMPORALITY_CUMULATIVE

    def request(self, streams: Iterable[Stream], window: Window) -> bytes:
        """Return the body of one request."""
        scope = self._metrics.ScopeMetrics(
            scope=self._common.InstrumentationScope(name=SCOPE),
            metrics=[self._metric(stream, window) for stream in streams],
        )
        resource = self._resource.Resource(attributes=self._attributes)
        of_resource = self._metrics.ResourceMetrics(resource=resource, scope_metrics=[scope])
        body: bytes = self._service.ExportMetricsServiceRequest(resource_metrics=[of_resource]).SerializeToString()
        return body

    def rejected(self, answer: bytes) -> tuple[int, str]:
        """Return how many points an answer says were rejected, and why.

        Source: https://opentelemetry.io/docs/specs/otlp/#partial-success-1
        """
        partial = self._service.ExportMetricsServiceResponse.FromString(answer).partial_success
        return partial.rejected_data_points, partial.error_message

    def _metric(self, stream: Stream, window: Window) -> Any:  # noqa: ANN401  (a protobuf message)
        metric = self._metrics.Metric(name=stream.name, description=stream.help, unit=_unit(stream.name))
        points = [self._point(point, window) for point in in_turns(stream.points)]
        if stream.kind == "sum":
            metric.sum.CopyFrom(
                self._metrics.Sum(data_points=points, aggregation_temporality=self._temporality, is_monotonic=True)
            )
        elif stream.kind == "histogram":
            metric.histogram.CopyFrom(
                self._metrics.Histogram(data_points=points, aggregation_temporality=self._temporality)
            )
        elif stream.kind == "summary":
            metric.summary.CopyFrom(self._metrics.Summary(data_points=points))
        else:
            metric.gauge.CopyFrom(self._metrics.Gauge(data_points=points))
        return metric

    def _point(self, point: Point, window: Window) -> Any:  # noqa: ANN401  (as above)
        about = {
            "attributes": self._pairs(point.labels),
            "start_time_unix_nano": window.start_ns,
            "time_unix_nano": window.end_ns,
        }
        if isinstance(point, Number):
            return self._metrics.NumberDataPoint(**about, as_double=point.value)
        if isinstance(point, Distribution):
            return self._metrics.HistogramDataPoint(
                **about,
                count=sum(point.counts),
                sum=point.total,
                bucket_counts=point.counts,
                explicit_bounds=point.bounds,
            )
        return self._summary_point(point, about)

    def _summary_point(self, point: Quantiles, about: dict[str, Any]) -> Any:  # noqa: ANN401  (as above)
        make = self._metrics.SummaryDataPoint
        values = [make.ValueAtQuantile(quantile=at, value=value) for at, value in point.quantiles]
        return make(**about, count=point.values, sum=point.total, quantile_values=values)

    def _pairs(self, labels: Labels) -> list[Any]:
        value = self._common.AnyValue
        return [self._common.KeyValue(key=name, value=value(string_value=text)) for name, text in labels]


def batches(streams: Iterable[Stream], max_points: int = MAX_POINTS) -> Iterator[list[Stream]]:
    """Return the streams in groups of at most so many points; a stream that is larger is cut."""
    batch: list[Stream] = []
    room = max_points
    for stream in streams:
        rest = stream.points
        while rest:
            batch.append(stream._replace(points=rest[:room]))
            taken, rest = min(room, len(rest)), rest[room:]
            room -= taken
            if not room:
                yield batch
                batch, room = [], max_points
    if batch:
        yield batch


def _unit(name: str) -> str:
    return _UNITS.get(name.removesuffix("_total").rpartition("_")[2], "")
