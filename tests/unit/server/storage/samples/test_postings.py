"""The index finds what testing every series finds."""

from __future__ import annotations

import pytest

from deskwatch.model import Labels, Matcher, MatchOp
from deskwatch.server.matching import compile_matchers
from deskwatch.server.storage.samples.postings import Postings

SERIES = [
    Labels({"__name__": name, "job": job, **({"zone": zone} if zone else {})})
    for name in ("up", "down")
    for job in ("a", "b", "ab")
    for zone in ("", "x")
]


def matcher(text: str) -> Matcher:
    name, op, value = text.split(" ")
    return Matcher(name, MatchOp(op), value)


@pytest.mark.parametrize(
    "texts",
    [
        ["__name__ = up"],
        ["job =~ a.*"],
        ["job !~ a.*", "__name__ = up"],
        ["job != a"],
        ["zone = "],
        ["zone != "],
        ["zone =~ x|"],
        ["zone =~ .+", "job = a"],
        ["missing = x"],
        ["missing = ", "job =~ a|b"],
        [],
    ],
)
def test_match_finds_what_a_scan_finds(texts: list[str]) -> None:
    postings: Postings[int] = Postings()
    for number, labels in enumerate(SERIES):
        postings.add(labels, number)
    matchers = [matcher(text) for text in texts]
    holds = compile_matchers(matchers)
    assert [labels for labels, _ in postings.match(matchers)] == sorted(labels for labels in SERIES if holds(labels))


def test_an_answer_is_renewed_when_a_series_comes_or_goes() -> None:
    postings: Postings[str] = Postings()
    every = [Matcher("__name__", MatchOp.EQUAL, "up")]
    assert postings.match(every) == []
    postings.add(SERIES[0], "s")
    assert postings.match(every) == [(SERIES[0], ("s",))]
    postings.remove(SERIES[0], "s")
    assert postings.match(every) == []


def test_a_series_stays_while_one_member_holds_it() -> None:
    postings: Postings[str] = Postings()
    postings.add(SERIES[0], "one")
    postings.add(SERIES[0], "two")
    postings.remove(SERIES[0], "one")
    assert postings.match([]) == [(SERIES[0], ("two",))]
