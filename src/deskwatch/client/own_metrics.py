"""The base of users' own classes of prometheus-client metrics.

Way:     a subclass declares counters on ``self.registry`` → [own_metrics] → the same ``/metrics`` as everything else.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from deskwatch.client import diagnostics
from deskwatch.client.link import BOT_VARIABLE
from deskwatch.client.metrics.drops import DropReason
from deskwatch.client.metrics.exporter import Exporter
from deskwatch.client.metrics.foreign import attach, detach
from deskwatch.client.metrics.push import PUSH_SECONDS, PushResult
from deskwatch.client.metrics.registry import default_registry
from deskwatch.client.metrics.serving import LOOPBACK
from deskwatch.client.periodic import Periodic
from deskwatch.client.serving import Serving

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

_PREFIX: Final = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)?")


class MetricsExporter:
    """A place for metrics of one's own, made with prometheus-client.

    What is declared with ``registry=self.registry`` appears on the endpoint of the process without another call, beside
    what the recorders of deskwatch and prometheus-client's default registry hold. A name that another metric has
    already is not shown, and told.

    Args:
        prefix: Begins each name that ``_make_name`` makes; empty for none.
        port: Where ``start_server`` serves; 0 for the port that is served already, or any free one.
        host: The address to serve at; another than loopback shows the figures to the network.

    Attributes:
        registry: prometheus-client's ``CollectorRegistry`` of this object.

    Raises:
        ValueError: The prefix cannot begin a metric's name, or there are 100 of these objects already.
    """

    def __init__(self, prefix: str = "", port: int = 0, host: str = LOOPBACK) -> None:
        from prometheus_client import CollectorRegistry  # noqa: PLC0415  (87 ms, paid where it is used)

        self._prefix = _prefix(prefix)
        self._serving = Serving(port=port)
        self._host = host
        self._pushing: Periodic | None = None
        self.registry: CollectorRegistry = CollectorRegistry()
        attach(self.registry)

    def _make_name(self, name: str) -> str:
        """Return the name with the prefix before it: ``custom_my_counter_total``."""
        return f"{self._prefix}_{name}" if self._prefix else name

    def start_server(self) -> Exporter:
        """Serve ``/metrics``, all of the process; recorders with the same port share the server.

        A port that is taken is counted and told, not raised.
        """
        return self._serving.start_server(host=self._host)

    def stop_server(self) -> None:
        """Serve no more, unless another recorder uses the same server."""
        self._serving.stop_server()

    def push(
        self,
        job: str | None = None,
        *,
        url: str | None = None,
        grouping_key: Mapping[str, str] | None = None,
        replace: bool = True,
        timeout_seconds: float = PUSH_SECONDS,
    ) -> PushResult:
        """Push everything that ``/metrics`` would show, at the end of a batch job; never raises.

        Args:
            job: The label ``job``; by default what ``DESKWATCH_BOT`` says, else the prefix, else ``batch``.
            url: Of a Pushgateway or of the deskwatch server; by default what ``DESKWATCH_URL`` says.
            grouping_key: More labels that name the group.
            replace: Replace the whole group; otherwise only the metrics of the same names.
            timeout_seconds: How long the caller waits at most.
        """
        return self._serving.push(
            job or os.environ.get(BOT_VARIABLE) or self._prefix,
            url=url,
            grouping_key=grouping_key,
            replace=replace,
            timeout_seconds=timeout_seconds,
        )

    def push_every(
        self,
        seconds: float,
        job: str | None = None,
        *,
        url: str | None = None,
        grouping_key: Mapping[str, str] | None = None,
    ) -> Callable[[], bool]:
        """Push in the background, and once more when the process ends; return what stops it.

        Args:
            seconds: Between two pushes, above 0.
            job: As for ``push``.
            url: As for ``push``.
            grouping_key: As for ``push``.

        Raises:
            ValueError: The seconds are no number above 0.
        """
        if not seconds > 0:
            raise ValueError(f"push_every takes seconds above 0, such as 15, was {seconds!r}")
        if self._pushing is not None:
            self._pushing.close(timeout_seconds=0)

        def work(deadline: float | None) -> float:
            patience = PUSH_SECONDS if deadline is None else max(deadline - time.monotonic(), 0.1)
            self.push(job, url=url, grouping_key=grouping_key, timeout_seconds=patience)
            return seconds

        self._pushing = Periodic("deskwatch-push-every", work, first_seconds=0, failed=_count_failure)
        self._pushing.start()
        return self._pushing.close

    def close(self) -> None:
        """Stop the server and the pushing, and show these metrics no more."""
        self.stop_server()
        if self._pushing is not None:
            self._pushing.close()
        detach(self.registry)


def _prefix(prefix: object) -> str:
    if not isinstance(prefix, str) or not _PREFIX.fullmatch(prefix):
        raise ValueError(f"a prefix has letters, digits and _, and starts with no digit, was {prefix!r}")
    return prefix.rstrip("_")


def _count_failure(error: Exception) -> None:
    default_registry().drops.count(DropReason.PUSH)
    diagnostics.say("push", f"metrics are not pushed: {error}")
