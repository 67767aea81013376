"""Which series match: an inverted index from label and value to series.

Source:  https://github.com/prometheus/prometheus/blob/main/tsdb/docs/format/index.md (postings)
Threads: written by one thread, read by any; a lock is held only while the set of series changes or is asked.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Final, Generic, TypeVar

from deskwatch.model import Labels, Matcher, MatchOp
from deskwatch.server.matching import compile_matcher, compile_matchers

Member = TypeVar("Member")

Found = list[tuple[Labels, tuple[Member, ...]]]
"""The series that match, sorted, each with its members."""

MAX_CACHED_ANSWERS: Final = 1024  # rules and pages ask the same few hundred selectors over and over


class Postings(Generic[Member]):
    """Series by label; each carries members, such as the sources that report it."""

    def __init__(self) -> None:
        self._members: dict[Labels, tuple[Member, ...]] = {}
        self._by_label: dict[str, dict[str, set[Labels]]] = {}
        self._answers: dict[tuple[Matcher, ...], Found[Member]] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._members)

    def add(self, labels: Labels, member: Member) -> None:
        """Say that the member holds the series."""
        with self._lock:
            known = self._members.get(labels, ())
            if member in known:
                return
            self._members[labels] = (*known, member)
            self._answers.clear()
            if not known:
                for name, value in labels.pairs:
                    self._by_label.setdefault(name, {}).setdefault(value, set()).add(labels)

    def remove(self, labels: Labels, member: Member) -> None:
        """Say that the member holds the series no longer."""
        with self._lock:
            left = tuple(other for other in self._members.get(labels, ()) if other != member)
            self._answers.clear()
            if left:
                self._members[labels] = left
            elif self._members.pop(labels, None) is not None:
                self._forget(labels)

    def match(self, matchers: Sequence[Matcher]) -> Found[Member]:
        """Return the series for which every matcher holds; the very same list while no series comes or goes."""
        key = tuple(matchers)
        answer = self._answers.get(key)
        if answer is None:
            with self._lock:
                answer = [(labels, self._members[labels]) for labels in self._find(key)]
                if len(self._answers) >= MAX_CACHED_ANSWERS:
                    self._answers.clear()
                self._answers[key] = answer
        return answer

    def _forget(self, labels: Labels) -> None:
        for name, value in labels.pairs:
            by_value = self._by_label[name]
            by_value[value].discard(labels)
            if not by_value[value]:
                del by_value[value]
            if not by_value:
                del self._by_label[name]

    def _find(self, matchers: tuple[Matcher, ...]) -> list[Labels]:
        """Narrow down by the index where a matcher excludes the absent label, then test what is left."""
        narrowed = [found for matcher in matchers if (found := self._narrow(matcher)) is not None]
        rest = [matcher for matcher in matchers if matcher.op is not MatchOp.EQUAL or not matcher.value]
        matches = compile_matchers(rest)
        candidates = set.intersection(*sorted(narrowed, key=len)) if narrowed else set(self._members)
        return sorted(labels for labels in candidates if matches(labels))

    def _narrow(self, matcher: Matcher) -> set[Labels] | None:
        by_value = self._by_label.get(matcher.name, {})
        if matcher.op is MatchOp.EQUAL and matcher.value:
            return by_value.get(matcher.value, set())
        if matcher.op is MatchOp.REGEX and not (holds := compile_matcher(matcher))(""):
            return set().union(*(found for value, found in by_value.items() if holds(value)))
        return None
