"""Send what ``/metrics`` shows to an OTLP back end; ``client.integrations.otlp`` is the way in.

Way:     the exposition → [otlp]: points → protobuf → POST /v1/metrics.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from deskwatch.client import diagnostics
from deskwatch.client.metrics.drops import DropReason

if TYPE_CHECKING:
    from deskwatch.client.metrics.registry import Registry

VARIABLE: Final = "DESKWATCH_OTLP"
_NO: Final = frozenset({"", "0", "false", "no", "off"})
_YES: Final = frozenset({"1", "true", "yes", "on"})


def export_where_asked(registry: Registry) -> None:
    """Export the registry of the process if ``DESKWATCH_OTLP`` says so; what is wrong with that is told, not raised.

    ``OTEL_EXPORTER_OTLP_ENDPOINT`` alone does not: many hosts set it for all that runs on them.
    """
    asked = os.environ.get(VARIABLE, "").strip()
    if asked.lower() in _NO:
        return
    try:
        from deskwatch.client.integrations.otlp import export_otlp  # noqa: PLC0415  (loads protobuf)

        export_otlp(None if asked.lower() in _YES else asked, registry)
    except Exception as error:  # noqa: BLE001  (a variable of the host must not keep the bot from starting)
        registry.drops.count(DropReason.OTLP)
        diagnostics.say("otlp", f"{VARIABLE} is set and nothing is exported: {error}")
