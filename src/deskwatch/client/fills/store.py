"""Keep a ledger's entries, and give them back in their order.

Way:     archive, importers → [store] → database; database → [store] → ledger, exports.
Threads: as the connection: of one thread.
"""

from __future__ import annotations

import heapq
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from typing import Any, Final, TypeAlias

from deskwatch.client.fills.database import Database, connect, told_as_storage, without_password
from deskwatch.client.fills.tables import (
    BOUNDARIES,
    FILLS,
    FUNDING,
    MARKS,
    RATES,
    SPLITS,
    STANDINGS,
    TABLE_OF,
    TABLES,
    VERSION,
    Column,
    Table,
)
from deskwatch.client.trading.keeping import Entry, FillEntry, Kept, KeptMark, KeptRate, Standing
from deskwatch.client.trading.performance import Boundary, Performance
from deskwatch.errors import StorageError, StorageReason

Row: TypeAlias = Entry | Boundary | KeptMark | KeptRate | Standing
Item: TypeAlias = tuple[str, Row]
"""A strategy and something of it."""

_VERSION_TABLE: Final = 'CREATE TABLE IF NOT EXISTS "ledger_schema" ("version" INTEGER PRIMARY KEY)'


class FillStore:
    """An archive's database; made by ``open``.

    Args:
        url: Where it is.
        database: The connection to it.
    """

    def __init__(self, url: str, database: Database) -> None:
        self._url = url
        self._database = database

    @classmethod
    def open(cls, url: str) -> FillStore:
        """Open a store, and make its tables if they are not there.

        Args:
            url: ``sqlite:///fills.db``, or ``postgresql://user:password@host/database``.

        Raises:
            ValueError: The URL names no such database.
            MissingExtraError: The driver is not installed.
            StorageError: It cannot be opened, or a newer deskwatch has written it.
        """
        store = cls(url, connect(url))
        try:
            with told_as_storage(url, "opened"):
                store._make_tables()
        except BaseException:
            store.close()
            raise
        return store

    def write(self, items: Iterable[Item]) -> None:
        """Keep all of it in one transaction; what was kept before is kept once.

        Raises:
            StorageError: Nothing of it was kept.
        """
        by_table: dict[type, list[list[object]]] = {}
        bind = self._database.bind
        for strategy, row in items:
            by_table.setdefault(type(row), []).append([bind(strategy), *map(bind, row)])
        with told_as_storage(self._url, "written"), self._database.transaction():
            for kind, rows in by_table.items():
                self._database.run(self._insert(TABLE_OF[kind]), rows)

    def kept(self, strategy: str, performance: Performance) -> Kept:
        """Return what there is of a strategy; the entries are read while they are asked for.

        Args:
            strategy: Which.
            performance: What the boundaries are for.

        Raises:
            StorageError: It cannot be read.
        """
        with told_as_storage(self._url, "read"):
            interval = f'AND "interval_seconds" = {performance.interval_seconds:d} ORDER BY "ends_at" DESC'
            with closing(self._select(BOUNDARIES, strategy, interval)) as newest_first:
                boundaries = performance.enough(newest_first)
            marks, rates = [*self._select(MARKS, strategy)], [*self._select(RATES, strategy)]
            standing = next(iter([*self._select(STANDINGS, strategy)]), None)
        return Kept(self.entries(strategy), marks, rates, boundaries, standing)

    def entries(self, strategy: str) -> Generator[Entry, None, None]:
        """Yield fills, funding and splits in the order in which they were booked.

        Raises:
            StorageError: They cannot be read.
        """
        few = [*self._ordered(FUNDING, strategy), *self._ordered(SPLITS, strategy)]
        with told_as_storage(self._url, "read"):
            yield from heapq.merge(self._ordered(FILLS, strategy), sorted(few), key=_seq)

    def fills(self, strategy: str) -> Iterator[FillEntry]:
        """Yield the fills of a strategy in the order in which they were booked.

        Raises:
            StorageError: They cannot be read.
        """
        with told_as_storage(self._url, "read"):
            yield from self._ordered(FILLS, strategy)

    def last_seq(self, strategy: str) -> int:
        """Return the number of the last entry of a strategy, 0 before the first.

        Raises:
            StorageError: It cannot be read.
        """
        last, database = 0, self._database
        with told_as_storage(self._url, "read"):
            for table in (FILLS, FUNDING, SPLITS):
                statement = f'SELECT MAX("seq") FROM "{table.name}" WHERE "strategy" = {database.mark}'  # noqa: S608
                last = max(last, *(int(row[0] or 0) for row in database.rows(statement, [database.bind(strategy)])))
        return last

    def strategies(self) -> dict[str, int]:
        """Return every strategy that has fills, and how many.

        Raises:
            StorageError: They cannot be read.
        """
        with told_as_storage(self._url, "read"):
            found = self._database.rows(
                'SELECT "strategy", COUNT(*) FROM "ledger_fills" GROUP BY "strategy" ORDER BY "strategy"'
            )
            return {str(strategy): int(count) for strategy, count in found}

    def has_standing(self, strategy: str) -> bool:
        """Say whether a bot goes on with this strategy's ledger.

        Raises:
            StorageError: It cannot be read.
        """
        with told_as_storage(self._url, "read"):
            return bool(list(self._select(STANDINGS, strategy)))

    def close(self) -> None:
        """Close the connection."""
        self._database.close()

    def _ordered(self, table: Table, strategy: str) -> Iterator[Any]:
        return self._select(table, strategy, 'ORDER BY "seq", "id"')

    def _select(self, table: Table, strategy: str, further: str = "") -> Generator[Any, None, None]:
        columns = ", ".join(f'"{column.name}"' for column in table.columns)
        # Names and what is further are this module's own; only the strategy comes from outside, and is bound.
        statement = f'SELECT {columns} FROM "{table.name}" WHERE "strategy" = {self._database.mark} {further}'  # noqa: S608
        kinds, read = [column.kind for column in table.columns], self._database.read
        for row in self._database.rows(statement, [self._database.bind(strategy)]):
            yield table.row(*map(read, row, kinds))

    def _insert(self, table: Table) -> str:
        names = ", ".join(f'"{name}"' for name in table.names)
        marks = ", ".join([self._database.mark] * len(table.names))
        key = ", ".join(f'"{name}"' for name in ("strategy", *table.key))
        doing = "NOTHING"
        if table.newest_only:
            others = [name for name in table.names if name != "strategy" and name not in table.key]
            doing = "UPDATE SET " + ", ".join(f'"{name}" = excluded."{name}"' for name in others)
        return f'INSERT INTO "{table.name}" ({names}) VALUES ({marks}) ON CONFLICT ({key}) DO {doing}'  # noqa: S608

    def _make_tables(self) -> None:
        database = self._database
        with database.transaction():
            database.run(_VERSION_TABLE)
            versions = [int(row[0]) for row in database.rows('SELECT "version" FROM "ledger_schema"')]
            if versions and max(versions) > VERSION:
                raise StorageError(
                    f"{without_password(self._url)} has tables of version {max(versions)}, this deskwatch knows "
                    f"{VERSION}; install the newer deskwatch again",
                    reason=StorageReason.SCHEMA,
                )
            if not versions:
                insert = f'INSERT INTO "ledger_schema" ("version") VALUES ({database.mark}) ON CONFLICT DO NOTHING'  # noqa: S608
                database.run(insert, [[VERSION]])
            for table in TABLES:
                database.run(self._create(table))
            for table in (FILLS, FUNDING, SPLITS):
                database.run(f'CREATE INDEX IF NOT EXISTS "{table.name}_seq" ON "{table.name}" ("strategy", "seq")')

    def _create(self, table: Table) -> str:
        columns = ", ".join(['"strategy" TEXT NOT NULL', *map(self._declared, table.columns)])
        key = ", ".join(f'"{name}"' for name in ("strategy", *table.key))
        return f'CREATE TABLE IF NOT EXISTS "{table.name}" ({columns}, PRIMARY KEY ({key}))'

    def _declared(self, column: Column) -> str:
        return f'"{column.name}" {self._database.types[column.kind]}{"" if column.nullable else " NOT NULL"}'


def _seq(entry: Entry) -> int:
    return entry.seq
