"""Walk the classes of the settings: which keys a section has, and which sections are within it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo


def keys_of(section: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields of a section by the name that they have in the file."""
    return {field.alias or name: field for name, field in section.model_fields.items()}


def sections_in(annotation: Any, suffix: str = "") -> Iterator[tuple[type[BaseModel], str]]:  # noqa: ANN401
    """Yield the sections that a type holds, each with ``[]`` behind a list and ``.NAME`` behind free names."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, suffix
        return
    origin = getattr(annotation, "__origin__", None)
    inner = "[]" if origin is tuple else ".NAME" if origin is dict else suffix
    for argument in get_args(annotation):
        yield from sections_in(argument, inner)


def keys_at(root: type[BaseModel], loc: tuple[str | int, ...]) -> list[str]:
    """Return the keys that are known at a place, given as pydantic names it."""
    candidates = [root]
    for part in loc:
        candidates = _step(candidates, part)
    return [key for section in candidates for key in keys_of(section)]


def _step(candidates: list[type[BaseModel]], part: str | int) -> list[type[BaseModel]]:
    of_kind = [section for section in candidates if part in _kinds(section)]
    if of_kind:
        return of_kind
    fields = [keys_of(section)[part] for section in candidates if isinstance(part, str) and part in keys_of(section)]
    if fields:
        return [child for field in fields for child, _ in sections_in(field.annotation)]
    return candidates  # an index or a free name: what the list or mapping holds is already here


def _kinds(section: type[BaseModel]) -> tuple[str, ...]:
    kind = section.model_fields.get("kind")
    return get_args(kind.annotation) if kind is not None else ()
