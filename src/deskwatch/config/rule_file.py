"""A Prometheus rule file as checked, frozen values: one definition for the embedded server and the full stack.

Way:     rule file -> [rule_file] -> server.rules, which compiles what it says; stack writes it out.
Source:  https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/#syntax-of-a-rule-file
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Self

from pydantic import ConfigDict, Field, ValidationError, model_validator

from deskwatch.config.document import Document, parse_document, read_document
from deskwatch.config.explain import explain
from deskwatch.config.scalars import DurationMs, LabelName, PositiveDurationMs
from deskwatch.config.settings import Section
from deskwatch.errors import ConfigError, ConfigFileError


class RuleEntry(Section):
    """One rule: it records a series or raises an alert."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    record: str | None = Field(default=None, min_length=1, description="The series that it makes.")
    alert: str | None = Field(default=None, min_length=1, description="The alert that it raises.")
    expr: str = Field(min_length=1, description="PromQL.")
    hold_ms: DurationMs = Field(default=0, alias="for", description="How long it holds before the alert fires.")
    keep_firing_ms: DurationMs = Field(
        default=0, alias="keep_firing_for", description="How long it fires on after the condition ended."
    )
    labels: dict[LabelName, str] = Field(default_factory=dict, description="Labels laid over the element's.")
    annotations: dict[LabelName, str] = Field(default_factory=dict, description="Text for people.")

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        if (self.record is None) == (self.alert is None):
            raise ValueError("a rule must have either record or alert, and not both")
        if self.record is not None and (self.hold_ms or self.keep_firing_ms or self.annotations):
            raise ValueError("for, keep_firing_for and annotations belong to alerts; a recording rule has none")
        return self


class GroupEntry(Section):
    """Rules that are evaluated together, in order."""

    name: str = Field(min_length=1, description="Unique in the file.")
    interval_ms: PositiveDurationMs | None = Field(
        default=None, alias="interval", description="Instead of rules.evaluation_interval."
    )
    query_offset_ms: DurationMs = Field(default=0, alias="query_offset", description="How far back it looks.")
    limit: int = Field(default=0, ge=0, description="The most series or alerts of a rule; 0 is no limit.")
    labels: dict[LabelName, str] = Field(default_factory=dict, description="Labels of all its rules.")
    rules: tuple[RuleEntry, ...] = Field(default=(), description="The rules.")


class RuleFile(Section):
    """A whole rule file."""

    groups: tuple[GroupEntry, ...] = Field(default=(), description="The groups.")


def read_rule_file(path: Path) -> tuple[RuleFile, Document]:
    """Return the file and where each key of it stands.

    Raises:
        ConfigFileError: Everything in the file that cannot be used.
    """
    return _checked(lambda: read_document(path))


def read_rule_text(text: str, path: Path) -> tuple[RuleFile, Document]:
    """Return what the text says as if it stood in ``path``.

    Raises:
        ConfigFileError: Everything in the text that cannot be used.
    """
    return _checked(lambda: parse_document(text, path))


def _checked(read: Callable[[], Document]) -> tuple[RuleFile, Document]:
    try:
        document = read()
    except ConfigError as error:
        raise ConfigFileError([error]) from None
    try:
        return RuleFile.model_validate({} if document.value is None else document.value), document
    except ValidationError as error:
        faults = explain(error, document, RuleFile)
        raise ConfigFileError(sorted(faults, key=lambda fault: fault.line or 0)) from None
