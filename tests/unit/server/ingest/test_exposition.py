"""The text format, read as Prometheus reads it."""

from __future__ import annotations

import math

import pytest

from deskwatch.errors import ParseError, ScrapeError, ScrapeReason
from deskwatch.model import Labels
from deskwatch.server.ingest import Limits, Parser


def parsed(text: str, **target_labels: str) -> dict[Labels, float]:
    scrape = Parser(target_labels).parse(text.encode(), 1000, "s")
    return dict(zip(scrape.series, scrape.values, strict=True))


def series(name: str, **labels: str) -> Labels:
    return Labels({"__name__": name, **labels})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("up 1\n", {series("up"): 1.0}),
        ("up 1", {series("up"): 1.0}),
        ("\n\n  up   1  \n", {series("up"): 1.0}),
        ("up\t1\n", {series("up"): 1.0}),
        ("up 1 1395066363000\n", {series("up"): 1.0}),
        ("a:b{} -1.5e-3\n", {series("a:b"): -0.0015}),
        ('a{b="c"} +Inf\n', {series("a", b="c"): math.inf}),
        ('a{b="c",} .5\n', {series("a", b="c"): 0.5}),
        ('a { b = "c" , d = "e" } 1\n', {series("a", b="c", d="e"): 1.0}),
        ('a{b="x y"} 1\n', {series("a", b="x y"): 1.0}),
        (r'a{b="\"\\\n\x"} 1' + "\n", {series("a", b='"\\\n\\x'): 1.0}),
        ('a{b="}"} 1\n', {series("a", b="}"): 1.0}),
        ('a{b=""} 1\n', {series("a"): 1.0}),
        ('a{b="日本"} 1\n', {series("a", b="日本"): 1.0}),
        ('{"a.b", c="d"} 1\n', {series("a.b", c="d"): 1.0}),
        ('{c="d", "a.b"} 1\n', {series("a.b", c="d"): 1.0}),
        ('a{b="c" d="e"} 1\n', {series("a", b="c", d="e"): 1.0}),
        ("# HELP a b\n# TYPE a counter\na 1\n# anything\n#\n", {series("a"): 1.0}),
        ("# TYPE a counter\na_total 1.0 1520879607.789\n# EOF\n", {series("a_total"): 1.0}),
        ('a_bucket{le="1"} 2 # {trace_id="x"} 0.5 1520879607.7\n# EOF\n', {series("a_bucket", le="1"): 2.0}),
        ("", {}),
    ],
)
def test_valid_text_is_read(text, expected):
    assert parsed(text) == expected


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("<html>\n", 1),
        ("up 1\nup\n", 2),
        ("up x\n", 1),
        ("up 1_000\n", 1),
        ("up 0x10\n", 1),
        ("up 1e400\n", 1),
        ("up 1\r\n", 1),
        ("up 1 2 3\n", 1),
        ("up 1 x\n", 1),
        ('up 1 # {a="b"} 1\n', 1),
        ("9a 1\n", 1),
        ('a{b="c"\n', 1),
        ('a{b="c} 1\n', 1),
        ("a{b=c} 1\n", 1),
        ('a{b="c",,} 1\n', 1),
        ('a{__name__="b"} 1\n', 1),
        ('{__name__="a"} 1\n', 1),
        ("up 1 -5\n", 1),
        ("# TYPE a\n", 1),
        ('a{b="c",b="d"} 1\n', 1),
        ('a{9="c"} 1\n', 1),
        ("# TYPE a nonsense\n", 1),
        ("ok 1\n\nbad\x0c 1\n", 3),
        ("٣ 1\n", 1),
        ("up ٣\n", 1),
    ],
)
def test_invalid_text_is_refused_at_its_line(text, line):
    with pytest.raises(ParseError) as caught:
        parsed(text)
    assert caught.value.position == line


def test_what_is_no_utf8_is_refused_at_its_line():
    with pytest.raises(ParseError, match="line 2: must be UTF-8"):
        Parser({}).parse(b'a 1\nb{c="\xff"} 2\n', 0, "s")


def test_series_is_the_same_tuple_while_the_layout_stays():
    parser = Parser({})
    first = parser.parse(b"# HELP a x\na 1\nb 2\n", 0, "s")
    second = parser.parse(b"# HELP a x\na 3\nb 4\n", 1, "s")
    assert second.series is first.series
    assert second.values == [3.0, 4.0]


@pytest.mark.parametrize(
    "body", [b'a{b="\xc3\xa4"} %d\n', b"a %d 123\n", b"a  %d\n", b"a\t%d\n", b"a %d # {} 1\n# EOF\n"]
)
def test_series_is_the_same_tuple_also_where_the_fast_way_is_not_taken(body):
    parser = Parser({})
    first = parser.parse(body % 1, 0, "s")
    second = parser.parse(body % 2, 1, "s")
    assert second.series is first.series
    assert second.values == [2.0]


@pytest.mark.parametrize("changed", [b"a 1\n", b"a 1\nc 2\n", b"b 1\na 2\n", b"a 1\nb 2\nc 3\n", b"a 1\n# x\nb 2\n"])
def test_a_changed_layout_is_read_anew(changed):
    parser = Parser({})
    parser.parse(b"a 1\nb 2\n", 0, "s")
    scrape = parser.parse(changed, 1, "s")
    assert dict(zip(scrape.series, scrape.values, strict=True)) == parsed(changed.decode())


@pytest.mark.parametrize("number", ["1_000", "1e400", "x", "", "1\r", "+nan", "0x1p3"])
def test_a_repeated_layout_is_no_licence_for_bad_numbers(number):
    parser = Parser({})
    parser.parse(b"a 1\nb 2\n", 0, "s")
    with pytest.raises(ParseError) as caught:
        parser.parse(f"a 1\nb {number}\n".encode(), 1, "s")
    assert caught.value.position == 2


def test_nan_and_infinity_pass_in_a_repeated_layout():
    parser = Parser({})
    parser.parse(b"a 1\nb 2\n", 0, "s")
    first, second = parser.parse(b"a NaN\nb -Inf\n", 1, "s").values
    assert math.isnan(first)
    assert second == -math.inf


def test_a_series_that_stands_twice_counts_once():
    parser = Parser({})
    scrape = parser.parse(b'a{b="c",d="e"} 1\na{d="e",b="c"} 2\n', 0, "s")
    assert (list(scrape.values), parser.duplicates) == ([1.0], 1)


def test_target_labels_win_and_the_targets_own_are_kept_as_exported():
    text = 'a{job="mine",exported_job="x",c="d"} 1\n'
    expected = series("a", job="server", exported_job="x", exported_exported_job="mine", c="d")
    assert list(parsed(text, job="server")) == [expected]


def test_a_parser_forgets_series_that_are_gone():
    parser = Parser({})
    for step in range(200):
        parser.parse(f'a{{id="{step}"}} 1\n'.encode(), step, "s")
    assert len(parser._known) == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"a 1\n" * 30, ScrapeReason.BODY_TOO_LARGE),
        (b"a 1\nb 1\nc 1\nd 1\n", ScrapeReason.SAMPLE_LIMIT),
        (b'a{b="1",c="2",d="3"} 1\n', ScrapeReason.LABEL_LIMIT),
        (b'a{b="' + b"x" * 21 + b'"} 1\n', ScrapeReason.LABEL_LIMIT),
        (('a{b="' + "ä" * 11 + '"} 1\n').encode(), ScrapeReason.LABEL_LIMIT),
    ],
)
def test_each_limit_has_its_reason(body, reason):
    parser = Parser({}, limits=Limits(body_bytes=100, samples=3, labels=2, text_bytes=20))
    with pytest.raises(ScrapeError) as caught:
        parser.parse(body, 0, "s")
    assert caught.value.reason is reason


def test_the_limits_are_those_of_the_promise():
    assert Limits() == Limits(body_bytes=16 * 2**20, samples=50_000, labels=30, text_bytes=1024)
