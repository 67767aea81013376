"""Laws of the parser, compared with prometheus-client's."""

from __future__ import annotations

import contextlib
import math

from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from deskwatch.client import Registry
from deskwatch.errors import ParseError, ScrapeError
from deskwatch.server.ingest import Parser

VALUE = st.floats(allow_nan=True, allow_infinity=True)
# A null byte and lone surrogates are no part of the format.
TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"),
    max_size=15,
)
LABELS = st.lists(st.tuples(TEXT, TEXT, VALUE), min_size=1, max_size=6)


def exposition(rows: list[tuple[str, str, float]]) -> bytes:
    registry = CollectorRegistry()
    gauge = Gauge("g", 'help "x" \\ \n y', ["a", "b"], registry=registry)
    counter = Counter("c", "c", ["a"], registry=registry)
    histogram = Histogram("h", "h", registry=registry)
    for first, second, value in rows:
        gauge.labels(first, second).set(value)
        counter.labels(first).inc(1.5)
        histogram.observe(1.0)
    return generate_latest(registry)


def ours(parser: Parser, body: bytes) -> dict[tuple[tuple[str, str], ...], float]:
    scrape = parser.parse(body, 0, "s")
    return {labels.pairs: value for labels, value in zip(scrape.series, scrape.values, strict=True)}


def theirs(body: bytes) -> dict[tuple[tuple[str, str], ...], float]:
    samples = [s for family in text_string_to_metric_families(body.decode()) for s in family.samples]
    return {
        tuple(sorted({"__name__": s.name, **{k: v for k, v in s.labels.items() if v}}.items())): s.value
        for s in samples
    }


def same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))


@given(LABELS, LABELS)
@settings(max_examples=150, deadline=None)
def test_what_the_client_library_writes_is_read_as_it_reads_it(first, second):
    """parse(expose(families)) == families, cold and again with another body."""
    parser = Parser({})
    for body in (exposition(first), exposition(first), exposition(second)):
        got, wanted = ours(parser, body), theirs(body)
        assert got.keys() == wanted.keys()
        assert all(same(got[key], wanted[key]) for key in wanted)


@given(LABELS)
@settings(max_examples=100, deadline=None)
def test_our_registry_writes_what_the_client_library_writes(rows):
    """The same records give the same series, whoever reads them: prometheus-client's parser, and ours."""
    registry = Registry()
    gauge = registry.gauge("g", 'help "x" \\ \n y', ["a", "b"])
    counter, histogram = registry.counter("c_total", "c", ["a"]), registry.histogram("h", "h")
    for first, second, value in rows:
        gauge.labels(first, second).set(value)
        counter.labels(first).inc(1.5)
        histogram.observe(1.0)
    body = registry.expose(with_prometheus_client=False)
    wanted = {key: value for key, value in theirs(exposition(rows)).items() if not created(key)}
    for read in (theirs(body), ours(Parser({}), body)):
        got = {key: value for key, value in read.items() if dict(key)["__name__"] != "deskwatch_client_drops_total"}
        assert got.keys() == wanted.keys()
        assert all(same(got[key], wanted[key]) for key in wanted)


def created(labels):
    return dict(labels)["__name__"].endswith("_created")


@given(st.binary(max_size=300) | st.text(alphabet='ab{}=",# \t\n\\0.1eE+-_NaInf', max_size=200).map(str.encode))
@settings(max_examples=400, deadline=None)
def test_garbage_is_a_parse_error_or_nothing_else(body):
    """No input makes the parser raise anything that is not its own."""
    parser = Parser({"job": "x"})
    for text in (b"a 1\nb 2\n", body, body):
        with contextlib.suppress(ParseError, ScrapeError):
            parser.parse(text, 0, "s")


@given(st.lists(st.text(alphabet='ab{}=",# \t1.e+_N', max_size=12), max_size=6), st.integers(0, 5))
@settings(max_examples=300, deadline=None)
def test_a_body_means_the_same_to_a_parser_with_and_without_memory(lines, cut):
    """The cache of the layout changes no result."""
    body, before = "\n".join(lines).encode(), "\n".join(lines[:cut]).encode()
    remembering = Parser({})
    with contextlib.suppress(ParseError):
        remembering.parse(before, 0, "s")
    assert outcome(remembering, body) == outcome(Parser({}), body)


def outcome(parser: Parser, body: bytes) -> object:
    try:
        return {key: repr(value) for key, value in ours(parser, body).items()}
    except ParseError as error:
        return error.position
