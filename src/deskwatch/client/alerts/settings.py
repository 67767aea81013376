"""Read how often alerts are told from the file that the bot already has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from deskwatch.client.alerts.pace import Pace
from deskwatch.client.extra import load

SECTION = "alert_manager"


def read_pace(path: Path) -> Pace:
    """Return the pace that the section ``alert_manager`` of a YAML file gives; without one the usual pace.

    Raises:
        ValueError: The file cannot be read, is no YAML, or a value of the section cannot be used.
        MissingExtraError: PyYAML is not installed.
    """
    yaml = load("yaml", "alerts", "AlertManager(config_path=...)")
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(f"config_path must be a YAML file, {path} cannot be read: {error}") from error
    section = document.get(SECTION, {}) if isinstance(document, Mapping) else {}
    if not isinstance(section, Mapping):
        raise ValueError(f"{path}: {SECTION} must hold keys such as window_seconds, was {section!r}")  # noqa: TRY004
    known = {name: section[name] for name in ("window_seconds", "per_minute") if name in section}
    try:
        return Pace(**known)
    except ValueError as error:
        raise ValueError(f"{path}: {SECTION}.{error}") from error
