"""Alembic's entry: run the steps on the connection, and in the transaction, that ``migrate`` holds."""

from alembic import context

from deskwatch.server.storage.state.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
context.run_migrations()
