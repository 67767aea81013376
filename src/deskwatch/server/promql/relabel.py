"""``label_replace`` and ``label_join``: write labels from labels.

Source:  https://prometheus.io/docs/prometheus/3.5/querying/functions/#label_replace
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import re2

from deskwatch.errors import QueryError
from deskwatch.model import Labels
from deskwatch.server.matching import MAX_PATTERN_CHARS
from deskwatch.server.promql.values import Vector, unique

_REFERENCE: Final = re.compile(r"\$(?:(\$)|\{(\w+)\}|(\w+))", re.ASCII)  # Go's Regexp.Expand


def label_replace(vector: Vector, target: str, replacement: str, source: str, pattern: str) -> Vector:
    """Set ``target`` to the replacement, in which ``$1`` is a group, where the whole of ``source`` matches.

    Raises:
        QueryError: The pattern or the name is not valid, or two series become the same.
    """
    compiled = _compiled(pattern)
    _check_name("label_replace", target)

    def replaced(labels: Labels) -> Labels:
        match = compiled.fullmatch(labels.get(source, ""))
        return labels if match is None else labels.with_(**{target: _expand(replacement, match)})

    return unique(Vector([replaced(labels) for labels in vector.labels], vector.values, vector.present))


def label_join(vector: Vector, target: str, separator: str, sources: Sequence[str]) -> Vector:
    """Set ``target`` to the values of the sources, with the separator between them.

    Raises:
        QueryError: The name is not valid, or two series become the same.
    """
    _check_name("label_join", target)
    labels = [
        labels.with_(**{target: separator.join(labels.get(source, "") for source in sources)})
        for labels in vector.labels
    ]
    return unique(Vector(labels, vector.values, vector.present))


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re2._Regexp:
    if len(pattern) > MAX_PATTERN_CHARS:
        raise QueryError(f"a pattern may have at most {MAX_PATTERN_CHARS} characters, had {len(pattern)}")
    options = re2.Options()
    options.log_errors = False
    options.dot_nl = True
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        raise QueryError(f"invalid regular expression in label_replace(): {pattern!r}: {error}") from None


def _check_name(function: str, name: str) -> None:
    if not name:
        raise QueryError(f"invalid destination label name in {function}(): ''")


def _expand(replacement: str, match: re2._Match) -> str:
    return _REFERENCE.sub(lambda reference: _referenced(reference, match), replacement)


def _referenced(reference: re.Match[str], match: re2._Match) -> str:
    if reference[1]:
        return "$"
    name = reference[2] or reference[3]
    try:
        return match.group(int(name) if name.isdigit() else name) or ""
    except (IndexError, KeyError):
        return ""
