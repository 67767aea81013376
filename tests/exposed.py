"""What a registry exposes, read by prometheus-client's own parser."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from deskwatch.client import Registry


def samples(registry: Registry) -> dict[str, float]:
    """Return each series as ``name{label=value,…}`` with its value."""
    return parsed(registry.expose(with_prometheus_client=False).decode())


def parsed(text: str) -> dict[str, float]:
    """Return each series of an exposition as ``name{label=value,…}`` with its value."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sample.labels.items())
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def label_values(series: dict[str, float], label: str) -> set[str]:
    """Return all values that a label has in these series."""
    parts = (part for name in series for part in name.partition("{")[2].removesuffix("}").split(","))
    return {part.partition("=")[2] for part in parts if part.partition("=")[0] == label}
