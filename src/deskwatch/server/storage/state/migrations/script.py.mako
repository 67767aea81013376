"""${message}.

Revision ID: ${up_revision}
Revises:     ${down_revision | comma,n}
"""

import sqlalchemy as sa
from alembic import op

from deskwatch.server.storage.state.types import CleanText, DecimalText, SampleValue

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """${message}."""
    ${upgrades if upgrades else "pass"}
