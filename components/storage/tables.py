"""All tables: what each holds, whose rows they are, and when they expire. Code that touches every table uses `TABLES`.

`migrations/` creates them. If you change one here, add a revision there; `tests/unit/storage/test_migration.py` compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy
from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, LargeBinary, MetaData, String, Table, Text

METADATA = MetaData()
# A chain of clinics would run out of 32-bit ids in three years. SQLite only auto-increments an INTEGER, which has 64 bits there.
ROW_ID = BigInteger().with_variant(Integer(), "sqlite")

# Rasa's own table, declared again so that this module does not import Rasa. A test compares the two.
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
    Column("detail", String(64), nullable=False, default="", server_default=""),
    Column("helpful", Boolean, nullable=False),
)
RECEIVED = Table(
    "received",
    METADATA,
    Column("key", String(64), primary_key=True),  # the hash of a message's id
    Column("timestamp", Float, nullable=False, index=True),
)
PLATFORM_MESSAGES = Table(
    "platform_messages",
    METADATA,
    Column("id", ROW_ID, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),  # the hash of the message's id
    Column("platform", String(32), nullable=False),
    Column("sender_id", String(255), nullable=False, index=True),
    Column("timestamp", Float, nullable=False),
    Column("content", String, nullable=False),  # encrypted
    Column("owner", String(32), nullable=False),  # the process that answers it
    Column("leased_until", Float, nullable=False),  # in seconds since 1970; then another process may take it up
    Column("attempts", Integer, nullable=False),
)
AUDIT_TRAIL = Table(
    "audit_trail",
    METADATA,
    Column("id", ROW_ID, primary_key=True),
    Column("timestamp", Float, nullable=False, index=True),
    Column("action", String(16), nullable=False),  # erase or export
    Column("actor", String(64), nullable=False),  # the operating-system user who ran the command, or "visitor"
    Column("subject", String(64), nullable=False, index=True),  # the keyed hash of the conversation's id
    Column("row_count", Integer, nullable=False),
)
# Counts by day. What each `measure` counts, and its values, is in `figures.py`.
FIGURES = Table(
    "figures",
    METADATA,
    # The clinic's calendar day: its midnight as if in UTC, in seconds since 1970. It comes first because every query names days.
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("clinic", String(64), primary_key=True),
    Column("channel", String(16), primary_key=True),
    Column("language", String(8), primary_key=True),
    Column("measure", String(32), primary_key=True),
    Column("value", String(64), primary_key=True),
    Column("detail", String(64), primary_key=True),
    Column("number", Integer, nullable=False),
    sqlite_with_rowid=False,
)
TWO_YEARS = 731 * 24 * 60 * 60.0  # seconds; how long we keep the clinic's figures
CALLBACKS = Table(
    "callbacks",
    METADATA,
    Column("id", ROW_ID, primary_key=True),
    Column("clinic", String(64), nullable=False, index=True),
    Column("sender_id", String(255), nullable=False, index=True),
    Column("timestamp", Float, nullable=False),
    Column("reference", String(16), nullable=False),
    Column("content", LargeBinary),  # encrypted; empty once it could not be delivered, until the clinic knows
    Column("attempts", Integer, nullable=False),
    Column("next_attempt", Float, nullable=False, index=True),
)
MONTH = 30 * 24 * 60 * 60.0  # seconds; how long we try to tell a clinic that a request could not be delivered
SIX_YEARS = 6 * 366 * 24 * 60 * 60.0  # seconds; how long HIPAA wants such records kept (45 CFR 164.316)


@dataclass(frozen=True)
class StoredTable:
    """One table, and how to find and expire its rows.

    Attributes:
        table: the table.
        holds: what its rows say about a visitor, as docs/privacy.md puts it.
        sender: the column with the conversation's id; None if the rows do not say whose they are.
        time: the column with the start of the retention time, in seconds since 1970.
        kept: the table's own retention time in seconds; None for the clinic's.
    """

    table: Table
    holds: str
    sender: Column | None
    time: Column
    kept: float | None = None


# We erase a conversation in this order, starting with the row that each turn replaces. So a turn that is running in another
# process has either finished by then, or finds the row gone and stores nothing.
TABLES = (
    StoredTable(
        CONVERSATIONS,
        "the state of the conversation: the answers to the check, which are health data, the last turn, the buttons offered",
        CONVERSATIONS.c.sender_id,
        CONVERSATIONS.c.timestamp,
    ),
    StoredTable(
        EVENTS,
        "messages from both sides, masked (below); what each was about; the answers to the check in them, which are health data;"
        " its result",
        EVENTS.c.sender_id,
        EVENTS.c.timestamp,
    ),
    StoredTable(
        FEEDBACK,
        '"was this helpful?": topic, detail, yes or no, conversation id',
        FEEDBACK.c.sender_id,
        FEEDBACK.c.timestamp,
    ),
    StoredTable(
        RECEIVED,
        "that we received a message, so that we answer it once: a hash of its id and the conversation's or the platform's name",
        None,
        RECEIVED.c.timestamp,
    ),
    StoredTable(
        CALLBACKS,
        "a request to be called back, until the clinic has it: name, phone number or e-mail address and when to call, encrypted;"
        " conversation id",
        CALLBACKS.c.sender_id,
        CALLBACKS.c.timestamp,
        kept=MONTH,
    ),
    StoredTable(
        PLATFORM_MESSAGES,
        "a message from a platform until it is answered, and where to send the answer: encrypted, not masked",
        PLATFORM_MESSAGES.c.sender_id,
        PLATFORM_MESSAGES.c.timestamp,
    ),
    StoredTable(
        AUDIT_TRAIL,
        "that a conversation was erased or exported: when, by whom, how many rows, a keyed hash of its id; no content",
        None,
        AUDIT_TRAIL.c.timestamp,
        kept=SIX_YEARS,
    ),
    StoredTable(
        FIGURES,
        "counts by day, channel and language: messages by hour, topics, steps and outcomes of the check, danger by kind,"
        " answers that helped, presses of a contact button; no text, no id",
        None,
        FIGURES.c.day,
        kept=TWO_YEARS,
    ),
)

# Plain SQL, since SQLAlchemy takes longer to build these than the database takes to run them.
SELECT_CONVERSATION = sqlalchemy.text("SELECT timestamp, state, offered FROM conversations WHERE sender_id = :sender_id")
# DO NOTHING avoids an error on conflict: PostgreSQL would write the whole statement to its log.
INSERT_CONVERSATION = sqlalchemy.text(
    "INSERT INTO conversations (sender_id, timestamp, state, offered) VALUES (:sender_id, :timestamp, :state, :offered)"
    " ON CONFLICT DO NOTHING"
)
UPDATE_CONVERSATION = sqlalchemy.text(
    "UPDATE conversations SET timestamp = :timestamp, state = :state, offered = :offered"
    " WHERE sender_id = :sender_id AND timestamp = :previous_timestamp"
)
SELECT_FEEDBACK = sqlalchemy.text("SELECT 1 FROM feedback WHERE sender_id = :sender_id AND topic = :topic AND detail = :detail")
SELECT_LATEST_REPLIES = sqlalchemy.text(
    "SELECT data FROM events WHERE sender_id = :sender_id AND type_name = 'bot' ORDER BY id DESC LIMIT :limit"
)
INSERT_RECEIVED = sqlalchemy.text("INSERT INTO received (key, timestamp) VALUES (:key, :timestamp) ON CONFLICT DO NOTHING")
