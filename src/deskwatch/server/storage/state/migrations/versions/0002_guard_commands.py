"""Commands to the guards in the bots: kept until the bot has answered.

Revision ID: 0002
Revises:     0001
"""

import sqlalchemy as sa
from alembic import op

from deskwatch.server.storage.state.types import CleanText

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "guard_commands",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("bot", CleanText, nullable=False),
        sa.Column("strategy", CleanText, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("reason", CleanText, nullable=False),
        sa.Column("by", CleanText, nullable=False),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("answered_at_ms", sa.BigInteger),
        sa.Column("result", sa.String(16)),
        sa.PrimaryKeyConstraint("id", name="pk_guard_commands"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_guard_commands_bot_answered_at_ms", "guard_commands", ["bot", "answered_at_ms"])
