"""``deskwatch fills export``: give fills to other programs."""

from __future__ import annotations

import json as json_module
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter

from deskwatch.cli.archive import BATCH, opened, progress_bar, say
from deskwatch.errors import ConfigError

if TYPE_CHECKING:
    from deskwatch.client.fills.exports.rows import Row
    from deskwatch.client.fills.importers.given import Progress
    from deskwatch.client.fills.store import FillStore

FORMATS: Final = ("csv", "parquet")


def export_fills(
    *,
    source: Annotated[str, Parameter(name="--from", help="The archive: sqlite:///fills.db or postgresql://….")],
    to: Annotated[str, Parameter(help="A file, or snowflake://user@account/database/schema?warehouse=w.")],
    format: Annotated[  # noqa: A002  (the option's name)
        str | None, Parameter(help="csv or parquet (default: by the file's ending).")
    ] = None,
    strategy: Annotated[str | None, Parameter(help="Only this one (default: all).")] = None,
    json: Annotated[bool, Parameter(negative="", help="One JSON object.")] = False,
) -> int:
    """Export fills as CSV, as Parquet with exact decimals, or into a table of Snowflake.

    Example: `deskwatch fills export --from sqlite:///fills.db --to fills.parquet`

    Example: `SNOWFLAKE_PASSWORD=… deskwatch fills export --from sqlite:///fills.db --to
    "snowflake://me@account/TRADING/PUBLIC?warehouse=W"`
    """
    with opened(source, "--from") as store, progress_bar("exporting fills", quiet=json) as progress:
        counts = store.strategies()
        wanted = [name for name in counts if strategy in (None, name)]
        if not wanted:
            known = ", ".join(counts) or "none"
            raise ConfigError(
                f"the archive has fills of {known}, not of {strategy or 'any strategy'}", key="--strategy"
            )
        total = sum(counts[name] for name in wanted)
        written = _export(_rows(store, wanted, total, progress), to, format)
    if json:
        print(json_module.dumps({"fills": written, "strategies": wanted, "to": _place(to)}))
    else:
        say(f"{written:,} fills of {', '.join(wanted)} are in {_place(to)}")
    return 0


def _export(rows: Iterable[Row], to: str, form: str | None) -> int:
    from deskwatch.client.fills.exports import write_csv, write_parquet, write_snowflake
    from deskwatch.client.fills.exports.snowflake import connection_settings

    if to.startswith("snowflake:"):
        return write_snowflake(rows, connection_settings(to))
    file = Path(to)
    chosen = form or file.suffix.removeprefix(".").lower()
    if chosen not in FORMATS:
        raise ConfigError(f"must be one of {', '.join(FORMATS)}, was {chosen!r}", key="--format")
    try:
        return write_csv(rows, file) if chosen == "csv" else write_parquet(rows, file)
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror or error}", file=file) from error


def _rows(store: FillStore, strategies: list[str], total: int, progress: Progress) -> Iterator[Row]:
    from deskwatch.client.fills.exports.rows import row_of

    done = 0
    for strategy in strategies:
        for fill in store.fills(strategy):
            yield row_of(strategy, fill)
            done += 1
            if done % BATCH == 0:
                progress(done / total)


def _place(to: str) -> str:
    return to.partition("?")[0]
