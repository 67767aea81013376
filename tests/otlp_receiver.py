"""An OTLP receiver over HTTP: it decodes what comes, with OpenTelemetry's own messages, and answers as it is told.

Source: https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import accumulate
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from prometheus_client.utils import floatToGoString

Key = tuple[str, tuple[tuple[str, str], ...]]


@dataclass
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    message: Any

    @property
    def resource(self) -> dict[str, str]:
        attributes = self.message.resource_metrics[0].resource.attributes
        return {pair.key: pair.value.string_value for pair in attributes}

    @property
    def metrics(self) -> dict[str, Any]:
        return {
            metric.name: metric for scope in self.message.resource_metrics[0].scope_metrics for metric in scope.metrics
        }

    def samples(self) -> dict[Key, float]:
        """Return the points as Prometheus would name them."""
        return {key: value for metric in self.metrics.values() for key, value in _samples(metric)}


@dataclass
class Receiver:
    """What came, in order, and what is to be answered."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    rejects: int = 0
    hold: threading.Event = field(default_factory=threading.Event)

    def samples(self) -> dict[Key, float]:
        """Return the points of all requests together; a later one wins."""
        return {key: value for request in self.received for key, value in request.samples().items()}


@contextmanager
def otlp_receiver() -> Iterator[Receiver]:
    """Start one on a free port."""
    receiver = Receiver()
    receiver.hold.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.hold.wait(30)
            status, headers = receiver.answers.pop(0) if receiver.answers else (200, {})
            if status == 200:
                plain = gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body
                message = ExportMetricsServiceRequest.FromString(plain)
                receiver.received.append(Received(self.path, dict(self.headers), message))
            self._answer(status, headers)

        def _answer(self, status: int, headers: dict[str, str]) -> None:
            response = ExportMetricsServiceResponse()
            if receiver.rejects:
                response.partial_success.rejected_data_points = receiver.rejects
                response.partial_success.error_message = "too old"
            body = response.SerializeToString()
            self.send_response(status)
            for name, value in {"Content-Type": "application/x-protobuf", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield receiver
    finally:
        receiver.hold.set()
        server.shutdown()
        server.server_close()


def _samples(metric: Any) -> Iterator[tuple[Key, float]]:
    kind = metric.WhichOneof("data")
    for point in getattr(metric, kind).data_points:
        labels = {pair.key: pair.value.string_value for pair in point.attributes}
        if kind in ("sum", "gauge"):
            yield _key(metric.name, labels), point.as_double
            continue
        yield _key(f"{metric.name}_sum", labels), point.sum
        yield _key(f"{metric.name}_count", labels), float(point.count)
        if kind == "histogram":
            bounds = [*map(floatToGoString, point.explicit_bounds), "+Inf"]
            for bound, upto in zip(bounds, accumulate(point.bucket_counts), strict=True):
                yield _key(f"{metric.name}_bucket", {**labels, "le": bound}), float(upto)
        else:
            for quantile in point.quantile_values:
                yield _key(metric.name, {**labels, "quantile": str(quantile.quantile)}), quantile.value


def _key(name: str, labels: dict[str, str]) -> Key:
    return name, tuple(sorted(labels.items()))
