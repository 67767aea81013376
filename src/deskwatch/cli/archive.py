"""What the commands on fills share: the archive, a bar, and a line on the console."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter

from deskwatch.errors import ConfigError

if TYPE_CHECKING:
    from deskwatch.client.fills.importers.given import Progress
    from deskwatch.client.fills.store import FillStore

Json = Annotated[bool, Parameter(negative="", help="One JSON object for each strategy.")]

BATCH: Final = 1_000
"""Entries that are written, or exported, between two steps of the bar."""


def say(text: str) -> None:
    """Write a line for people."""
    from deskwatch.cli.given import console

    console.print(text, markup=False, soft_wrap=True)


@contextmanager
def opened(url: str, option: str) -> Iterator[FillStore]:
    """Open an archive for the time of the block."""
    from deskwatch.client.fills.store import FillStore

    try:
        store = FillStore.open(url)
    except ValueError as error:
        raise ConfigError(str(error), key=option) from error
    try:
        yield store
    finally:
        store.close()


@contextmanager
def progress_bar(what: str, *, quiet: bool) -> Iterator[Progress]:
    """Show a bar for what takes over a second, and none with ``--json`` or where nobody looks."""
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    from deskwatch.cli.given import console

    bar = Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=quiet or not console.is_terminal,
    )
    with bar:
        task = bar.add_task(what, total=1.0)
        yield lambda part: bar.update(task, completed=min(part, 1.0))
