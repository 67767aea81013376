"""Write the Prometheus text format, version 0.0.4.

Source:  https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from deskwatch.client.metrics.declare import Declared

if TYPE_CHECKING:
    from prometheus_client import Metric

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_SPECIAL: Final = {"inf": "+Inf", "-inf": "-Inf", "nan": "NaN"}
_LABEL_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})
_HELP_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\n": "\\n"})


def number_text(value: float) -> str:
    """Return the shortest text that reads back as this very float."""
    plain = repr(value)
    return _SPECIAL.get(plain, plain)


def bound_text(bound: float) -> str:
    """Return the label ``le`` of a bucket as Go and prometheus-client spell it: ``1e+06`` from a million on.

    Source: https://github.com/prometheus/client_python/blob/master/prometheus_client/utils.py (floatToGoString)
    """
    if not 1e6 <= bound < math.inf:
        return number_text(bound)
    _, digits, exponent = Decimal(repr(bound)).as_tuple()
    mantissa = "".join(map(str, digits)).rstrip("0")
    point = "." if len(mantissa) > 1 else ""
    return f"{mantissa[0]}{point}{mantissa[1:]}e+{len(digits) + int(exponent) - 1:02}"


def label_text(names: Sequence[str], values: Sequence[str]) -> str:
    """Return ``a="1",b="2"``, escaped, without braces."""
    return ",".join(f'{name}="{value.translate(_LABEL_ESCAPES)}"' for name, value in zip(names, values, strict=True))


def series_prefix(name: str, labels: str) -> str:
    """Return the line of a series up to its value."""
    return f"{name}{{{labels}}} " if labels else f"{name} "


def header(declared: Declared) -> str:
    """Return the HELP and TYPE lines of a family."""
    name, documentation = declared.name, declared.documentation.translate(_HELP_ESCAPES)
    return f"# HELP {name} {documentation}\n# TYPE {name} {declared.kind}"


def prometheus_client_text(metrics: Iterable[Metric]) -> bytes:
    """Return metrics of prometheus-client as it writes them."""
    # Imported when first scraped: a bot that serves nothing need not pay for it.
    from prometheus_client import generate_latest  # noqa: PLC0415
    from prometheus_client.registry import Collector  # noqa: PLC0415

    class Rest(Collector):
        def collect(self) -> Iterator[Metric]:
            return iter(metrics)

    return generate_latest(Rest())
