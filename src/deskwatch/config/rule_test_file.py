"""A unit test of rules in promtool's format, as checked, frozen values.

Way:     test file -> [rule_test_file] -> server.ruletest, which runs it.
Source:  https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field, ValidationError

from deskwatch.config.document import Document, read_document
from deskwatch.config.explain import explain
from deskwatch.config.scalars import DurationMs, LabelName, PositiveDurationMs
from deskwatch.config.settings import Section
from deskwatch.errors import ConfigError, ConfigFileError

ONE_MINUTE_MS = 60_000


def _start(value: object) -> int:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return round(value * 1000)
    try:
        return round(datetime.fromisoformat(str(value)).timestamp() * 1000)
    except ValueError:
        raise ValueError(f"must be Unix seconds or a time such as 2021-01-01T00:00:00Z, was {value!r}") from None


StartMs = Annotated[int, BeforeValidator(_start)]


class InputSeries(Section):
    """One series that the rules see."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    series: str = Field(min_length=1, description='Its name and labels: up{job="bot"}.')
    values: str = Field(description="Its values: '0 0 1+1x5 _ stale'.")


class ExpectedAlert(Section):
    """An alert that must fire."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    exp_labels: dict[LabelName, str] = Field(default_factory=dict, description="Its labels, without alertname.")
    exp_annotations: dict[LabelName, str] = Field(default_factory=dict, description="Its annotations, filled in.")


class AlertCase(Section):
    """Which alerts of one name fire at one moment."""

    eval_time_ms: DurationMs = Field(alias="eval_time", description="Since the start of the test.")
    alertname: str = Field(min_length=1, description="The alert.")
    exp_alerts: tuple[ExpectedAlert, ...] | None = Field(default=(), description="All that fire; empty for none.")


class ExpectedSample(Section):
    """One element of an answer."""

    labels: str = Field(default="", description='Its name and labels: job:level:sum{job="bot"}.')
    value: float = Field(default=0.0, description="Its value.")
    histogram: str | None = Field(default=None, description="A native histogram; refused by name.")


class ExprCase(Section):
    """What an expression gives at one moment."""

    expr: str = Field(min_length=1, description="PromQL.")
    eval_time_ms: DurationMs = Field(default=0, alias="eval_time", description="Since the start of the test.")
    exp_samples: tuple[ExpectedSample, ...] | None = Field(default=(), description="All that it gives.")


class TestGroup(Section):
    """Series, and what the rules must make of them."""

    __test__ = False  # pytest would take it for one of its own

    name: str = Field(default="", description="Named when it fails.")
    interval_ms: PositiveDurationMs | None = Field(default=None, alias="interval", description="Between two values.")
    start_ms: StartMs = Field(default=0, alias="start_timestamp", description="When the test begins.")
    input_series: tuple[InputSeries, ...] = Field(default=(), description="What the rules see.")
    alert_rule_test: tuple[AlertCase, ...] = Field(default=(), description="Tests of alerts.")
    promql_expr_test: tuple[ExprCase, ...] = Field(default=(), description="Tests of expressions.")
    external_labels: dict[LabelName, str] = Field(default_factory=dict, description="For templates.")
    external_url: str = Field(default="", description="For templates.")


class RuleTestFile(Section):
    """A whole test file."""

    rule_files: tuple[str, ...] = Field(default=(), description="The rules; * and ? are taken.")
    evaluation_interval_ms: PositiveDurationMs = Field(
        default=ONE_MINUTE_MS, alias="evaluation_interval", description="Between two evaluations."
    )
    fuzzy_compare: bool = Field(default=False, description="Let the last bit of a number differ.")
    group_eval_order: tuple[str, ...] = Field(default=(), description="Groups that come first, in order.")
    tests: tuple[TestGroup, ...] = Field(default=(), description="The tests.")


def read_rule_test_file(path: Path) -> tuple[RuleTestFile, Document]:
    """Return the file and where each key of it stands.

    Raises:
        ConfigFileError: Everything in the file that cannot be used.
    """
    try:
        document = read_document(path)
    except ConfigError as error:
        raise ConfigFileError([error]) from None
    try:
        return RuleTestFile.model_validate(document.value or {}), document
    except ValidationError as error:
        faults = explain(error, document, RuleTestFile)
        raise ConfigFileError(sorted(faults, key=lambda fault: fault.line or 0)) from None
