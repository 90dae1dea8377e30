"""Work that goes on after we answered the request."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)
Work = Callable[[], Awaitable[None]]


class ConversationQueues:
    """A bounded queue for each conversation: its messages in order, one at a time; different conversations side by side."""

    def __init__(self, max_length: int) -> None:
        """Sets up queues that hold at most `max_length` pieces of work each, the running one included."""
        self._max_length = max_length
        self._waiting: dict[str, deque[Work]] = {}
        self._told_full: set[str] = set()  # conversations in which `when_full` was queued since they last had no work
        self._workers: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """Returns how many conversations have work."""
        return len(self._waiting)

    def add(self, conversation: str, work: Work, when_full: Work) -> None:
        """Queues `work`. When the queue is full, `when_full` takes its place, once; the rest is dropped until there is room."""
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
                    # The error's own text may quote the visitor, so only its kind is logged.
                    logger.error("A message could not be answered: %s", type(error).__name__)
                waiting.popleft()
        finally:
            # Also when the worker is cancelled, or whatever is added later would wait forever.
            del self._waiting[conversation]
            self._told_full.discard(conversation)

    async def finish(self, seconds: float) -> None:
        """Waits until all work is done, `seconds` at most."""
        if self._workers and seconds > 0:
            await asyncio.wait(set(self._workers), timeout=seconds)
