"""Stops a conversation with another program, such as an auto-responder, which would otherwise answer our answers forever."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MAX_IN_A_ROW = 20  # messages that nobody can have written after reading our answer
READING_TIME = 3.0  # seconds that a person needs at least to read an answer and to write another message
MAX_CONVERSATIONS = 10_000  # we forget the oldest first


@dataclass
class Row:
    """How many suspicious messages in a row a conversation has had. `answered_at` is a reading of the clock, in seconds."""

    length: int = 0
    last: int = 0  # the hash of the last text
    answered_at: float = -math.inf


class BotLoopGuard:
    """Counts the messages in a row that came quicker than a person reads, or repeat the one before."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Takes a clock that returns the current time in seconds."""
        self._clock = clock
        self._rows: OrderedDict[str, Row] = OrderedDict()

    def count(self, conversation: str, text: str) -> int:
        """Counts a message. Returns how many there are now in a row; 1 if a person may have written it."""
        row = self._rows.pop(conversation, None) or Row()
        is_quick = self._clock() - row.answered_at < READING_TIME
        row.length = row.length + 1 if is_quick or row.last == hash(text) else 1
        row.last = hash(text)
        self._rows[conversation] = row
        if len(self._rows) > MAX_CONVERSATIONS:
            self._rows.popitem(last=False)
        return row.length

    def answered(self, conversation: str) -> None:
        """Notes that an answer was sent just now."""
        if conversation in self._rows:
            self._rows[conversation].answered_at = self._clock()
