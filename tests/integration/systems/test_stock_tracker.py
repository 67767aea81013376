"""The stock tracker: each metric of its file is exposed by whom the catalogue says, by the real programs.

cAdvisor is the exception: it wants Docker, so its names are those of its documentation, and a test says only that.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import httpx
import psycopg
import pytest
import yaml

from asgi_server import served
from celery_worker import celery_worker
from deskwatch.catalog.dialects.stock_tracker import ITEMS, Source
from deskwatch.catalog.files import exporter_file_text
from doc_blocks import ROOT
from exposed import label_values, parsed
from services import metrics_program
from stock_tracker import StockTracker

SYSTEM = yaml.safe_load((ROOT / "tests/systems/stock_tracker.yaml").read_text())
INTEGRATIONS = "tests/integration/client/integrations"

COVERED_BY: Mapping[str, tuple[str, ...]] = {
    "ASGI middleware (FastAPI and Starlette), endpoint label is the route template, never the raw path": (
        f"{INTEGRATIONS}/test_fastapi.py::test_the_endpoint_is_the_template_of_the_route",
        f"{INTEGRATIONS}/test_fastapi.py::test_a_thousand_paths_are_two_endpoints",
        f"{INTEGRATIONS}/test_fastapi.py::test_starlette_with_mounts_below_a_root_path_gives_the_same_templates",
    ),
    "Celery by signals; SQLAlchemy by events; redis-py by its hooks; any function by decorator;"
    " any block by context manager": (
        f"{INTEGRATIONS}/test_celery.py::test_runs_are_counted_by_how_they_ended",
        f"{INTEGRATIONS}/test_sqlalchemy.py::test_statements_are_timed_by_kind",
        f"{INTEGRATIONS}/test_redis.py::test_commands_hits_and_misses_are_those_of_the_answers",
        "tests/unit/client/service/test_metrics.py::test_a_decorated_function_is_a_task_each_time_it_runs",
        "tests/unit/client/service/test_metrics.py::test_a_decorated_coroutine_is_timed_until_it_ends_and_many_may_run_at_once",
        "tests/unit/client/service/test_metrics.py::test_a_query_is_timed_by_operation_and_its_failure_counted",
    ),
    "Sentry for errors and traces": (
        f"{INTEGRATIONS}/test_sentry.py::test_an_error_of_a_request_is_reported_and_traced_beside_our_middleware",
    ),
    "works under gunicorn with several workers and Celery prefork": (
        f"{INTEGRATIONS}/test_several_processes.py::test_prefork_children_are_counted_exactly",
        f"{INTEGRATIONS}/test_several_processes.py::test_gunicorn_workers_are_counted_together_and_one_that_is_killed_leaves_nothing_in_progress",
    ),
    "typed and documented; examples that run": (
        f"{INTEGRATIONS}/test_fastapi.py::test_the_documented_example_runs",
        "tests/docs/test_pages.py::test_a_page_of_a_recorder_has_blocks_and_they_run",
        "tests/docs/test_pages.py::test_a_page_of_an_integration_is_run_by_a_test_and_its_module_exists",
    ),
}
"""Each line under ``instrumentation:``, and the tests that hold it."""


def names(source: Source) -> set[str]:
    """Return all names that a source is said to bring."""
    brought = (brought for section in ITEMS.values() for item in section.values() for brought in item)
    return {name for found in brought if found.source == source for name in found.names}


def families(text: str) -> set[str]:
    """Return the names of what is exposed, those of histograms without their endings."""
    plain = set(re.findall(r"^[a-zA-Z_:][a-zA-Z0-9_:]*", text, re.MULTILINE))
    return plain | {name.removesuffix("_bucket") for name in plain if name.endswith("_bucket")}


def read(url: str) -> str:
    with urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())


def test_every_item_of_the_file_has_its_metrics_and_nothing_else_has() -> None:
    in_file = {section: set(items) for section, items in SYSTEM["metrics"].items()}
    assert {section: set(items) for section, items in ITEMS.items()} == in_file
    assert all(brought.names for section in ITEMS.values() for item in section.values() for brought in item)


def test_every_line_on_instrumentation_is_held_by_tests_that_are_there() -> None:
    assert list(COVERED_BY) == SYSTEM["instrumentation"]
    for test in (test for tests in COVERED_BY.values() for test in tests):
        path, _, name = test.partition("::")
        functions = {
            node.name for node in ast.parse((ROOT / path).read_text()).body if isinstance(node, ast.FunctionDef)
        }
        assert name in functions, test


@pytest.fixture
def tracker(postgres_url: str, redis_url: str) -> Iterator[StockTracker]:
    redis = redis_url.removesuffix("/0")
    database = postgres_url.replace("postgresql://", "postgresql+psycopg://")
    tracker = StockTracker(database, f"{redis}/7", f"{redis}/8")
    tracker.cache.flushdb()
    yield tracker
    tracker.close()


def use(client: httpx.Client, products: int) -> None:
    """Do what users do, on many products."""
    for product in range(products):
        assert client.post(f"/products/{product}").status_code == 200
        assert client.get(f"/products/{product}").status_code == 200
        assert client.get(f"/products/{product}").status_code == 200
        client.get(f"/products/{product + 1_000_000}")
        client.get(f"/scan/{product}")
    client.post("/sync/shopify")
    client.post("/sync/ebay")


@pytest.mark.real
def test_what_the_application_is_said_to_bring_is_exposed_after_it_was_used(
    tracker: StockTracker, redis_url: str, tmp_path: Path
) -> None:
    broker = redis_url.removesuffix("/0") + "/8"
    with (
        celery_worker(broker, tmp_path, "--pool=threads", "--concurrency=2") as worker,
        served(tracker.web) as url,
        httpx.Client(base_url=url) as client,
    ):
        use(client, products=60)
        tracker.celery.send_task("fail")
        worker.wait_for("celery_tasks_total{task=add,state=success}", 60)
        worker.wait_for("celery_tasks_total{task=fail,state=failure}", 1)
        web, tasks = client.get("/metrics").text, worker.exposition()
    assert names("app") | names("host") <= families(web + tasks)
    exposed = {**parsed(web), **parsed(tasks)}
    assert exposed["http_requests_total{method=GET,endpoint=/products/{product_id},status=200}"] == 120
    assert exposed["cache_hits_total{command=GET}"] == 60
    assert exposed["cache_misses_total{command=GET}"] == 120
    check_labels(exposed)


def check_labels(exposed: dict[str, float]) -> None:
    """Hold that no label grows with what is sold, asked or run."""
    ours = {series: value for series, value in exposed.items() if series.partition("{")[0] not in names("host")}
    assert label_values(ours, "endpoint") == {"/products/{product_id}", "/sync/{platform}", "unmatched"}
    assert label_values(ours, "operation") <= {"select", "insert", "other", "append"}
    assert label_values(ours, "task") == {"add", "fail"}
    assert len([series for series in ours if "_bucket{" not in series]) < 200


@pytest.mark.real
def test_what_postgres_exporter_is_said_to_bring_is_on_the_real_one(
    postgres_url: str, tracker: StockTracker, real_program: Callable[[str], str], tmp_path: Path
) -> None:
    queries = tmp_path / "queries.yaml"
    queries.write_text(exporter_file_text("postgres_queries"))
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("insert into product select number, 'a product' from generate_series(1, 5000) as number")
    source = {"DATA_SOURCE_NAME": f"{postgres_url}?sslmode=disable"}
    with metrics_program(
        real_program("postgres_exporter"), [f"--extend.query-path={queries}"], environment=source
    ) as url:
        got = read(url)
    assert names("postgres_exporter") <= families(got)
    series = parsed(got)
    assert series["pg_up"] == 1
    sizes = [value for name, value in series.items() if name.startswith("pg_table_size_bytes") and "=product" in name]
    assert len(sizes) == 1
    assert sizes[0] > 100_000


@pytest.mark.real
def test_what_redis_exporter_is_said_to_bring_is_on_the_real_one(
    redis_url: str, real_program: Callable[[str], str]
) -> None:
    with metrics_program(real_program("redis_exporter"), ["-redis.addr", redis_url]) as url:
        got = read(url)
    assert names("redis_exporter") <= families(got)
    assert parsed(got)["redis_up"] == 1


@pytest.mark.real
def test_what_node_exporter_is_said_to_bring_is_on_the_real_one(real_program: Callable[[str], str]) -> None:
    with metrics_program(real_program("node_exporter")) as url:
        assert names("node_exporter") <= families(read(url))


def test_the_names_of_cadvisor_are_container_metrics_from_its_documentation() -> None:
    assert names("cadvisor")
    assert all(name.startswith("container_") for name in names("cadvisor"))


def test_the_buckets_have_the_lines_that_the_systems_alerts_draw() -> None:
    alerts: dict[str, dict[str, Any]] = {rule["name"]: rule for rules in SYSTEM["alerts"].values() for rule in rules}
    assert alerts["HighLatency"]["when"] == "p95 above 2s"
    assert alerts["SlowDatabaseQueries"]["when"] == "p95 above 1s"
    from deskwatch.catalog.metrics import database, http

    assert 2.0 in http.REQUEST_BUCKETS
    assert 1.0 in database.QUERY_BUCKETS
