"""Lets the error of a failed database through.

Rasa wraps the store of conversations. When the store fails, the wrapper returns an empty conversation, and later overwrites the
stored one with it. Our store raises `StoreUnavailableError` instead, and the channels answer without the past.
"""

from __future__ import annotations

from typing import Any

from rasa.core import agent


def unwrapped(store: Any) -> Any:
    """Returns the store as it is, instead of wrapping it as Rasa's `FailSafeTrackerStore` does."""
    return store


def install() -> None:
    """Makes Rasa's agents use the store without the wrapper."""
    agent.FailSafeTrackerStore = unwrapped
