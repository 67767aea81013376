"""Turn sums since the start into what was added since the last export that arrived.

Source:  https://opentelemetry.io/docs/specs/otel/metrics/data-model/#temporality
"""

from __future__ import annotations

from collections.abc import Iterable

from deskwatch.client.otlp.points import Distribution, Labels, Number, Point, Stream

Key = tuple[str, Labels]


class Deltas:
    """Remembers what has arrived; what has not is part of the next difference, so nothing is lost."""

    def __init__(self) -> None:
        self._arrived: dict[Key, Point] = {}

    def since(self, stream: Stream) -> Stream:
        """Return the stream with differences in place of sums; gauges and summaries are as they are."""
        if stream.kind not in ("sum", "histogram"):
            return stream
        points = [_less(point, self._arrived.get((stream.name, point.labels))) for point in stream.points]
        return stream._replace(points=points)

    def arrived(self, streams: Iterable[Stream]) -> None:
        """Remember that these sums have arrived."""
        self._arrived.update(_sums(streams))

    def keep_only(self, streams: Iterable[Stream]) -> None:
        """Forget every series that is not among these: it is no longer exposed."""
        kept = _sums(streams)
        self._arrived = {key: point for key, point in self._arrived.items() if key in kept}


def _sums(streams: Iterable[Stream]) -> dict[Key, Point]:
    return {
        (stream.name, point.labels): point
        for stream in streams
        if stream.kind in ("sum", "histogram")
        for point in stream.points
    }


def _less(point: Point, before: Point | None) -> Point:
    """Return the difference; a sum that went down began again, and is its own difference."""
    if isinstance(point, Number) and isinstance(before, Number) and point.value >= before.value:
        return point._replace(value=point.value - before.value)
    if isinstance(point, Distribution) and isinstance(before, Distribution) and _goes_on(point, before):
        counts = tuple(now - then for now, then in zip(point.counts, before.counts, strict=True))
        return point._replace(counts=counts, total=point.total - before.total)
    return point


def _goes_on(point: Distribution, before: Distribution) -> bool:
    if point.bounds != before.bounds:
        return False
    return all(now >= then for now, then in zip(point.counts, before.counts, strict=True))
