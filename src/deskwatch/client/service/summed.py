"""Set a gauge of which several processes each have a part."""

from __future__ import annotations

from deskwatch.client.metrics import Gauge


def set_summed(gauge: Gauge, value: float) -> None:
    """Set it so that a scrape of several processes shows the sum.

    The first call on a series in a process says how it is merged, and ``inc`` says the sum: docs/several-processes.md.
    """
    gauge.inc(0.0)
    gauge.set(value)
