"""Work that continues after we have answered the request."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)
Work = Callable[[], Awaitable[None]]


class ConversationQueues:
    """A bounded queue for each conversation. Messages of one conversation run one at a time and in order."""

    def __init__(self, max_length: int) -> None:
        """Sets up queues that hold at most `max_length` items each, including the one that is running."""
        self._max_length = max_length
        self._waiting: dict[str, deque[Work]] = {}
        self._told_full: set[str] = set()  # conversations that got `when_full` since their queue was last empty
        self._workers: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """Returns how many conversations have work."""
        return len(self._waiting)

    def add(self, conversation: str, work: Work, when_full: Work) -> None:
        """Queues `work`. If the queue is full, queues `when_full` instead, once, and drops the rest until there is room."""
        waiting = self._waiting.get(conversation)
        if waiting is None:
            self._waiting[conversation] = deque([work])
            worker = asyncio.ensure_future(self._run(conversation))
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)
        elif len(waiting) < self._max_length:
            waiting.append(work)
        elif conversation not in self._told_full:
            self._told_full.add(conversation)
            waiting.append(when_full)

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
