"""Write the Prometheus text format, version 0.0.4.

Source:  https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from deskwatch.client.metrics.drops import Drops
from deskwatch.client.metrics.foreign import foreign_metrics

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


def label_text(names: Sequence[str], values: Sequence[str]) -> str:
    """Return ``a="1",b="2"``, escaped, without braces."""
    return ",".join(f'{name}="{value.translate(_LABEL_ESCAPES)}"' for name, value in zip(names, values, strict=True))


def series_prefix(name: str, labels: str) -> str:
    """Return the line of a series up to its value."""
    return f"{name}{{{labels}}} " if labels else f"{name} "


def header(name: str, documentation: str, kind: str) -> str:
    """Return the HELP and TYPE lines of a family."""
    return f"# HELP {name} {documentation.translate(_HELP_ESCAPES)}\n# TYPE {name} {kind}"


def prometheus_client_text(taken: Iterable[str], drops: Drops) -> bytes:
    """Return what lives in prometheus-client's registries of this process.

    Args:
        taken: Names of the samples that were already written.
        drops: Counts a registry that cannot be read.
    """
    # Imported when first scraped: a bot that serves nothing need not pay for it.
    from prometheus_client import generate_latest  # noqa: PLC0415
    from prometheus_client.registry import Collector  # noqa: PLC0415

    class Rest(Collector):
        def collect(self) -> Iterator[Metric]:
            return foreign_metrics(taken, drops)

    return generate_latest(Rest())
