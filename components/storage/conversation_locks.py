"""Runs one turn at a time per conversation, in the order the messages arrived."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from weakref import WeakValueDictionary

from rasa.core.lock_store import LockStore


class ConversationLocks(LockStore):
    """Locks within this process. Rasa's own store polls a lock once a second; this one passes it on immediately."""

    def __init__(self, *_: Any, **__: Any) -> None:
        """Ignores the arguments that Rasa passes to a lock store."""
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @contextlib.asynccontextmanager
    async def lock(self, conversation_id: str, *_: Any, **__: Any) -> AsyncIterator[None]:
        """Waits until earlier turns have finished. A lock exists for as long as somebody holds it or waits for it."""
        lock = self._locks.get(conversation_id)
        if lock is None:
            lock = self._locks[conversation_id] = asyncio.Lock()
        async with lock:
            yield
