"""The tables as they are now; ``migrations`` tells how they came to be, and a test that both agree.

Portable types only: the same tables are to stand in PostgreSQL. Times are wall milliseconds, UTC.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
)

from deskwatch.server.storage.state.types import CleanText, DecimalText, SampleValue

# Named constraints can be altered by later migrations: alembic.sqlalchemy.org/en/latest/naming.html
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

journal = Table(
    "journal",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("ts_ms", BigInteger, nullable=False),
    Column("kind", String(64), nullable=False, index=True),
    Column("bot", CleanText, nullable=False),
    Column("subject", CleanText, nullable=False),
    Column("detail", JSON, nullable=False),
    sqlite_autoincrement=True,
)

alerts = Table(
    "alerts",
    metadata,
    Column("rule", CleanText, primary_key=True),
    Column("fingerprint", String(16), primary_key=True),
    Column("labels", JSON, nullable=False),
    Column("annotations", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("value", SampleValue),
    Column("active_at_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("fired_at_ms", BigInteger),
    Column("resolved_at_ms", BigInteger),
    Column("keep_firing_since_ms", BigInteger),
    Column("limit", Float(53)),
    Column("generator_url", CleanText, nullable=False),
    Index(None, "state", "resolved_at_ms"),
)

group_alerts = Table(
    "group_alerts",
    metadata,
    Column("group_key", CleanText, primary_key=True),
    Column("receiver", CleanText, primary_key=True),
    Column("rule", CleanText, primary_key=True),
    Column("fingerprint", String(16), primary_key=True),
    Column("since_ms", BigInteger, nullable=False),
)

group_log = Table(
    "group_log",
    metadata,
    Column("group_key", CleanText, primary_key=True),
    Column("receiver", CleanText, primary_key=True),
    Column("firing", JSON, nullable=False),
    Column("resolved", JSON, nullable=False),
    Column("ts_ms", BigInteger, nullable=False),
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("group_key", CleanText, nullable=False),
    Column("receiver", CleanText, nullable=False),
    Column("title", CleanText, nullable=False),
    Column("severity", CleanText, nullable=False),
    Column("state", String(16), nullable=False),
    Column("opened_at_ms", BigInteger, nullable=False),
    Column("acknowledged_at_ms", BigInteger),
    Column("acknowledged_by", CleanText),
    Column("resolved_at_ms", BigInteger),
    Index(None, "group_key", "receiver", "state"),
    Index(None, "state"),
    sqlite_autoincrement=True,
)

notifications = Table(
    "notifications",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("group_key", CleanText, nullable=False),
    Column("receiver", CleanText, nullable=False),
    Column("reason", String(32), nullable=False),
    Column("status", String(16), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("incident_id", Integer, ForeignKey("incidents.id")),
    Column("created_at_ms", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("notification_id", Integer, ForeignKey("notifications.id"), nullable=False),
    Column("channel", CleanText, nullable=False),
    Column("group_key", CleanText, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("next_try_ms", BigInteger, nullable=False),
    Column("possible_repeat", Boolean, nullable=False),
    Column("fallback_of", CleanText),
    Column("fallback_sent", Boolean, nullable=False),
    Column("last_reason", String(32)),
    Column("last_error", CleanText),
    Column("sent_at_ms", BigInteger),
    Column("external_id", CleanText),
    Index(None, "channel", "state", "next_try_ms"),
    sqlite_autoincrement=True,
)

fills = Table(
    "fills",
    metadata,
    Column("bot", CleanText, primary_key=True),
    Column("fill_id", CleanText, primary_key=True),
    Column("ts_ms", BigInteger, nullable=False),
    Column("market_ts_ms", BigInteger),
    Column("strategy", CleanText, nullable=False),
    Column("symbol", CleanText, nullable=False),
    Column("side", String(8), nullable=False),
    Column("quantity", DecimalText, nullable=False),
    Column("price", DecimalText, nullable=False),
    Column("fee", DecimalText, nullable=False),
    Column("currency", CleanText, nullable=False),
    Column("order_id", CleanText, nullable=False),
    Column("realized_pnl", DecimalText, nullable=False),
    Column("position_after", DecimalText, nullable=False),
    Index(None, "bot", "ts_ms"),
)

guard_states = Table(
    "guard_states",
    metadata,
    Column("bot", CleanText, primary_key=True),
    Column("strategy", CleanText, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("limit", CleanText, nullable=False),
    Column("reason", CleanText, nullable=False),
    Column("value", SampleValue),
    Column("threshold", SampleValue),
    Column("epoch", Integer, nullable=False),
    Column("ts_ms", BigInteger, nullable=False),
)

guard_commands = Table(
    "guard_commands",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("bot", CleanText, nullable=False),
    Column("strategy", CleanText, nullable=False),
    Column("state", String(16), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("reason", CleanText, nullable=False),
    Column("by", CleanText, nullable=False),
    Column("nonce", String(32), nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("answered_at_ms", BigInteger),
    Column("result", String(16)),
    Index(None, "bot", "answered_at_ms"),
    sqlite_autoincrement=True,
)

bots = Table(
    "bots",
    metadata,
    Column("name", CleanText, primary_key=True),
    Column("pid", Integer),
    Column("started_at_ms", BigInteger),
    Column("restarts", Integer, nullable=False),
    Column("metrics_url", CleanText),
    Column("state", String(16), nullable=False),
)
