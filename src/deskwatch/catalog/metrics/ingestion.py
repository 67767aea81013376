"""What comes in from the feeds."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

MESSAGES: Final = Metric("ingestion_messages_total", "counter", "Messages processed.", ("feed",))
MESSAGE_RATE: Final = Metric(
    "ingestion_messages_per_second", "gauge", "Messages a second, lately.", ("feed",), unit="1 a second"
)
