"""The clinic's figures: counts by day. Feedback also says which detail of a topic the answer was about."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "figures",
        sa.Column("day", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("clinic", sa.String(64), primary_key=True),
        sa.Column("channel", sa.String(16), primary_key=True),
        sa.Column("language", sa.String(8), primary_key=True),
        sa.Column("measure", sa.String(32), primary_key=True),
        sa.Column("value", sa.String(64), primary_key=True),
        sa.Column("detail", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.add_column("feedback", sa.Column("detail", sa.String(64), nullable=False, server_default=""))
