"""The tables, once: what each holds, whose its rows are, and when they end. Whatever touches every table goes through `TABLES`.

`migrations/` makes them. A change here takes a revision there; `tests/unit/storage/test_migration.py` holds the two equal.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy
from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, MetaData, String, Table, Text

METADATA = MetaData()
# A chain of clinics would use up 32 bits in three years. SQLite counts up by itself only in an INTEGER, which has 64 bits there.
ROW_ID = BigInteger().with_variant(Integer(), "sqlite")

# Rasa's own table, declared again so that this module loads without Rasa. A test holds the two equal.
EVENTS = Table(
    "events",
    METADATA,
    Column("id", ROW_ID, primary_key=True),
    Column("sender_id", String(255), nullable=False, index=True),
    Column("type_name", String(255), nullable=False),
    Column("timestamp", Float, index=True),
    Column("intent_name", String(255)),
    Column("action_name", String(255)),
    Column("data", Text),
)
CONVERSATIONS = Table(
    "conversations",
    METADATA,
    Column("sender_id", String(255), primary_key=True),
    Column("timestamp", Float, nullable=False, index=True),
    Column("state", Text, nullable=False),  # JSON: the slots, the active loop and the last turn
    Column("offered", Text, nullable=False),  # JSON: the payloads of all buttons offered so far
)
FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("id", ROW_ID, primary_key=True),
    Column("sender_id", String(255), nullable=False, index=True),
    Column("timestamp", Float, nullable=False),
    Column("topic", String(64), nullable=False),
    Column("helpful", Boolean, nullable=False),
)
RECEIVED = Table(
    "received",
    METADATA,
    Column("key", String(64), primary_key=True),  # the hash of a message's id
    Column("timestamp", Float, nullable=False, index=True),
)


@dataclass(frozen=True)
class StoredTable:
    """One table, and what becomes of its rows.

    Attributes:
        table: the table.
        holds: what its rows say of a visitor, in the words of docs/privacy.md.
        sender: the column with the conversation's id; None where no row tells whose it is.
        time: the column with the time, in seconds since 1970, from which the retention time counts.
    """

    table: Table
    holds: str
    sender: Column | None
    time: Column


# A conversation is erased in this order: first the row that each turn replaces. So a turn that is under way in another process
# has either ended by then, or finds the row gone and stores nothing.
TABLES = (
    StoredTable(
        CONVERSATIONS,
        "where the conversation stands: the answers of the check, which are health data, the last turn, the buttons offered",
        CONVERSATIONS.c.sender_id,
        CONVERSATIONS.c.timestamp,
    ),
    StoredTable(
        EVENTS,
        "messages of both sides, masked (below); what was understood of them; the answers of the check, which are health data;"
        " its result",
        EVENTS.c.sender_id,
        EVENTS.c.timestamp,
    ),
    StoredTable(
        FEEDBACK,
        '"was this helpful?": topic, yes or no, conversation id',
        FEEDBACK.c.sender_id,
        FEEDBACK.c.timestamp,
    ),
    StoredTable(
        RECEIVED,
        "that a message came, so that it is answered once: a hash of the message's id and the conversation's or the platform's"
        " name",
        None,
        RECEIVED.c.timestamp,
    ),
)

# Plain SQL, since SQLAlchemy takes longer to compose these than the database to answer them.
SELECT_LAST_TURN_TIME = sqlalchemy.text("SELECT timestamp FROM conversations WHERE sender_id = :sender_id")
SELECT_CONVERSATION = sqlalchemy.text("SELECT timestamp, state, offered FROM conversations WHERE sender_id = :sender_id")
# A conflict is no error: PostgreSQL would write the whole statement into its log.
INSERT_CONVERSATION = sqlalchemy.text(
    "INSERT INTO conversations (sender_id, timestamp, state, offered) VALUES (:sender_id, :timestamp, :state, :offered)"
    " ON CONFLICT DO NOTHING"
)
UPDATE_CONVERSATION = sqlalchemy.text(
    "UPDATE conversations SET timestamp = :timestamp, state = :state, offered = :offered"
    " WHERE sender_id = :sender_id AND timestamp = :previous_timestamp"
)
INSERT_RECEIVED = sqlalchemy.text("INSERT INTO received (key, timestamp) VALUES (:key, :timestamp) ON CONFLICT DO NOTHING")
