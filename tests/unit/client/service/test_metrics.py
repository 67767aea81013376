"""What the recorder of a service exposes, read back with prometheus-client's own parser."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from deskwatch.client import Registry
from deskwatch.client.service import ServiceMetrics
from deskwatch.client.service.requests import METHODS


class Watch:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def fail(clock: Watch) -> None:
    clock.seconds += 0.7
    raise KeyError


@pytest.fixture
def clock() -> Watch:
    return Watch()


@pytest.fixture
def service(clock: Watch) -> ServiceMetrics:
    return ServiceMetrics(Registry(), clock=clock)


Samples = dict[str, float]


@pytest.fixture
def read(service: ServiceMetrics) -> Callable[[], Samples]:
    def samples() -> Iterator[tuple[str, float]]:
        text = service.registry.expose(with_prometheus_client=False).decode()
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                labels = ",".join(f"{name}={value}" for name, value in sample.labels.items())
                yield f"{sample.name}{{{labels}}}", sample.value

    return lambda: dict(samples())


def test_a_request_is_counted_by_method_endpoint_and_status(
    service: ServiceMetrics, read: Callable[[], Samples]
) -> None:
    service.record_request("GET", "/products/{id}", 200, 0.03)
    service.record_request("GET", "/products/{id}", 200, 1.9)
    service.record_request("GET", "/products/{id}", 404, 0.01)
    service.record_request("GET", "/products/{id}", 503, 0.01)
    got = read()
    assert got["http_requests_total{method=GET,endpoint=/products/{id},status=200}"] == 2
    assert got["http_request_duration_seconds_bucket{method=GET,endpoint=/products/{id},le=2.0}"] == 4
    assert got["http_request_duration_seconds_bucket{method=GET,endpoint=/products/{id},le=1.5}"] == 3
    assert got["http_errors_total{method=GET,endpoint=/products/{id},type=client_error}"] == 1
    assert got["http_errors_total{method=GET,endpoint=/products/{id},type=server_error}"] == 1


def test_a_block_is_in_progress_until_it_ends_and_its_exception_makes_it_500(
    service: ServiceMetrics, clock: Watch, read: Callable[[], Samples]
) -> None:
    labels = "method=POST,endpoint=/sync"
    with service.request("POST", "/sync"), service.request("POST", "/sync") as inner:
        inner.status = 202
        assert read()[f"http_requests_in_progress{{{labels}}}"] == 2
    with pytest.raises(KeyError), service.request("POST", "/sync"):
        fail(clock)
    got = read()
    assert got[f"http_requests_in_progress{{{labels}}}"] == 0
    assert [got[f"http_requests_total{{{labels},status={status}}}"] for status in (200, 202, 500)] == [1, 1, 1]
    assert got[f"http_errors_total{{{labels},type=KeyError}}"] == 1
    assert got[f"http_request_duration_seconds_sum{{{labels}}}"] == pytest.approx(0.7)


def test_two_recorders_of_one_registry_add_up_what_is_in_progress(
    service: ServiceMetrics, read: Callable[[], Samples]
) -> None:
    other = ServiceMetrics(service.registry)
    with service.request("GET", "/"), other.request("GET", "/"):
        assert read()["http_requests_in_progress{method=GET,endpoint=/}"] == 2


@pytest.mark.parametrize("method", ["BREW", "get", "", "GET\n", 7, None])
def test_a_method_that_http_does_not_know_is_other(
    method: object, service: ServiceMetrics, read: Callable[[], Samples]
) -> None:
    service.record_request(method, "/", 200, 0.1)  # type: ignore[arg-type]
    assert method not in METHODS
    assert read()["http_requests_total{method=other,endpoint=/,status=200}"] == 1


@pytest.mark.parametrize("status", [0, 99, 600, 10**400, "200 OK", None, float("nan")])
def test_a_status_that_http_does_not_know_is_unknown(
    status: object, service: ServiceMetrics, read: Callable[[], Samples]
) -> None:
    service.record_request("GET", "/", status, 0.1)  # type: ignore[arg-type]
    assert read()["http_requests_total{method=GET,endpoint=/,status=unknown}"] == 1


def test_a_query_is_timed_by_operation_and_its_failure_counted(
    service: ServiceMetrics, clock: Watch, read: Callable[[], Samples]
) -> None:
    with service.query("select", database="orders"):
        clock.seconds += 0.2
    with pytest.raises(TimeoutError), service.query("select", database="orders"):
        raise TimeoutError
    service.record_connections(3, 2, 15, database="orders")
    service.bind_database("orders").record_transaction("rollback")
    got = read()
    assert got["database_query_duration_seconds_count{database=orders,operation=select}"] == 2
    assert got["database_query_duration_seconds_sum{database=orders,operation=select}"] == pytest.approx(0.2)
    assert got["database_errors_total{database=orders,type=TimeoutError}"] == 1
    assert got["database_connections_active{database=orders}"] == 3
    assert got["database_connections_idle{database=orders}"] == 2
    assert got["database_connections_max{database=orders}"] == 15
    assert got["database_transactions_total{database=orders,outcome=rollback}"] == 1


def test_hits_and_misses_are_counted_by_command(service: ServiceMetrics, read: Callable[[], Samples]) -> None:
    service.record_command("MGET", 0.001, hits=2, misses=1)
    service.record_command("GET", 0.001, misses=1)
    service.record_command("GET", 0.5, error_type="TimeoutError")
    got = read()
    assert got["cache_commands_total{command=GET}"] == 2
    assert got["cache_hits_total{command=MGET}"] == 2
    assert got["cache_misses_total{command=MGET}"] == 1
    assert got["cache_misses_total{command=GET}"] == 1
    assert "cache_hits_total{command=GET}" not in got
    assert got["cache_errors_total{command=GET,type=TimeoutError}"] == 1


def test_a_decorated_function_is_a_task_each_time_it_runs(
    service: ServiceMetrics, clock: Watch, read: Callable[[], Samples]
) -> None:
    @service.task("sync_products")
    def sync(fails: bool) -> str:
        """Its own words."""
        clock.seconds += 2.0
        if fails:
            raise ConnectionError
        return "done"

    assert sync(fails=False) == "done"
    with pytest.raises(ConnectionError):
        sync(fails=True)
    got = read()
    assert sync.__doc__ == "Its own words."
    assert got["celery_tasks_total{task=sync_products,state=success}"] == 1
    assert got["celery_tasks_total{task=sync_products,state=failure}"] == 1
    assert got["celery_task_failures_total{task=sync_products,type=ConnectionError}"] == 1
    assert got["celery_task_duration_seconds_sum{task=sync_products}"] == pytest.approx(4.0)


def test_a_decorated_coroutine_is_timed_until_it_ends_and_many_may_run_at_once(
    service: ServiceMetrics, clock: Watch, read: Callable[[], Samples]
) -> None:
    gate = asyncio.Event()

    @service.sync("shopify")
    async def sync() -> int:
        await gate.wait()
        return 7

    async def both() -> list[int]:
        first = asyncio.create_task(sync())
        await asyncio.sleep(0)
        clock.seconds += 1.0
        second = asyncio.create_task(sync())
        await asyncio.sleep(0)
        clock.seconds += 1.0
        gate.set()
        return [await first, await second]

    assert asyncio.run(both()) == [7, 7]
    got = read()
    assert got["sync_operations_total{platform=shopify,outcome=success}"] == 2
    assert got["sync_duration_seconds_sum{platform=shopify}"] == pytest.approx(3.0)


def test_what_the_service_is_for_is_counted(service: ServiceMetrics, read: Callable[[], Samples]) -> None:
    service.record_products("acme", 1250)
    service.record_sync("ebay", "failure", 31.0)
    service.record_api_error("ebay", "rate_limit")
    with service.sheets("append"):
        pass
    with pytest.raises(PermissionError), service.sheets("append"):
        raise PermissionError
    service.record_queue_length("celery", 12)
    service.record_error("ValueError")
    got = read()
    assert got["products_tracked{tenant=acme}"] == 1250
    assert got["sync_operations_total{platform=ebay,outcome=failure}"] == 1
    assert got["external_api_errors_total{platform=ebay,type=rate_limit}"] == 1
    assert got["google_sheets_operations_total{operation=append,outcome=success}"] == 1
    assert got["google_sheets_operations_total{operation=append,outcome=failure}"] == 1
    assert got["celery_queue_length{queue_name=celery}"] == 12
    assert got["app_errors_total{level=error,type=ValueError}"] == 1


def test_a_bound_recorder_and_the_call_by_name_are_one_series(
    service: ServiceMetrics, read: Callable[[], Samples]
) -> None:
    service.bind_task("t").record("success", 1.0)
    service.record_task("t", "success", 1.0)
    service.bind_command("GET").record(0.1)
    service.record_command("GET", 0.1)
    service.bind_platform("p").record("success", 1.0)
    service.record_sync("p", "success", 1.0)
    got = read()
    assert got["celery_tasks_total{task=t,state=success}"] == 2
    assert got["cache_commands_total{command=GET}"] == 2
    assert got["sync_operations_total{platform=p,outcome=success}"] == 2


def test_endless_label_values_end_in_one_series_and_in_bounded_memory() -> None:
    service = ServiceMetrics(Registry(max_label_sets=10))
    for number in range(3_000):
        service.record_request("GET", f"/{number}", 200, 0.1)
    text = service.registry.expose(with_prometheus_client=False).decode()
    assert text.count("\nhttp_requests_total{") == 11
    assert 'http_requests_total{method="overflow",endpoint="overflow",status="overflow"} 2990.0' in text
    assert len(service.http._endpoints._made) <= 2_000
