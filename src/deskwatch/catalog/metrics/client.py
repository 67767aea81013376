"""The client of deskwatch itself; ``deskwatch_client_drops_total`` is the registry's own."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

RECORDS: Final = Metric("deskwatch_client_records_total", "counter", "What the bot recorded.", ("kind",))
