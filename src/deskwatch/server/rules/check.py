"""Check rule files without running them: what cannot be run, and what reads a metric that nobody has.

Way:     files, expositions -> [check] -> findings for a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deskwatch.errors import ConfigError, ConfigFileError, ParseError, ScrapeError
from deskwatch.server.ingest import Parser
from deskwatch.server.promql import metric_names
from deskwatch.server.rules.files import RuleGroup, load_rule_file
from deskwatch.server.rules.recording import RecordingRule
from deskwatch.server.rules.status import Rule

_OF_RULES = frozenset({"ALERTS", "ALERTS_FOR_STATE"})
_OF_TARGETS = frozenset({"up", "scrape_duration_seconds", "scrape_samples_scraped"})


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in one file.

    Attributes:
        file: The file.
        rules: How many rules can be run.
        faults: What cannot be run, with line and key.
        unknown: Metrics that a rule reads and nobody has, by the rule's name.
    """

    file: Path
    rules: int
    faults: Sequence[ConfigError]
    unknown: Mapping[str, Sequence[str]]

    def json(self) -> dict[str, object]:
        """Return it as plain values."""
        faults = [{"line": fault.line, "key": fault.key, "message": fault.message} for fault in self.faults]
        return {
            "file": str(self.file),
            "ok": not faults,
            "rules": self.rules,
            "faults": faults,
            "unknown_metrics": {rule: list(names) for rule, names in self.unknown.items()},
        }

    def __str__(self) -> str:
        if self.faults:
            return "\n".join([f"Checking {self.file}", *(f"  FAILED: {fault}" for fault in self.faults)])
        lines = [f"Checking {self.file}", f"  SUCCESS: {self.rules} rules found"]
        lines += [f"  nothing exposes {', '.join(names)}: {rule}" for rule, names in self.unknown.items()]
        return "\n".join(lines)


def check_rule_files(files: Sequence[Path], exposed: Mapping[Path, str]) -> list[Checked]:
    """Return what is found in each file.

    Args:
        files: Rule files; series that one records may be read in another.
        exposed: Expositions by the file they stand in; without any, metrics are not looked for.

    Raises:
        ConfigFileError: An exposition cannot be read.
    """
    loaded = {path: _load(path) for path in files}
    known = None
    if exposed:
        rules = [rule for groups, _ in loaded.values() for rule in _rules(groups)]
        recorded = {rule.record for rule in rules if isinstance(rule, RecordingRule)}
        known = recorded | _exposed(exposed) | _OF_RULES | _OF_TARGETS
    return [
        Checked(path, len(_rules(groups)), faults, _unknown(_rules(groups), known))
        for path, (groups, faults) in loaded.items()
    ]


def _load(path: Path) -> tuple[list[RuleGroup], Sequence[ConfigError]]:
    try:
        return load_rule_file(path, default_interval_ms=60_000), ()
    except ConfigFileError as error:
        return [], error.errors


def _rules(groups: Sequence[RuleGroup]) -> list[Rule]:
    return [rule for group in groups for rule in group.rules]


def _exposed(texts: Mapping[Path, str]) -> set[str]:
    names: set[str] = set()
    for path, text in texts.items():
        try:
            scrape = Parser({}).parse(text.encode(), ts_ms=0, source=str(path))
        except (ParseError, ScrapeError) as error:
            raise ConfigFileError([ConfigError(f"is no exposition: {error}", file=path)]) from None
        names.update(labels.name for labels in scrape.series)
    return names


def _unknown(rules: Sequence[Rule], known: set[str] | frozenset[str] | None) -> dict[str, list[str]]:
    if known is None:
        return {}
    missing = {rule.name: sorted(set(metric_names(rule.expr)) - known) for rule in rules}
    return {name: names for name, names in missing.items() if names}
