"""The store's own figures, as a scrape of the server sees them."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from deskwatch.model import Labels, Scrape
from deskwatch.server.storage.samples import SampleCounts, SampleStore
from deskwatch.testing import ManualClock


def test_what_is_held_and_what_was_refused_is_told_every_reason_from_the_start() -> None:
    clock, registry = ManualClock(), CollectorRegistry()
    store = SampleStore(clock)
    registry.register(SampleCounts(store.stats))
    assert registry.get_sample_value("deskwatch_samples_refused_total", {"reason": "out_of_order"}) == 0
    series = (Labels({"__name__": "a"}), Labels({"__name__": "b"}))
    store.append(Scrape("s", clock.now_ms(), series, [1.0, 2.0]))
    store.append(Scrape("s", clock.now_ms() - 1, series, [1.0, 2.0]))
    assert registry.get_sample_value("deskwatch_samples_series") == 2
    assert registry.get_sample_value("deskwatch_samples_appended_total") == 2
    assert registry.get_sample_value("deskwatch_samples_refused_total", {"reason": "out_of_order"}) == 1
    assert registry.get_sample_value("deskwatch_samples_history") == 0
