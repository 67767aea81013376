"""``deskwatch up``: watch without starting a bot."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def up(
    *,
    config: Annotated[Path | None, Parameter(help="Settings (default: ./deskwatch.yaml if it is there).")] = None,
    listen: Annotated[str | None, Parameter(help="Address and port of the page.")] = None,
) -> int:
    """Watch the targets of the settings, and whoever pushes, without starting a bot.

    Example: `deskwatch up --config desk/deskwatch.yaml`
    """
    from deskwatch.cli.given import settings_from
    from deskwatch.cli.serving import serve

    return serve(settings_from(config, listen))
