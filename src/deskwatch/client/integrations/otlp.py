"""Export to Datadog, New Relic and any other OTLP back end.

Way:     the exposition of the process → [otlp] → POST /v1/metrics, in protobuf over HTTP.
Threads: one daemon thread reads and sends; the strategy's threads have no part in it. Nothing is queued: an export that
         failed is made up for by the next, which has the newest values. A forked child exports on its own.
Source:  https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

from __future__ import annotations

import os
import time
import uuid
import zlib
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from deskwatch.client import diagnostics
from deskwatch.client.metrics import DropReason, Registry, default_registry
from deskwatch.client.otlp.delta import Deltas
from deskwatch.client.otlp.encode import Encoder, Window, batches
from deskwatch.client.otlp.points import Stream, read_streams
from deskwatch.client.otlp.settings import Settings, read_settings
from deskwatch.client.periodic import EXIT_SECONDS, Periodic
from deskwatch.client.transport import Reply, exchange

FIRST_BACKOFF_SECONDS: Final = 5.0
"""Doubled with each failure, up to the interval; where the server does not say how long to wait."""

MAX_WAIT_SECONDS: Final = 3600.0
"""A server that asks for more in Retry-After is asked again after an hour."""

RETRYABLE: Final = frozenset({429, 502, 503, 504})
"""Source: https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes"""

GZIP_WBITS: Final = 31  # https://docs.python.org/3/library/zlib.html#zlib.compressobj: a gzip header and trailer


def export_otlp(
    endpoint: str | None = None,
    registry: Registry | None = None,
    *,
    interval_seconds: float | None = None,
    headers: Mapping[str, str] | None = None,
    temporality: Literal["cumulative", "delta"] | None = None,
) -> OtlpExport:
    """Export everything that ``/metrics`` of this process shows, again and again, and once more when it ends.

    What is not given is read from OpenTelemetry's variables, such as ``OTEL_EXPORTER_OTLP_ENDPOINT``,
    ``OTEL_EXPORTER_OTLP_HEADERS``, ``OTEL_METRIC_EXPORT_INTERVAL``, ``OTEL_SERVICE_NAME`` and
    ``OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE``. A second call for the same registry replaces the first.

    Args:
        endpoint: Such as ``http://localhost:4318``; ``/v1/metrics`` is added where it is missing.
        registry: What to export; by default the registry of the process.
        interval_seconds: Between two exports; by default 60.
        headers: Such as an API key.
        temporality: Whether sums count from the start, or from the last export, as Datadog's own intake wants them.

    Raises:
        MissingExtraError: The extra ``otlp`` is not installed.
        ValueError: An argument or a variable cannot be used.
    """
    settings = read_settings(
        os.environ, endpoint, interval_seconds=interval_seconds, headers=headers, temporality=temporality
    )
    export = OtlpExport(registry if registry is not None else default_registry(), settings)
    former = _exports.get(export.registry)
    if former is not None:
        former.close()
    _exports[export.registry] = export
    export.start()
    return export


class OtlpExport:
    """One export that goes on; ``export_otlp`` makes it.

    Args:
        registry: What to export.
        settings: Where and how.
        clock_ns: Gives the wall time in nanoseconds.
    """

    def __init__(self, registry: Registry, settings: Settings, clock_ns: Callable[[], int] = time.time_ns) -> None:
        self.registry = registry
        self._settings = settings
        self._clock_ns = clock_ns
        self._start_ns = _process_start_ns()
        self._begin()
        self._periodic = Periodic(
            "deskwatch-otlp", self._step, first_seconds=settings.interval_seconds, failed=self._failed
        )

    def _begin(self) -> None:
        self._pid = os.getpid()
        # An id of its own, so that the sums of a forked child are not taken for those of its parent.
        process = {"service.instance.id": str(uuid.uuid4()), "process.pid": str(self._pid)}
        self._encoder = Encoder({**process, **self._settings.resource}, delta=self._settings.delta)
        self._deltas = Deltas() if self._settings.delta else None
        self._since_ns = self._start_ns
        self._failures = 0
        self._not_before = 0.0

    def start(self) -> None:
        """Begin to export."""
        self._periodic.start()

    def close(self, timeout_seconds: float = EXIT_SECONDS) -> bool:
        """Export for a last time, within so long, and stop; say whether the thread came to its end."""
        if _exports.get(self.registry) is self:
            del _exports[self.registry]
        return self._periodic.close(timeout_seconds)

    def _step(self, deadline: float | None) -> float:
        """Export once and return the seconds until the next; ``deadline`` is that of the last export."""
        if os.getpid() != self._pid:
            self._begin()
        if time.monotonic() < self._not_before:
            return self._not_before - time.monotonic()
        now_ns = self._clock_ns()
        streams = list(read_streams(self.registry.expose()))
        window = Window(min(self._since_ns, now_ns), now_ns)
        for batch in batches(streams):
            wait_seconds = self._send(batch, window, deadline)
            if wait_seconds is not None:
                return wait_seconds
        self._failures = 0
        if self._deltas is not None:
            self._deltas.keep_only(streams)
            self._since_ns = now_ns
        return self._settings.interval_seconds

    def _send(self, batch: list[Stream], window: Window, deadline: float | None) -> float | None:
        """Send one request; return after how many seconds to try again, or ``None`` when it arrived."""
        shown = batch if self._deltas is None else [self._deltas.since(stream) for stream in batch]
        body = self._encoder.request(shown, window)
        try:
            reply = self._post(body, deadline)
        except (OSError, ValueError) as error:
            return self._again_after(f"{type(error).__name__}: {error}")
        if reply.status in RETRYABLE:
            return self._again_after(f"status {reply.status}", _retry_after_seconds(reply))
        if not 200 <= reply.status < 300:
            said = reply.body[:200].decode("utf-8", "replace")
            return self._again_after(f"status {reply.status} {said}", self._settings.interval_seconds)
        if self._deltas is not None:
            self._deltas.arrived(batch)
        self._look_at(reply)
        return None

    def _post(self, body: bytes, deadline: float | None) -> Reply:
        settings = self._settings
        headers = {"Content-Type": "application/x-protobuf", **settings.headers}
        if settings.gzip:
            body = zlib.compress(body, level=1, wbits=GZIP_WBITS)
            headers["Content-Encoding"] = "gzip"
        left = settings.timeout_seconds if deadline is None else deadline - time.monotonic()
        timeout_seconds = max(min(left, settings.timeout_seconds), 0.01)
        return exchange("POST", settings.url, body, headers, timeout_seconds=timeout_seconds, ca_file=settings.ca_file)

    def _again_after(self, problem: str, wait_seconds: float | None = None) -> float:
        self.registry.drops.count(DropReason.OTLP)
        place = urlsplit(self._settings.url).netloc.rpartition("@")[2]
        diagnostics.say("otlp", f"metrics were not exported to {place}: {problem}")
        if wait_seconds is None:
            wait_seconds = min(FIRST_BACKOFF_SECONDS * 2**self._failures, self._settings.interval_seconds)
            self._failures = min(self._failures + 1, 10)
        wait_seconds = min(wait_seconds, MAX_WAIT_SECONDS)
        self._not_before = time.monotonic() + wait_seconds
        return wait_seconds

    def _look_at(self, reply: Reply) -> None:
        """Count the points of a request that the server rejected while it took the others."""
        if not reply.headers.get("content-type", "").startswith("application/x-protobuf"):
            return
        rejected, why = self._encoder.rejected(reply.body)
        if rejected:
            self.registry.drops.count(DropReason.OTLP, rejected)
            diagnostics.say("otlp", f"{rejected} points were rejected: {why[:200]}")

    def _failed(self, error: Exception) -> None:
        self.registry.drops.count(DropReason.OTLP)
        diagnostics.say("otlp", f"metrics cannot be exported: {type(error).__name__}: {error}")


_exports: Final[dict[Registry, OtlpExport]] = {}


def _retry_after_seconds(reply: Reply) -> float | None:
    """Return what the server asks to wait, which may be longer than the interval.

    Source: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    """
    text = reply.headers.get("retry-after", "")
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(parsedate_to_datetime(text).timestamp() - time.time(), 0.0)
    except (TypeError, ValueError, OverflowError):
        return None


def _process_start_ns() -> int:
    """Return when this process began, before which nothing was counted.

    Source: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html (starttime), proc_stat.5 (btime)
    """
    try:
        ticks = Path("/proc/self/stat").read_text("utf-8").rpartition(")")[2].split()[19]
        (boot,) = [line for line in Path("/proc/stat").read_text("utf-8").splitlines() if line.startswith("btime")]
        return int((int(boot.split()[1]) + int(ticks) / os.sysconf("SC_CLK_TCK")) * 1e9)
    except (OSError, ValueError, IndexError):
        return time.time_ns()
