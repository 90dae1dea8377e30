"""What the store raises. Its errors have no text where a database's own text would quote what a visitor wrote."""

from __future__ import annotations


class UnusableDatabaseError(Exception):
    """This version of the assistant cannot use the database. The text is one sentence that says why, and what to do."""


class StoreError(Exception):
    """What the store tells its caller."""


class StoreUnavailableError(StoreError):
    """A conversation cannot be read, or cannot be kept, now."""


class ConcurrentTurnError(StoreError):
    """Another process has stored a turn of this conversation since it was read."""


class AlreadyAnsweredError(StoreError):
    """The message was answered before, here or by another process."""
