"""``deskwatch fills import``: bring fills in from other programs."""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter

from deskwatch.cli.archive import BATCH, Json, opened, progress_bar, say
from deskwatch.errors import ConfigError

if TYPE_CHECKING:
    from deskwatch.client.fills.importers import Imported, Problem
    from deskwatch.client.fills.store import FillStore
    from deskwatch.client.fills.summary import Summary

EXIT_PROBLEMS: Final = 1
SHOWN_PROBLEMS: Final = 20


def import_fills(
    file: Path,
    /,
    *,
    to: Annotated[str, Parameter(help="The archive: sqlite:///fills.db or postgresql://user@host/database.")],
    strategy: Annotated[str | None, Parameter(help="The strategy's name (default: the file's).")] = None,
    currency: Annotated[str, Parameter(help="What a CSV without such a column is in.")] = "USD",
    column: Annotated[
        list[str] | None,
        Parameter(negative="", help="A CSV's header by what it is for, as quantity=Qty; may be given often."),
    ] = None,
    strict: Annotated[bool, Parameter(negative="", help="Import nothing if a record cannot be used.")] = False,
    json: Json = False,
) -> int:
    """Import fills: a backtest result or a trade database of freqtrade, or CSV.

    What cannot be used is listed with its place and what would be right; all else is imported. The exit code is 1 when
    anything was left out. A file that is imported twice is there once.

    Example: `deskwatch fills import user_data/backtest_results/backtest-result-2026-11-26.zip --to sqlite:///fills.db`

    Example: `deskwatch fills import fills.csv --to sqlite:///fills.db --column quantity=Qty --column time=Date`
    """
    from deskwatch.client.fills.importers import read_fills

    with progress_bar(f"reading {file.name}", quiet=json) as progress:
        found = read_fills(
            file, strategy=strategy, currency=currency, columns=_columns(column or []), progress=progress
        )
    problems = [problem for imported in found for problem in imported.problems]
    if not json:
        _show_problems(problems)
    if strict and problems:
        raise ConfigError(f"{len(problems)} records cannot be used; nothing was imported", file=file)
    with opened(to, "--to") as store:
        for imported in found:
            _keep(store, imported, quiet=json)
    return EXIT_PROBLEMS if problems else 0


def _columns(given: list[str]) -> dict[str, str]:
    columns = {}
    for text in given:
        field, equals, header = text.partition("=")
        if not equals or not header:
            raise ConfigError(f"must be FIELD=HEADER such as quantity=Qty, was {text!r}", key="--column")
        columns[field] = header
    return columns


def _keep(store: FillStore, imported: Imported, *, quiet: bool) -> None:
    from deskwatch.client.fills.summary import summarize

    if store.has_standing(imported.strategy):
        raise ConfigError(
            f"{imported.strategy} is what a bot goes on with; history under it would move its equity, "
            "give another name",
            key="--strategy",
        )
    entries = imported.entries()
    before = store.strategies().get(imported.strategy, 0)
    with progress_bar(f"writing {imported.strategy}", quiet=quiet) as progress:
        for start in range(0, len(entries), BATCH):
            store.write((imported.strategy, entry) for entry in entries[start : start + BATCH])
            progress((start + BATCH) / len(entries))
    new = store.strategies().get(imported.strategy, 0) - before
    summary = summarize(entries, imported.currency, imported.instruments())
    if quiet:
        print(json_module.dumps(_as_json(imported, summary, new)))
    else:
        say(_as_text(imported, summary, new))


def _as_json(imported: Imported, summary: Summary, new: int) -> dict[str, object]:
    return {
        "strategy": imported.strategy,
        "file": str(imported.file),
        "currency": imported.currency,
        "fills": summary.fills,
        "new": new,
        "trades": summary.trades,
        "win_ratio": summary.win_ratio,
        "profit": f"{summary.profit:f}",
        "profit_in_file": None if imported.profit is None else f"{imported.profit:f}",
        "fees": f"{summary.fees:f}",
        "funding": f"{summary.funding:f}",
        "open": {symbol: f"{quantity:f}" for symbol, quantity in summary.open.items()},
        "problems": [problem._asdict() for problem in imported.problems],
    }


def _as_text(imported: Imported, summary: Summary, new: int) -> str:
    told = "" if imported.profit is None else f" (the file says {imported.profit:,.2f})"
    return (
        f"{imported.strategy}: {summary.fills:,} fills ({new:,} new), {summary.trades:,} trades, "
        f"{summary.win_ratio:.0%} won, profit {summary.profit:,.2f} {imported.currency}{told}"
    )


def _show_problems(problems: list[Problem]) -> None:
    for problem in problems[:SHOWN_PROBLEMS]:
        say(str(problem))
    if len(problems) > SHOWN_PROBLEMS:
        say(f"and {len(problems) - SHOWN_PROBLEMS:,} more; --json lists all")
