"""A real Airflow runs a DAG with the listener of the page, and a real Pushgateway shows what came of it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from doc_blocks import doc_blocks
from pushgateway import Pushgateway, pushgateway

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

MINUTES = 240.0
PLUGIN, TASKS = doc_blocks("docs/integrations/airflow.md")
DAGS = (
    TASKS
    + """

from airflow.exceptions import AirflowSkipException


@dag(schedule=None, start_date=datetime.datetime(2024, 1, 1), catchup=False)
def broken():
    @task(retries=1, retry_delay=datetime.timedelta(0))
    def check():
        raise ValueError("bad price")

    @task
    def skip():
        raise AirflowSkipException

    check()
    skip()


broken()
"""
)


@pytest.fixture(scope="module")
def gateway(real_program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pushgateway]:
    with pushgateway(real_program("pushgateway"), tmp_path_factory.mktemp("pushgateway")) as running:
        yield running


class Airflow:
    """The command ``airflow`` in a home of its own."""

    def __init__(self, program: str, home: Path, **environment: str) -> None:
        self.program = program
        self.home = home
        (home / "plugins").mkdir()
        (home / "dags").mkdir()
        (home / "plugins/deskwatch_plugin.py").write_text(PLUGIN)
        (home / "dags/dags.py").write_text(DAGS)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "DESKWATCH"))}
        self.environment = {
            **kept,
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "PATH": f"{Path(program).parent}:{os.environ['PATH']}",
            **environment,
        }

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.program, *arguments],
            env=self.environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=MINUTES,
            check=False,
        )


@pytest.fixture(scope="module")
def airflow(
    real_program: Callable[[str], str], gateway: Pushgateway, tmp_path_factory: pytest.TempPathFactory
) -> Airflow:
    home = tmp_path_factory.mktemp("airflow")
    airflow = Airflow(real_program("airflow"), home, DESKWATCH_URL=gateway.url)
    migrated = airflow.run("db", "migrate")
    assert migrated.returncode == 0, migrated.stderr
    return airflow


def test_two_runs_add_up_and_tasks_errors_and_records_are_counted(airflow: Airflow, gateway: Pushgateway) -> None:
    for dag in ("nightly", "nightly", "broken"):
        ran = airflow.run("dags", "test", dag)
        assert "error calling listener" not in ran.stdout + ran.stderr

    def shown(name: str, **labels: str) -> list[float]:
        return [value for _, found, value in gateway.samples(name) if labels.items() <= found.items()]

    assert shown("pipeline_dag_runs_total", dag="nightly", status="success", job="airflow") == [2.0]
    assert shown("pipeline_dag_runs_total", dag="broken", status="failed") == [1.0]
    assert shown("pipeline_dag_duration_seconds_count", dag="nightly") == [2.0]
    assert shown("pipeline_dag_duration_seconds_sum", dag="nightly")[0] > 0
    assert shown("pipeline_records_processed_total", dag="nightly") == [2400.0]
    assert shown("pipeline_errors_total", dag="broken", error_type="ValueError") == [2.0]
    assert shown("pipeline_task_runs_total", task="load", status="success") == [2.0]
    assert shown("pipeline_task_runs_total", task="check", status="retry") == [1.0]
    assert shown("pipeline_task_runs_total", task="check", status="failed") == [1.0]
    assert shown("pipeline_task_runs_total", task="skip", status="skipped") == [1.0]
