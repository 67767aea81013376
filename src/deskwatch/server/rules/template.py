"""Fill in the Go templates of labels and annotations.

Way:     rules -> [template] -> text for people.  A template that fails gives its raw text and says so: an alert
         is never held up by its wording.
Source:  https://prometheus.io/docs/prometheus/latest/configuration/template_reference/
Limits:  gotpl's execution budget; a template sees labels, value and a few pure functions, never an object.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import gotpl
import re2

from deskwatch.model import METRIC_NAME, Labels

_BUDGET: Final = gotpl.ExecutionBudget(
    max_output_chars=65_536,  # reliability G6: 64 KiB
    max_iterations=10_000,
    max_template_depth=16,
    max_function_calls=10_000,
)
_DEFINITIONS: Final = "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$value := .Value}}"

_METRIC_PREFIXES: Final = ("", "k", "M", "G", "T", "P", "E", "Z", "Y")
_SMALL_PREFIXES: Final = ("", "m", "u", "n", "p", "f", "a", "z", "y")
_BINARY_PREFIXES: Final = ("", "ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi")


def humanize(value: object) -> str:
    """Return the number with a metric prefix and four significant digits: ``1234567`` is ``1.235M``."""
    number = _number(value)
    if number == 0 or math.isnan(number) or math.isinf(number):
        return f"{number:.4g}"
    if abs(number) >= 1:
        return _scaled(number, 1000.0, _METRIC_PREFIXES)
    index = 0
    while abs(number) < 1 and index < len(_SMALL_PREFIXES) - 1:
        number, index = number * 1000, index + 1
    return f"{number:.4g}{_SMALL_PREFIXES[index]}"


def humanize_1024(value: object) -> str:
    """Return the number with a binary prefix: ``1048576`` is ``1Mi``."""
    number = _number(value)
    if abs(number) <= 1 or math.isnan(number) or math.isinf(number):
        return f"{number:.4g}"
    return _scaled(number, 1024.0, _BINARY_PREFIXES)


def humanize_percentage(value: object) -> str:
    """Return a ratio as a percentage: ``0.1042`` is ``10.42%``."""
    return f"{_number(value) * 100:.4g}%"


def humanize_duration(value: object) -> str:
    """Return seconds as people say them: ``3725`` is ``1h 2m 5s``."""
    seconds = _number(value)
    if math.isnan(seconds) or math.isinf(seconds):
        return f"{seconds:.4g}"
    if abs(seconds) < 1:
        return f"{seconds:.4g}s" if seconds == 0 else _small_seconds(seconds)
    sign, whole = ("-" if seconds < 0 else ""), int(abs(seconds))
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days:
        return f"{sign}{days}d {hour}h {minute}m {second}s"
    if hour:
        return f"{sign}{hour}h {minute}m {second}s"
    if minute:
        return f"{sign}{minute}m {second}s"
    return f"{sign}{abs(seconds):.4g}s"


def humanize_timestamp(value: object) -> str:
    """Return Unix seconds as a UTC time."""
    seconds = _number(value)
    if math.isnan(seconds) or math.isinf(seconds):
        return f"{seconds:.4g}"
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} +0000 UTC"


_GO_GROUP: Final = re2.compile(r"\$(?:\{(\w+)\}|(\w+)|(\$))")  # https://pkg.go.dev/regexp#Regexp.Expand


def _replace_all(pattern: str, replacement: str, text: str) -> str:
    escaped = replacement.replace("\\", "\\\\")
    python = _GO_GROUP.sub(lambda m: "$" if m.group(3) else f"\\g<{m.group(1) or m.group(2)}>", escaped)
    return str(re2.sub(pattern, python, text))


FUNCTIONS: Final[Mapping[str, Callable[..., object]]] = {
    "humanize": humanize,
    "humanize1024": humanize_1024,
    "humanizeDuration": humanize_duration,
    "humanizePercentage": humanize_percentage,
    "humanizeTimestamp": humanize_timestamp,
    "title": lambda text: str(text).title(),
    "toUpper": lambda text: str(text).upper(),
    "toLower": lambda text: str(text).lower(),
    "match": lambda pattern, text: re2.search(str(pattern), str(text)) is not None,
    "reReplaceAll": lambda pattern, replacement, text: _replace_all(str(pattern), str(replacement), str(text)),
    "stripPort": lambda text: str(text).rpartition(":")[0] or str(text),
}


class Expander:
    """Fills in templates with the labels and the value of an element.

    Args:
        external_labels: What ``$externalLabels`` gives.
        on_error: Told of a template that failed, with the template and the error's text.
    """

    def __init__(
        self,
        external_labels: Mapping[str, str] | None = None,
        on_error: Callable[[str, str], None] = lambda _template, _error: None,
    ) -> None:
        self._external_labels = dict(external_labels or {})
        self._on_error = on_error

    def expand(self, template: str, labels: Labels, value: float) -> str:
        """Return the template filled in; on an error its raw text."""
        if "{{" not in template:
            return template
        data = {
            "Labels": _strings(labels),
            "ExternalLabels": _strings(self._external_labels),
            "Value": value,
        }
        try:
            return _compiled(template).render(data)
        except gotpl.TemplateError as error:
            self._on_error(template, str(error))
            return template


def check_template(template: str) -> str | None:
    """Return what is wrong with the template, ``None`` when it can be used."""
    try:
        _compiled(template)
    except gotpl.TemplateError as error:
        return str(error)
    return None


@lru_cache(maxsize=2048)
def _compiled(template: str) -> gotpl.Template:
    return gotpl.Template(
        _DEFINITIONS + template, name="annotation", functions=FUNCTIONS, missing_key="zero", budget=_BUDGET
    )


def _strings(labels: Mapping[str, str]) -> gotpl.TypedMap[str, str]:
    # An absent label is the empty string, as in Go's map[string]string.
    named = {name: value for name, value in labels.items() if name != METRIC_NAME}
    return gotpl.TypedMap(named, "", "string", "string")


def _number(value: object) -> float:
    return float(value)  # type: ignore[arg-type]  # a template may hand anything; gotpl reports the failure


def _scaled(number: float, step: float, prefixes: tuple[str, ...]) -> str:
    index = 0
    while abs(number) >= step and index < len(prefixes) - 1:
        number, index = number / step, index + 1
    return f"{number:.4g}{prefixes[index]}"


def _small_seconds(seconds: float) -> str:
    for prefix in _SMALL_PREFIXES[1:]:
        seconds *= 1000
        if abs(seconds) >= 1:
            return f"{seconds:.4g}{prefix}s"
    return f"{seconds:.4g}{_SMALL_PREFIXES[-1]}s"
