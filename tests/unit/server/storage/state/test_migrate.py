"""The migrations and the tables tell the same story."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from deskwatch.server.storage.state.migrate import migrate
from deskwatch.server.storage.state.sqlite import connect
from deskwatch.server.storage.state.tables import metadata


def test_migrated_tables_are_those_of_the_code():
    with connect("sqlite://") as conn:
        migrate(conn, "memory")
        with conn.begin():
            options = {"compare_type": True}
            assert compare_metadata(MigrationContext.configure(conn, opts=options), metadata) == []


def test_migrating_twice_changes_nothing():
    with connect("sqlite://") as conn:
        migrate(conn, "memory")
        migrate(conn, "memory")


def test_every_table_can_be_written_for_postgresql():
    for table in metadata.sorted_tables:
        assert table.name in str(CreateTable(table).compile(dialect=postgresql.dialect()))
