"""A store that a test fills by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deskwatch.model import Labels, Scrape
from deskwatch.server.promql import Engine, Limits
from deskwatch.testing import ManualClock, MemoryStorage

Load = Callable[..., Engine]


@pytest.fixture
def load() -> Load:
    """Return an engine over series given as ``{'name{a=1}': {second: value}}``."""

    def fill(series: dict[str, dict[float, float]], **limits: float) -> Engine:
        clock = ManualClock(10_000_000)
        store = MemoryStorage(clock)
        for text, points in series.items():
            for second, value in points.items():
                store.append(Scrape(text, round(second * 1000), (labels(text),), [value]))
        return Engine(store, limits=Limits(**limits), clock=clock)  # type: ignore[arg-type]

    return fill


def labels(text: str) -> Labels:
    name, _, rest = text.partition("{")
    pairs = dict(pair.split("=") for pair in rest.rstrip("}").split(",") if pair)
    return Labels({"__name__": name, **pairs})
