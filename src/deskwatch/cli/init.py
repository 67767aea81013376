"""``deskwatch init``: write a commented deskwatch.yaml and an example of own rules."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from deskwatch.errors import ConfigError

SETTINGS_FILE = "deskwatch.yaml"
RULES_FILE = "rules/example.yaml"


def init(
    folder: Annotated[Path, Parameter(help="Where to write.")] = Path(),
    *,
    force: Annotated[bool, Parameter(negative="", help="Replace files that are there.")] = False,
) -> None:
    """Write a commented `deskwatch.yaml` and `rules/`.

    Every setting stands in it with its default and what it does. Nothing that is there is replaced.

    Example: `deskwatch init && deskwatch run -- python my_bot.py`
    """
    from deskwatch.config import render_rules_example, render_template

    files = {folder / SETTINGS_FILE: render_template(), folder / RULES_FILE: render_rules_example()}
    for path in files:
        if path.exists() and not force:
            raise ConfigError("is there already; --force replaces it", file=path)
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        print(f"wrote {path}")
