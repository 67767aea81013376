"""The two walks of docs/architecture.md name a file and a function at each step; every name must resolve."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STEP = re.compile(r"`(?P<file>[\w/]+\.py)` `(?P<name>[\w.]+)`")


def walks() -> dict[str, list[tuple[str, str]]]:
    """Return the steps of each walk: the numbered lists below a heading that begins with "The life of"."""
    found: dict[str, list[tuple[str, str]]] = {}
    walk = ""
    for line in (ROOT / "docs/architecture.md").read_text().splitlines():
        if line.startswith("#"):
            walk = line.lstrip("# ") if "life of" in line.lower() else ""
        elif walk and re.match(r"\d+\. ", line):
            found.setdefault(walk, []).extend((match["file"], match["name"]) for match in STEP.finditer(line))
    return found


def names_in(file: Path) -> set[str]:
    """Return the functions and classes of a module, members as Holder.member."""
    names = set()
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            members = (member for member in node.body if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef))
            names.update(f"{node.name}.{member.name}" for member in members)
    return names


def test_both_walks_are_told_at_length() -> None:
    assert {name: len(steps) >= 8 for name, steps in walks().items()} == {
        "The life of a fill": True,
        "The life of a drawdown alert": True,
    }


@pytest.mark.parametrize(("file", "name"), sorted({step for steps in walks().values() for step in steps}))
def test_every_step_resolves(file: str, name: str) -> None:
    assert name in names_in(ROOT / "src/deskwatch" / file)
