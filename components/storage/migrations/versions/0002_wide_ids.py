"""64-bit row ids on PostgreSQL, and the index for the retention job.

`feedback` always had 32-bit ids there, and so did `events` in early databases. Some of those also lack the index on its time.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        for table in ("events", "feedback"):
            # This leaves a column alone if it already has 64 bits.
            op.execute(f"ALTER TABLE {table} ALTER COLUMN id TYPE BIGINT")
            op.execute(f"ALTER SEQUENCE {table}_id_seq AS BIGINT")
    indexes = {index["name"] for index in sa.inspect(connection).get_indexes("events")}
    if "ix_events_timestamp" not in indexes:
        op.create_index("ix_events_timestamp", "events", ["timestamp"])
