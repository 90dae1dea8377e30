"""The errors that the store raises. They do not include the database's own text, which may quote what a visitor wrote."""

from __future__ import annotations


class UnusableDatabaseError(Exception):
    """This version of the assistant cannot use the database. The text says why, and what to do about it."""


class StoreError(Exception):
    """Base class of the errors that callers of the store handle."""


class StoreUnavailableError(StoreError):
    """The store cannot read or write a conversation right now."""


class ConcurrentTurnError(StoreError):
    """Another process has stored a turn of this conversation since we read it."""


class AlreadyAnsweredError(StoreError):
    """This or another process has already answered the message."""
