"""Errors that an application reports, wherever they happened."""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metric import Metric

REPORTED: Final = Metric(
    "app_errors_total", "counter", "Errors that were reported, by level and class of the exception.", ("level", "type")
)
