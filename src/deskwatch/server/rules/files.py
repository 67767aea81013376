"""Turn rule files into rules, or say everything in them that cannot be run.

Way:     config.RuleFile -> [files] -> RuleManager.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deskwatch.config.document import Document, KeyPath
from deskwatch.config.explain import located
from deskwatch.config.rule_file import GroupEntry, RuleEntry, RuleFile, read_rule_file, read_rule_text
from deskwatch.errors import ConfigError, ConfigFileError, ParseError, QueryError
from deskwatch.server.promql import check, threshold
from deskwatch.server.rules.alerting import AlertingRule
from deskwatch.server.rules.recording import RecordingRule
from deskwatch.server.rules.template import check_template


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """Rules that are evaluated together, in order.

    Attributes:
        name: The group's name.
        file: Where it stands.
        interval_ms: Between two evaluations.
        rules: The rules.
        limit: The most series or alerts of each rule; 0 is no limit.
    """

    name: str
    file: str
    interval_ms: int
    rules: tuple[AlertingRule | RecordingRule, ...]
    limit: int = 0


def load_rule_file(path: Path, default_interval_ms: int) -> list[RuleGroup]:
    """Return the groups of a file.

    Raises:
        ConfigFileError: Everything in the file that cannot be run, each with file, line and key.
    """
    return _compiled(*read_rule_file(path), default_interval_ms)


def parse_rule_file(text: str, path: Path, default_interval_ms: int) -> list[RuleGroup]:
    """Return the groups of a text as if it stood in ``path``.

    Raises:
        ConfigFileError: Everything in the text that cannot be run.
    """
    return _compiled(*read_rule_text(text, path), default_interval_ms)


def _compiled(file: RuleFile, document: Document, default_interval_ms: int) -> list[RuleGroup]:
    faults = [*_doubled_groups(file, document)]
    for index, group in enumerate(file.groups):
        for number, entry in enumerate(group.rules):
            faults += _faults(entry, document, ("groups", index, "rules", number))
    if faults:
        raise ConfigFileError(sorted(faults, key=lambda fault: fault.line or 0))
    return [_group(group, document, default_interval_ms) for group in file.groups]


def _group(group: GroupEntry, document: Document, default_interval_ms: int) -> RuleGroup:
    seen: Counter[str] = Counter()
    rules = []
    for entry in group.rules:
        name = f"{document.file.stem}/{group.name}/{entry.alert or entry.record}"
        seen[name] += 1
        # One alert at two severities is two rules of one name, which Prometheus allows.
        rules.append(_rule(entry, group, name if seen[name] == 1 else f"{name}#{seen[name]}"))
    return RuleGroup(
        group.name, str(document.file), group.interval_ms or default_interval_ms, tuple(rules), group.limit
    )


def _rule(entry: RuleEntry, group: GroupEntry, name: str) -> AlertingRule | RecordingRule:
    labels = {**group.labels, **entry.labels}
    if entry.record is not None:
        return RecordingRule(name, entry.record, entry.expr, labels, group.limit, group.query_offset_ms)
    comparison = threshold(entry.expr)
    return AlertingRule(
        name=name,
        alert=entry.alert or "",
        expr=entry.expr,
        hold_ms=entry.hold_ms,
        keep_firing_ms=entry.keep_firing_ms,
        labels=labels,
        annotations=entry.annotations,
        limit=comparison[1] if comparison else None,
        max_elements=group.limit,
        query_offset_ms=group.query_offset_ms,
    )


def _doubled_groups(file: RuleFile, document: Document) -> Iterator[ConfigError]:
    seen: set[str] = set()
    for index, group in enumerate(file.groups):
        if group.name in seen:
            yield located(document, ("groups", index, "name"), f"the group {group.name!r} stands twice in this file")
        seen.add(group.name)


def _faults(entry: RuleEntry, document: Document, path: KeyPath) -> Iterator[ConfigError]:
    try:
        check(entry.expr)
    except (ParseError, QueryError) as error:
        yield located(document, (*path, "expr"), f"cannot be evaluated: {error}; was {entry.expr!r}")
    for section, texts in (("labels", entry.labels), ("annotations", entry.annotations)):
        for name, text in texts.items():
            if (wrong := check_template(text)) is not None:
                yield located(document, (*path, section, name), f"is no Go template: {wrong}")
