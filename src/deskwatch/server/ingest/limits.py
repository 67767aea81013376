"""How much one source may say; all are on by default, unlike Prometheus's.

Source:  reliability section 1, "No resource attack from a target", and D1, D2.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one exposition.

    Attributes:
        body_bytes: The longest body, decompressed.
        samples: The most samples.
        labels: The most labels of one series, the metric name not counted.
        text_bytes: The longest label value or name, in UTF-8.
    """

    body_bytes: int = 16 * 1024 * 1024
    samples: int = 50_000
    labels: int = 30
    text_bytes: int = 1024
