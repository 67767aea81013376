"""Secrets: named in the file by reference, never written there, never shown.

Source:  reliability F15 (no secret in any output); env:NAME and file:PATH as in the twelve-factor and Docker habits.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

from pydantic import GetCoreSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, core_schema

MASK: Final = "***"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class Secret:
    """A value that shows itself only to who calls :meth:`reveal`.

    ``repr``, ``str``, ``format``, JSON and pickle all give ``***``.

    Args:
        value: The secret.
        reference: Where it came from, such as ``env:TELEGRAM_TOKEN``; this may be shown.
    """

    __slots__ = ("_value", "reference")

    def __init__(self, value: str, reference: str = "") -> None:
        self._value = value
        self.reference = reference

    def reveal(self) -> str:
        """Return the secret itself."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        return (Secret, (MASK,))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        """Let a model hold secrets: read from a reference, written as the mask."""
        return core_schema.with_info_plain_validator_function(
            _from_setting, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )


def read_reference(reference: str, base_dir: Path, environment: Mapping[str, str]) -> Secret:
    """Return the secret that ``env:NAME`` or ``file:PATH`` names.

    Args:
        reference: The reference.
        base_dir: Where relative paths start.
        environment: The variables to look in.

    Raises:
        ValueError: It is no reference, or there is no such variable or file; the text never holds a secret.
    """
    kind, _, name = reference.partition(":")
    if kind == "env" and name:
        return _from_environment(name, environment)
    if kind == "file" and name:
        return _from_file(base_dir / name, reference)
    # The text itself is left out: most likely it is the secret.
    raise ValueError("must be env:NAME or file:PATH, never the secret itself")


def _from_environment(name: str, environment: Mapping[str, str]) -> Secret:
    value = environment.get(name)
    if not value:
        raise ValueError(f"the environment variable {name} is not set; set it before deskwatch starts")
    return Secret(value, f"env:{name}")


def _from_file(path: Path, reference: str) -> Secret:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        value = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ValueError(f"the secret's file {path} cannot be read: {reason}") from None
    if mode & _OTHERS:
        raise ValueError(f"the secret's file {path} must be its owner's alone (chmod 600), its mode was {mode:04o}")
    if not value:
        raise ValueError(f"the secret's file {path} is empty")
    return Secret(value, reference)


def _from_setting(value: object, info: ValidationInfo) -> Secret:
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str):
        _refuse()
    context = info.context or {}
    return read_reference(value, context.get("base_dir", Path()), context.get("environment", {}))


def _refuse() -> NoReturn:
    raise ValueError("must be env:NAME or file:PATH, as text")
