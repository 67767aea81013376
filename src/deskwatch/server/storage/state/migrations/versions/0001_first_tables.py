"""The first tables: journal, alerts, groups, incidents, notifications, outbox, fills, guard states, bots.

Revision ID: 0001
Revises:     nothing
"""

import sqlalchemy as sa
from alembic import op

from deskwatch.server.storage.state.types import CleanText, DecimalText, SampleValue

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "journal",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("ts_ms", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("bot", CleanText, nullable=False),
        sa.Column("subject", CleanText, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_journal"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "alerts",
        sa.Column("rule", CleanText, nullable=False),
        sa.Column("fingerprint", sa.String(16), nullable=False),
        sa.Column("labels", sa.JSON, nullable=False),
        sa.Column("annotations", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("value", SampleValue),
        sa.Column("active_at_ms", sa.BigInteger, nullable=False),
        sa.Column("fired_at_ms", sa.BigInteger),
        sa.Column("resolved_at_ms", sa.BigInteger),
        sa.Column("keep_firing_since_ms", sa.BigInteger),
        sa.Column("limit", sa.Float(53)),
        sa.Column("generator_url", CleanText, nullable=False),
        sa.PrimaryKeyConstraint("rule", "fingerprint", "active_at_ms", name="pk_alerts"),
    )
    op.create_table(
        "group_alerts",
        sa.Column("group_key", CleanText, nullable=False),
        sa.Column("receiver", CleanText, nullable=False),
        sa.Column("rule", CleanText, nullable=False),
        sa.Column("fingerprint", sa.String(16), nullable=False),
        sa.Column("since_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("group_key", "receiver", "rule", "fingerprint", name="pk_group_alerts"),
    )
    op.create_table(
        "group_log",
        sa.Column("group_key", CleanText, nullable=False),
        sa.Column("receiver", CleanText, nullable=False),
        sa.Column("firing", sa.JSON, nullable=False),
        sa.Column("resolved", sa.JSON, nullable=False),
        sa.Column("ts_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("group_key", "receiver", name="pk_group_log"),
    )
    op.create_table(
        "incidents",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("group_key", CleanText, nullable=False),
        sa.Column("receiver", CleanText, nullable=False),
        sa.Column("title", CleanText, nullable=False),
        sa.Column("severity", CleanText, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("opened_at_ms", sa.BigInteger, nullable=False),
        sa.Column("acknowledged_at_ms", sa.BigInteger),
        sa.Column("acknowledged_by", CleanText),
        sa.Column("resolved_at_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "notifications",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("group_key", CleanText, nullable=False),
        sa.Column("receiver", CleanText, nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incidents.id", name="fk_notifications_incident_id")),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notifications"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column(
            "notification_id",
            sa.Integer,
            sa.ForeignKey("notifications.id", name="fk_outbox_notification_id"),
            nullable=False,
        ),
        sa.Column("channel", CleanText, nullable=False),
        sa.Column("group_key", CleanText, nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("next_try_ms", sa.BigInteger, nullable=False),
        sa.Column("possible_repeat", sa.Boolean, nullable=False),
        sa.Column("fallback_of", CleanText),
        sa.Column("fallback_sent", sa.Boolean, nullable=False),
        sa.Column("last_reason", sa.String(32)),
        sa.Column("last_error", CleanText),
        sa.Column("sent_at_ms", sa.BigInteger),
        sa.Column("external_id", CleanText),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "fills",
        sa.Column("bot", CleanText, nullable=False),
        sa.Column("fill_id", CleanText, nullable=False),
        sa.Column("ts_ms", sa.BigInteger, nullable=False),
        sa.Column("market_ts_ms", sa.BigInteger),
        sa.Column("strategy", CleanText, nullable=False),
        sa.Column("symbol", CleanText, nullable=False),
        sa.Column("side", sa.String(8), nullable=False),
        sa.Column("quantity", DecimalText, nullable=False),
        sa.Column("price", DecimalText, nullable=False),
        sa.Column("fee", DecimalText, nullable=False),
        sa.Column("currency", CleanText, nullable=False),
        sa.Column("order_id", CleanText, nullable=False),
        sa.Column("realized_pnl", DecimalText, nullable=False),
        sa.Column("position_after", DecimalText, nullable=False),
        sa.PrimaryKeyConstraint("bot", "fill_id", name="pk_fills"),
    )
    op.create_table(
        "guard_states",
        sa.Column("bot", CleanText, nullable=False),
        sa.Column("strategy", CleanText, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("limit", CleanText, nullable=False),
        sa.Column("reason", CleanText, nullable=False),
        sa.Column("value", SampleValue),
        sa.Column("threshold", SampleValue),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("ts_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("bot", "strategy", name="pk_guard_states"),
    )
    op.create_table(
        "bots",
        sa.Column("name", CleanText, nullable=False),
        sa.Column("pid", sa.Integer),
        sa.Column("started_at_ms", sa.BigInteger),
        sa.Column("restarts", sa.Integer, nullable=False),
        sa.Column("metrics_url", CleanText),
        sa.Column("state", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_bots"),
    )
    op.create_index("ix_journal_kind", "journal", ["kind"])
    op.create_index("ix_alerts_state_resolved_at_ms", "alerts", ["state", "resolved_at_ms"])
    op.create_index("ix_incidents_group_key_receiver_state", "incidents", ["group_key", "receiver", "state"])
    op.create_index("ix_incidents_state", "incidents", ["state"])
    op.create_index("ix_outbox_channel_state_next_try_ms", "outbox", ["channel", "state", "next_try_ms"])
    op.create_index("ix_fills_bot_ts_ms", "fills", ["bot", "ts_ms"])
