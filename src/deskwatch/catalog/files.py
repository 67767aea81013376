"""Read the files of the catalogue from the installed package."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable


def rule_file_names() -> list[str]:
    """Return the names of the rule files, as ``rules.catalog`` takes them."""
    return _stems("rules", ".yaml")


def rule_file_text(name: str) -> str:
    """Return one rule file: a Prometheus rule file in YAML.

    Raises:
        KeyError: The catalogue has none of that name.
    """
    return _text("rules", name, ".yaml")


def dashboard_names() -> list[str]:
    """Return the names of the dashboards."""
    return _stems("dashboards", ".json")


def dashboard_text(name: str) -> str:
    """Return one dashboard: Grafana's JSON.

    Raises:
        KeyError: The catalogue has none of that name.
    """
    return _text("dashboards", name, ".json")


def runbook_names() -> list[str]:
    """Return the names of the runbooks, which are those of the alerts."""
    return _stems("runbooks", ".md")


def runbook_text(name: str) -> str:
    """Return one runbook: Markdown that says what to do.

    Raises:
        KeyError: The catalogue has none of that name.
    """
    return _text("runbooks", name, ".md")


def exporter_file_text(name: str) -> str:
    """Return one file that an exporter of the ecosystem is started with, in YAML.

    Raises:
        KeyError: The catalogue has none of that name.
    """
    return _text("exporters", name, ".yaml")


def _folder(kind: str) -> Traversable:
    return files("deskwatch.catalog") / kind


def _stems(kind: str, ending: str) -> list[str]:
    names = (entry.name for entry in _folder(kind).iterdir())
    return sorted(name.removesuffix(ending) for name in names if name.endswith(ending))


def _text(kind: str, name: str, ending: str) -> str:
    if name not in _stems(kind, ending):
        raise KeyError(f"the catalogue has no {kind} {name!r}; it has {', '.join(_stems(kind, ending))}")
    return (_folder(kind) / f"{name}{ending}").read_text("utf-8")
