"""The catalogue keeps Prometheus's conventions, and every dialect can be made from it."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import pytest

from deskwatch.catalog.dialects.names import DIALECTS
from deskwatch.catalog.dialects.row import Row
from deskwatch.catalog.domains import metrics_by_domain
from deskwatch.catalog.metric import Metric
from deskwatch.client import Registry
from deskwatch.client.dialect import DialectView

METRICS = [metric for metrics in metrics_by_domain().values() for metric in metrics]
WRITTEN = [name for name in DIALECTS if find_spec(f"deskwatch.catalog.dialects.{name}")]


def rows() -> list[Row]:
    return [row for name in WRITTEN for row in import_module(f"deskwatch.catalog.dialects.{name}").ROWS]


def test_all_metrics_can_be_declared_in_one_registry() -> None:
    registry = Registry()
    for metric in METRICS:
        registry.family(metric)
    assert len(registry.families()) == len(METRICS) > 80


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_metric_says_what_it_is(metric: Metric) -> None:
    assert metric.help.endswith(".")
    assert metric.help[0].isupper() or metric.help[0].isdigit()
    # prometheus.io/docs/practices/naming: base units only.
    assert not metric.name.endswith(("_ms", "_percent", "_mb", "_minutes", "_hours"))
    if metric.name.endswith(("_seconds", "_bytes", "_ratio")):
        suffix = metric.name.rpartition("_")[2]
        ratio_of_deviations = {"trading_sharpe_ratio", "trading_sortino_ratio", "trading_beta_ratio"}
        assert suffix in metric.unit or (suffix == "seconds" and metric.unit) or metric.name in ratio_of_deviations
    assert (metric.kind == "histogram") == bool(metric.buckets)
    assert (metric.kind == "counter") == metric.name.endswith("_total")


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.target.name)
def test_a_row_takes_its_labels_from_its_source(row: Row) -> None:
    assert row.source in METRICS
    taken = {row.labels.get(label, label) for label in row.target.labels if label not in row.constants}
    assert taken <= set(row.source.labels)
    assert set(row.where) <= set(row.source.labels)
    assert set(row.labels) <= set(row.target.labels)
    assert set(row.constants) <= set(row.target.labels)


@pytest.mark.parametrize("row", [row for row in rows() if row.target.buckets], ids=lambda row: row.target.name)
def test_a_value_on_a_bound_stays_on_it_in_the_other_unit(row: Row) -> None:
    """A bot that gives milliseconds has them turned into seconds and back again."""
    for bound in row.target.buckets:
        assert bound * row.per / row.factor * row.factor / row.per == bound


@pytest.mark.parametrize("dialect", WRITTEN)
def test_no_two_metrics_of_a_dialect_are_in_each_others_way(dialect: str) -> None:
    registry = Registry()
    view = DialectView(registry, dialect, "KRW")
    for metric in METRICS:
        view.family(metric)
    named = {
        row.target.name.format(currency="krw") for row in import_module(f"deskwatch.catalog.dialects.{dialect}").ROWS
    }
    assert named <= {family.name for family in registry.families()}
