"""Lets database errors through.

Rasa wraps the conversation store. If the store fails, the wrapper returns an empty conversation, and later overwrites the stored
one with it. Our store raises `StoreUnavailableError` instead, and the channels answer without the history.
"""

from __future__ import annotations

from typing import Any

from rasa.core import agent


def unwrapped(store: Any) -> Any:
    """Returns the store unchanged, in place of Rasa's `FailSafeTrackerStore`."""
    return store


def install() -> None:
    """Makes Rasa's agents use the store without the wrapper."""
    agent.FailSafeTrackerStore = unwrapped
