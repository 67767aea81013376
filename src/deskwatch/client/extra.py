"""Load what an extra brings, or say which extra that is."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from deskwatch.errors import MissingExtraError


def load(module: str, extra: str, feature: str, *, install: str | None = None) -> ModuleType:
    """Return a module that not everybody has installed.

    Args:
        module: Its name, such as ``redis`` or ``starlette.routing``.
        extra: The extra of deskwatch that brings it.
        feature: What the user asked for, as the first word of the error: ``Counting Redis commands``.
        install: What the error says to install instead of the extra, where a licence keeps it out of the extras.

    Raises:
        MissingExtraError: It, or something that it needs, is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise MissingExtraError(extra, feature, install=install) from error
