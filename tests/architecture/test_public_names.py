"""The public names are what they say: each loads, and is the one that type checkers see."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

import deskwatch
import deskwatch.client

SOURCE = Path(deskwatch.client.__file__)


def seen_by_type_checkers() -> dict[str, str]:
    """Return the module of each name that is imported for type checkers."""
    block = next(node for node in ast.parse(SOURCE.read_text()).body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    return {alias.name: str(node.module) for node in imports for alias in node.names}


def test_what_is_loaded_is_what_type_checkers_see() -> None:
    loaded = {name: f"deskwatch.client.{module}" for name, module in deskwatch.client._MODULE_OF.items()}
    assert loaded == seen_by_type_checkers()
    assert sorted(loaded) == sorted(deskwatch.client.__all__)


@pytest.mark.parametrize("name", sorted({*deskwatch.__all__, *deskwatch.client.__all__}))
def test_every_public_name_loads(name: str) -> None:
    module = seen_by_type_checkers()[name]
    assert getattr(deskwatch.client, name) is getattr(import_module(module), name)
    assert name not in deskwatch.__all__ or getattr(deskwatch, name) is getattr(deskwatch.client, name)


def test_a_name_that_is_none_is_said() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Gard'"):
        deskwatch.client.Gard  # noqa: B018
