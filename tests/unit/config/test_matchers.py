"""Matchers read as Alertmanager reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.config.matchers import parse_matchers
from deskwatch.model import Matcher, MatchOp

LABEL = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,10}", fullmatch=True)
PLAIN = st.builds(Matcher, LABEL, st.sampled_from([MatchOp.EQUAL, MatchOp.NOT_EQUAL]), st.text(max_size=20))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('severity="critical"', [Matcher("severity", MatchOp.EQUAL, "critical")]),
        ("severity=critical", [Matcher("severity", MatchOp.EQUAL, "critical")]),
        (' bot =~ "demo.*" ', [Matcher("bot", MatchOp.REGEX, "demo.*")]),
        ('{a="b", c!~"d|e"}', [Matcher("a", MatchOp.EQUAL, "b"), Matcher("c", MatchOp.NOT_REGEX, "d|e")]),
        (r'a="x\"y\\z\n"', [Matcher("a", MatchOp.EQUAL, 'x"y\\z\n')]),
        ('a=""', [Matcher("a", MatchOp.EQUAL, "")]),
    ],
)
def test_matchers_are_read(text, expected):
    assert list(parse_matchers(text)) == expected


@pytest.mark.parametrize("text", ["", "{}", "severity", '="x"', 'a="b" c="d"', 'a="b', "1a=b", 'a=="b"', 'a="b",'])
def test_what_is_no_matcher_is_refused(text):
    with pytest.raises(ValueError, match="must be matchers such as"):
        parse_matchers(text)


def test_a_bad_pattern_is_refused_at_load():
    with pytest.raises(ValueError, match="no valid RE2 pattern"):
        parse_matchers('a=~"("')


@given(st.lists(PLAIN, min_size=1, max_size=4))
def test_what_a_matcher_prints_is_read_back(matchers):
    assert list(parse_matchers("{" + ", ".join(map(str, matchers)) + "}")) == matchers
