"""``deskwatch check``: say what is wrong with a file before it is loaded."""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from deskwatch.errors import ConfigError, ConfigFileError

EXIT_FAULTY = 1


def rules(
    *files: Annotated[Path, Parameter(help="Prometheus rule files.")],
    exposed: Annotated[
        list[Path] | None, Parameter(help="What targets expose, as text; a rule that reads anything else is told.")
    ] = None,
    json: Annotated[bool, Parameter(negative="", help="One JSON object a file.")] = False,
) -> int:
    """Check rule files, as `promtool check rules` does. The exit code is 1 when one cannot be run.

    With --exposed it also says which metrics a rule reads that neither a target exposes nor a rule records.

    Example: `curl -s localhost:8000/metrics > bot.txt && deskwatch check rules rules/*.yaml --exposed bot.txt`
    """
    from deskwatch.server.rules.check import check_rule_files

    if not files:
        raise ConfigError("must name at least one rule file, such as rules/risk.yaml", key="FILES")
    texts = {path: _text(path) for path in exposed or ()}
    failed = False
    for found in check_rule_files(files, texts):
        failed = failed or bool(found.faults)
        if json:
            print(json_module.dumps(found.json()))
        else:
            print(found)
    return EXIT_FAULTY if failed else 0


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigFileError([ConfigError(f"cannot be read: {error}", file=path, key="--exposed")]) from None
