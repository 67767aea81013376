"""End what the client has running."""

from __future__ import annotations

from deskwatch.client.link import default_link
from deskwatch.client.metrics.exporter import stop_exporters
from deskwatch.client.periodic import close_all


def shutdown() -> None:
    """Send what is still queued, for two seconds at most, export and push for a last time, and stop serving metrics.

    Call it at the end of a script; a process that just ends does the same, except that it serves to the last.
    """
    default_link().close()
    close_all()
    stop_exporters()
