"""What the store of conversations says when the database refuses."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import sqlalchemy
from rasa.core.tracker_store import FailSafeTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from components.storage.conversation_store import ConversationStore


def test_an_error_of_the_database_is_logged_without_what_was_written(tmp_path: Path, caplog: Any) -> None:
    store = ConversationStore(Domain.empty(), db=str(tmp_path / "conversations.db"))
    with store.database.engine.connect() as connection:
        connection.execute(sqlalchemy.text("PRAGMA query_only=ON"))  # as on a full disk, reading still works
    tracker = DialogueStateTracker.from_events("a visitor", [UserUttered("it bleeds canary-2718")], [])
    asyncio.new_event_loop().run_until_complete(FailSafeTrackerStore(store).save(tracker))
    assert "OperationalError" in caplog.text
    assert "canary-2718" not in caplog.text
    assert "a visitor" not in caplog.text
