"""``deskwatch test rules``: run promtool's unit tests of rules."""

from __future__ import annotations

import json as json_module
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

EXIT_DIFFERENT = 1


def rules(
    *files: Annotated[Path, Parameter(help="Test files in promtool's format.")],
    run: Annotated[str | None, Parameter(help="Only tests whose name this RE2 pattern finds.")] = None,
    json: Annotated[bool, Parameter(negative="", help="One JSON object a file.")] = False,
) -> int:
    """Run unit tests of rule files, as `promtool test rules` does. The exit code is 1 when one comes out otherwise.

    Example: `deskwatch test rules tests/risk_test.yaml`
    """
    import asyncio

    import re2

    from deskwatch.errors import ConfigError, ConfigFileError
    from deskwatch.server.ruletest import run_test_file

    if not files:
        raise ConfigError("must name at least one test file, such as tests/risk_test.yaml", key="FILES")
    try:
        pattern = re2.compile(run or "")
    except re2.error as error:
        raise ConfigError(f"must be an RE2 pattern, was {run!r}: {error}", key="--run") from None
    failed = False
    for file in files:
        try:
            differences = asyncio.run(run_test_file(file, lambda name: pattern.search(name) is not None))
            said = [str(difference) for difference in differences]
            rows: list[object] = [asdict(difference) for difference in differences]
        except ConfigFileError as error:
            said, rows = [str(fault) for fault in error.errors], [str(fault) for fault in error.errors]
        failed = failed or bool(said)
        if json:
            print(json_module.dumps({"file": str(file), "ok": not said, "differences": rows}))
        else:
            print(_told(file, said))
    return EXIT_DIFFERENT if failed else 0


def _told(file: Path, said: list[str]) -> str:
    if not said:
        return f"Unit Testing:  {file}\n  SUCCESS\n"
    lines = "\n\n".join("    " + text.replace("\n", "\n    ") for text in said)
    return f"Unit Testing:  {file}\n  FAILED:\n{lines}\n"
