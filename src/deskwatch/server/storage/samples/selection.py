"""What a selector takes of the head: which series, of which sources.

Threads: as Postings; an answer stays as it is while the set of series does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deskwatch.model import Labels, Matcher
from deskwatch.server.storage.samples.pick import Pick
from deskwatch.server.storage.samples.postings import MAX_CACHED_ANSWERS, Found, Postings
from deskwatch.server.storage.samples.source import SourceRows


@dataclass(frozen=True, slots=True)
class Selection:
    """The series of one selector.

    Attributes:
        found: The postings' answer that it was made from.
        parts: The series by source.
        is_disjoint: Whether no series is reported by two sources.
    """

    found: Found[SourceRows]
    parts: Sequence[tuple[SourceRows, Pick]]
    is_disjoint: bool

    @classmethod
    def of(cls, found: Found[SourceRows]) -> Selection:
        """Arrange an answer of the postings."""
        wanted: dict[SourceRows, list[Labels]] = {}
        for labels, sources in found:
            for source in sources:
                wanted.setdefault(source, []).append(labels)
        parts = [(source, Pick(names)) for source, names in wanted.items()]
        return cls(found, parts, sum(map(len, wanted.values())) == len(found))


class Selections:
    """The selections that were asked for since the set of series last changed."""

    def __init__(self, postings: Postings[SourceRows]) -> None:
        self._postings = postings
        self._known: dict[tuple[Matcher, ...], Selection] = {}

    def get(self, matchers: Sequence[Matcher]) -> Selection:
        """Return what the matchers select now."""
        key = tuple(matchers)
        found = self._postings.match(key)
        known = self._known.get(key)
        if known is not None and known.found is found:
            return known
        if len(self._known) >= MAX_CACHED_ANSWERS:
            self._known.clear()
        fresh = self._known[key] = Selection.of(found)
        return fresh
