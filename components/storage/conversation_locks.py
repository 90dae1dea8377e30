"""One turn at a time in a conversation, in the order in which the messages came."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from weakref import WeakValueDictionary

from rasa.core.lock_store import LockStore


class ConversationLocks(LockStore):
    """Locks of this process. Rasa's own looks once a second whether a lock is free; this one hands it on at once."""

    def __init__(self, *_: Any, **__: Any) -> None:
        """Takes what Rasa hands to a lock store, and needs none of it."""
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @contextlib.asynccontextmanager
    async def lock(self, conversation_id: str, *_: Any, **__: Any) -> AsyncIterator[None]:
        """Waits until the turns before have ended. A lock lives as long as anybody holds or awaits it."""
        lock = self._locks.get(conversation_id)
        if lock is None:
            lock = self._locks[conversation_id] = asyncio.Lock()
        async with lock:
            yield
