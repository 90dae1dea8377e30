"""Requests to be called back that are not delivered yet."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "callbacks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("clinic", sa.String(64), nullable=False, index=True),
        sa.Column("sender_id", sa.String(255), nullable=False, index=True),
        sa.Column("timestamp", sa.Float, nullable=False),
        sa.Column("reference", sa.String(16), nullable=False),
        sa.Column("content", sa.LargeBinary),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_attempt", sa.Float, nullable=False, index=True),
    )
