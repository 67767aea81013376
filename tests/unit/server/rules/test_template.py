"""Templates of rules; expected texts are those of Prometheus's template_test.go for the same input."""

from __future__ import annotations

import pytest

from deskwatch.model import Labels
from deskwatch.server.rules.template import Expander, check_template

LABELS = Labels({"__name__": "dd", "bot": "alpha"})


def expand(template: str, value: float = 0.0) -> str:
    return Expander({"desk": "london"}).expand(template, LABELS, value)


@pytest.mark.parametrize(
    ("template", "value", "text"),
    [
        ("plain", 0, "plain"),
        ("{{ $labels.bot }} {{ .Labels.bot }}", 0, "alpha alpha"),
        ("[{{ $labels.absent }}]", 0, "[]"),
        ("{{ $externalLabels.desk }}", 0, "london"),
        ("{{ $value | humanize }}", 1234567.0, "1.235M"),
        ("{{ $value | humanize }}", 0.00234, "2.34m"),
        ("{{ $value | humanize }}", 0.0, "0"),
        ("{{ $value | humanize1024 }}", 1048576.0, "1Mi"),
        ("{{ $value | humanizePercentage }}", 0.1234567, "12.35%"),
        ("{{ $value | humanizeDuration }}", 0.0, "0s"),
        ("{{ $value | humanizeDuration }}", 60.0, "1m 0s"),
        ("{{ $value | humanizeDuration }}", 3600.0, "1h 0m 0s"),
        ("{{ $value | humanizeDuration }}", 86400.0, "1d 0h 0m 0s"),
        ("{{ $value | humanizeDuration }}", 0.1, "100ms"),
        ("{{ $value | humanizeTimestamp }}", 1435065584.128, "2015-06-23 13:19:44 +0000 UTC"),
        ('{{ printf "%.1f %%" $value }}', 10.25, "10.2 %"),
        ("{{ if gt $value 1.0 }}big{{ else }}small{{ end }}", 2.0, "big"),
        ("{{ toUpper $labels.bot }}", 0, "ALPHA"),
        ('{{ reReplaceAll "(a)lpha" "${1}x" "alpha" }}', 0, "ax"),
        ('{{ match "al.*" $labels.bot }}', 0, "true"),
    ],
)
def test_a_template_reads_as_in_prometheus(template: str, value: float, text: str) -> None:
    assert expand(template, value) == text


def test_the_metric_name_is_no_label_of_a_template() -> None:
    assert expand("[{{ $labels.__name__ }}]") == "[]"


def test_a_template_that_fails_gives_its_raw_text_and_says_so() -> None:
    errors: list[tuple[str, str]] = []
    expander = Expander(on_error=lambda template, error: errors.append((template, error)))
    assert expander.expand('{{ humanize "x" }}', LABELS, 1.0) == '{{ humanize "x" }}'
    assert errors[0][0] == '{{ humanize "x" }}'
    assert "could not convert" in errors[0][1]


def test_a_template_that_never_ends_is_stopped() -> None:
    endless = '{{ define "x" }}{{ template "x" }}{{ end }}{{ template "x" }}'
    assert expand(endless) == endless


def test_a_broken_template_is_found_when_rules_are_loaded() -> None:
    assert check_template("{{ $value") is not None
    assert "nope" in (check_template("{{ nope }}") or "")
    assert check_template("{{ $value | humanize }}") is None
