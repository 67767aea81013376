"""List the metrics of all domains, for the reference page and for tests."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from deskwatch.catalog import metrics
from deskwatch.catalog.metric import Metric


def metrics_by_domain() -> dict[str, list[Metric]]:
    """Return every metric of the catalogue by the name of its domain, in the order in which they are written."""
    return {name: _metrics_of(name) for name in sorted(module.name for module in iter_modules(metrics.__path__))}


def _metrics_of(domain: str) -> list[Metric]:
    declared = vars(import_module(f"{metrics.__name__}.{domain}")).values()
    return [value for value in declared if isinstance(value, Metric)]
