"""Row ids of 64 bits on PostgreSQL, and the index for the retention job.

`feedback` always had 32 bits there; so had `events` in early databases, some of which lack its index on the time, too.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        for table in ("events", "feedback"):
            # A column that has 64 bits already is left as it is.
            op.execute(f"ALTER TABLE {table} ALTER COLUMN id TYPE BIGINT")
            op.execute(f"ALTER SEQUENCE {table}_id_seq AS BIGINT")
    indexes = {index["name"] for index in sa.inspect(connection).get_indexes("events")}
    if "ix_events_timestamp" not in indexes:
        op.create_index("ix_events_timestamp", "events", ["timestamp"])
