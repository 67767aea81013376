"""What every command is given: the settings, and a console to speak on."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from deskwatch.config import Settings, default_settings, load

SETTINGS_FILE = Path("deskwatch.yaml")

console = Console(stderr=True, highlight=False)


def settings_from(config: Path | None, listen: str | None = None, name: str | None = None) -> Settings:
    """Return the settings: of the file named, of ./deskwatch.yaml if it is there, or else the defaults.

    Args:
        config: The file that the user named.
        listen: Instead of the file's ``listen``.
        name: Instead of the file's ``bot.name``.

    Raises:
        ConfigFileError: The file cannot be used; everything that is wrong with it.
    """
    path = config or (SETTINGS_FILE if SETTINGS_FILE.exists() else None)
    overrides = {("listen",): listen, ("bot", "name"): name}
    given = {key: value for key, value in overrides.items() if value is not None}
    return load(path, overrides=given) if path else default_settings("bot", overrides=given)
