"""Values that every stage shares, against the published forms of Prometheus and Alertmanager."""

from __future__ import annotations

import math

import pytest

from deskwatch.model import (
    STALE_NAN,
    Labels,
    Matcher,
    MatchOp,
    format_duration_ms,
    is_stale,
    parse_duration_ms,
)


@pytest.mark.parametrize(
    ("text", "duration_ms"),
    [
        ("0", 0),
        ("0s", 0),
        ("324ms", 324),
        ("3s", 3_000),
        ("5m", 300_000),
        ("1h", 3_600_000),
        ("4d", 345_600_000),
        ("4d1h", 349_200_000),
        ("14d", 1_209_600_000),
        ("3w", 1_814_400_000),
        ("3w2d1h", 1_990_800_000),
        ("10y", 315_360_000_000),
    ],
)
def test_durations_read_as_in_prometheus(text: str, duration_ms: int) -> None:
    """The cases are those of prometheus/common model/time_test.go."""
    assert parse_duration_ms(text) == duration_ms


@pytest.mark.parametrize("text", ["1", "1y1m1d", "-1w", "1.5d", "d", "", "1m ", "30"])
def test_what_is_no_duration_is_refused_with_what_would_be_right(text: str) -> None:
    with pytest.raises(ValueError, match="such as 30s"):
        parse_duration_ms(text)


@pytest.mark.parametrize("text", ["0s", "90ms", "1m30s", "2h", "1d", "2w", "8d", "1h0m1s"[:2] + "1s"])
def test_a_duration_survives_being_written_and_read(text: str) -> None:
    assert format_duration_ms(parse_duration_ms(text)) == text


def test_labels_are_sorted_and_an_empty_value_is_an_absent_label() -> None:
    labels = Labels({"b": "2", "a": "1", "c": ""})
    assert labels.pairs == (("a", "1"), ("b", "2"))
    assert labels == Labels((("b", "2"), ("a", "1")))
    assert hash(labels) == hash(Labels({"a": "1", "b": "2"}))
    assert labels.with_(a="") == Labels({"b": "2"})


def test_label_names_and_values_cannot_run_together_in_the_fingerprint() -> None:
    assert Labels({"a": "bc"}).fingerprint() != Labels({"ab": "c"}).fingerprint()


def test_only_the_marker_is_stale_and_other_nans_are_values() -> None:
    assert is_stale(STALE_NAN)
    assert not is_stale(math.nan)
    assert not is_stale(0.0)


def test_a_matcher_prints_as_prometheus_writes_it() -> None:
    assert str(Matcher("job", MatchOp.REGEX, 'a"b\\c')) == 'job=~"a\\"b\\\\c"'
