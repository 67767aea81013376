"""Load deskwatch.yaml, or say everything that is wrong with it.

Way:     file -> document -> [load] -> Settings.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from deskwatch.config.checks import findings
from deskwatch.config.document import Document, parse_document, read_document
from deskwatch.config.explain import explain, located
from deskwatch.config.settings import ReceiverSettings, Settings
from deskwatch.errors import ConfigError, ConfigFileError

Overrides = Mapping[tuple[str, ...], str]
"""What the command line says instead of the file, by key: ``{("bot", "name"): "alpha"}``."""


def load(path: Path, environment: Mapping[str, str] = os.environ, overrides: Overrides | None = None) -> Settings:
    """Return the settings of the file; paths in it start at its folder.

    Args:
        path: The file.
        environment: Where ``env:NAME`` looks.
        overrides: Values that count instead of the file's.

    Raises:
        ConfigFileError: Everything in the file that cannot be used.
    """
    try:
        document = read_document(path)
    except ConfigError as error:
        raise ConfigFileError([error]) from None
    return _settings_of(document, environment, overrides=overrides)


def loads(text: str, path: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings of a text as if it stood in ``path``.

    Raises:
        ConfigFileError: Everything in the text that cannot be used.
    """
    try:
        document = parse_document(text, path)
    except ConfigError as error:
        raise ConfigFileError([error]) from None
    return _settings_of(document, environment)


def default_settings(bot_name: str, base_dir: Path | None = None, overrides: Overrides | None = None) -> Settings:
    """Return the settings of someone who has no file.

    Args:
        bot_name: The bot's name.
        base_dir: Where relative paths start; the working directory if not given.
        overrides: Values that count instead of the defaults.

    Raises:
        ConfigFileError: The name, or an override, cannot be used.
    """
    base = base_dir or Path.cwd()
    document = Document(base / "(no settings file)", {"bot": {"name": bot_name}})
    return _settings_of(document, {}, base, overrides)


def _settings_of(
    document: Document,
    environment: Mapping[str, str],
    base_dir: Path | None = None,
    overrides: Overrides | None = None,
) -> Settings:
    context = {"base_dir": (base_dir or document.file.parent).absolute(), "environment": environment}
    document.value = {} if document.value is None else document.value
    for path, value in (overrides or {}).items():
        _override(document.value, path, value)
    try:
        settings = Settings.model_validate(document.value, context=context)
    except ValidationError as error:
        raise ConfigFileError(_by_line(explain(error, document, Settings))) from None
    settings = _with_receivers(settings)
    faults = [located(document, path, message) for path, message in findings(settings)]
    if faults:
        raise ConfigFileError(_by_line(faults))
    return settings


def _override(section: object, path: tuple[str, ...], value: str) -> None:
    for key in path[:-1]:
        if not isinstance(section, dict):
            return  # the file is wrong here, and validation will say so
        section = section.setdefault(key, {})
    if isinstance(section, dict):
        section[path[-1]] = value


def _with_receivers(settings: Settings) -> Settings:
    if settings.alerting.receivers:
        return settings
    desk = ReceiverSettings(name="desk", channels=tuple(settings.channels))
    return settings.model_copy(update={"alerting": settings.alerting.model_copy(update={"receivers": (desk,)})})


def _by_line(faults: list[ConfigError]) -> list[ConfigError]:
    return sorted(faults, key=lambda fault: fault.line or 0)
