"""Bring the tables up to date, all or nothing.

Source:  https://alembic.sqlalchemy.org/en/latest/cookbook.html (sharing a connection with the migrations)
"""

from __future__ import annotations

from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from deskwatch.errors import StorageError, StorageReason

MIGRATIONS: Final = "deskwatch.server.storage.state:migrations"


def migrate(conn: Connection, where: str) -> None:
    """Run the migrations that the database has not seen, in one transaction.

    Raises:
        StorageError: SCHEMA: a newer deskwatch has written the database.
    """
    config = Config(attributes={"connection": conn})
    config.set_main_option("script_location", MIGRATIONS)
    script = ScriptDirectory.from_config(config)
    with conn.begin():
        _refuse_newer(MigrationContext.configure(conn).get_current_revision(), script, where)
        command.upgrade(config, "head")


def _refuse_newer(current: str | None, script: ScriptDirectory, where: str) -> None:
    known = {revision.revision for revision in script.walk_revisions()}
    if current is not None and current not in known:
        raise StorageError(
            f"the state in {where} has schema {current}, this deskwatch knows schemas up to "
            f"{script.get_current_head()}; install the newer deskwatch again, or give another data_dir",
            reason=StorageReason.SCHEMA,
        )
