from __future__ import annotations

import importlib.util
import json
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import promql_parser
import pytest

from deskwatch.catalog.files import dashboard_names, dashboard_text
from deskwatch.server.ui.panels import flatten, place
from deskwatch.server.ui.panels.limits import not_drawn

SCRIPT = Path(__file__).parents[3] / "scripts" / "build_dashboards.py"


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_dashboards", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with warnings.catch_warnings():
        # The SDK prefers its second version of dashboards; the first is what every Grafana imports.
        warnings.filterwarnings("ignore", "Prefer using dashboardv2", DeprecationWarning)
        spec.loader.exec_module(module)
    return module


def loaded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(dashboard_text(name))
    return found


def test_the_files_are_what_the_script_writes(build: ModuleType) -> None:
    assert build.documents() == {name: dashboard_text(name) for name in dashboard_names()}


@pytest.mark.parametrize("name", dashboard_names())
def test_a_dashboard_has_what_an_import_needs(name: str) -> None:
    """https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/"""
    dashboard = loaded(name)
    assert dashboard["schemaVersion"] == 42
    assert dashboard["uid"] == f"deskwatch-{name}"
    assert {"datasource", "bot"} <= {variable["name"] for variable in dashboard["templating"]["list"]}
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert ids == sorted(set(ids))


@pytest.mark.parametrize("name", dashboard_names())
def test_panels_stay_in_the_grid_and_cover_none_other(name: str) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in flatten(loaded(name)):
        at = place(panel)
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells


@pytest.mark.parametrize("name", dashboard_names())
def test_everything_that_ships_is_drawn(name: str) -> None:
    assert [note for panel in flatten(loaded(name)) for note in not_drawn(panel)] == []


@pytest.mark.parametrize("name", dashboard_names())
def test_every_expression_parses(name: str) -> None:
    panels = [panel for panel in flatten(loaded(name)) if panel["type"] != "logs"]
    expressions = [target["expr"] for panel in panels for target in panel.get("targets", [])]
    assert expressions
    for expr in expressions:
        promql_parser.parse(expr.replace("$__rate_interval", "20s").replace("$bot", "momentum"))
