"""Work that a request does not wait for, unless it could not be stored."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)
Work = Callable[[], Awaitable[None]]
MAX_CONCURRENT_TURNS = 8  # per account: half of the platform's, so that a rush at one clinic leaves room for the others


class ConversationQueues:
    """A bounded queue for each conversation. Messages of one conversation run one at a time and in order."""

    def __init__(self, max_length: int) -> None:
        """Sets up queues that hold at most `max_length` items each, including the one that is running."""
        self._max_length = max_length
        self._waiting: dict[str, deque[Work]] = {}
        self._told_full: set[str] = set()  # conversations whose visitors know that their queue is full
        self._workers: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """Returns how many conversations have work."""
        return len(self._waiting)

    def has_room(self, conversation: str) -> bool:
        """Whether fewer items than the limit are waiting."""
        return len(self._waiting.get(conversation, ())) < self._max_length

    def add(self, conversation: str, work: Work) -> None:
        """Queues `work`. The caller has checked that there is room, or has to do it anyway."""
        if conversation in self._waiting:
            self._waiting[conversation].append(work)
            return
        self._waiting[conversation] = deque([work])
        worker = asyncio.ensure_future(self._run(conversation))
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    def add_once_while_full(self, conversation: str, work: Work) -> None:
        """Queues `work`, but only once until the queue has been empty."""
        if conversation not in self._told_full:
            self._told_full.add(conversation)
            self.add(conversation, work)

    async def _run(self, conversation: str) -> None:
        waiting = self._waiting[conversation]
        try:
            while waiting:
                try:
                    await waiting[0]()
                except Exception as error:
                    # The text of the error may quote the visitor, so we only log its type.
                    logger.error("Could not answer a message: %s", type(error).__name__)
                waiting.popleft()
        finally:
            # Even if the worker is cancelled; otherwise anything added later would wait forever.
            del self._waiting[conversation]
            self._told_full.discard(conversation)

    async def finish(self, seconds: float) -> None:
        """Waits until all work is done, for at most `seconds`."""
        if self._workers and seconds > 0:
            await asyncio.wait(set(self._workers), timeout=seconds)
