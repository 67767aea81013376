from __future__ import annotations

import math

import pytest

from client_fakes import ManualSeconds
from deskwatch import Registry
from deskwatch.client.venue import ConnectionReason, RejectReason, VenueMetrics


def _lines(registry: Registry) -> list[str]:
    return registry.expose(with_prometheus_client=False).decode().splitlines()


def test_every_reason_is_there_from_the_start() -> None:
    registry = Registry()
    VenueMetrics("v", registry)
    lines = _lines(registry)
    for reason in ConnectionReason:
        assert f'venue_connection_errors_total{{venue="v",reason="{reason}"}} 0.0' in lines
    for why in RejectReason:
        assert f'venue_rejects_total{{venue="v",reason="{why}"}} 0.0' in lines


def test_the_request_rate_is_that_of_the_last_seconds() -> None:
    registry, clock = Registry(), ManualSeconds()
    venue = VenueMetrics("v", registry, clock=clock)
    for _ in range(30):
        clock.now += 1
        venue.record_call()
        venue.record_call()
        venue.show()
    assert 'venue_api_requests_per_second{venue="v"} 2.0' in _lines(registry)
    clock.now += 20
    venue.show()
    assert 'venue_api_requests_per_second{venue="v"} 0.0' in _lines(registry)


@pytest.mark.parametrize(("used", "limit"), [(math.nan, 1), (1, 0), ("many", 1), (1, None)])
def test_a_weight_that_is_no_number_is_dropped_and_counted(used: object, limit: object) -> None:
    registry = Registry()
    VenueMetrics("v", registry).record_weight(used, limit)
    assert not any(line.startswith("venue_request_weight_ratio{") for line in _lines(registry))
    assert registry.drops.total == 1


@pytest.mark.parametrize("name", ["", "v" * 300])
def test_a_venue_without_a_proper_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="venue must be"):
        VenueMetrics(name, Registry())
