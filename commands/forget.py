"""Erases one conversation, with its feedback: `make forget SENDER=…`."""

from __future__ import annotations

import asyncio
import os
import sys

from rasa.core.tracker_store import TrackerStore
from rasa.utils.endpoints import read_endpoint_config

from channels.identity import Pseudonyms
from commands.run import environment, session_secret
from components.storage.conversation_store import StoreUnavailableError
from runtime.clinic import PLATFORMS
from runtime.paths import ROOT


def conversation(sender: str) -> str:
    """Returns the conversation id that `sender` names: the id itself, a session token, or `telegram:<user>` and the like."""
    platform, colon, user = sender.partition(":")
    if colon and platform in PLATFORMS:
        return Pseudonyms(session_secret(), platform).conversation(user)
    return sender.partition(".")[0]


def main() -> int:
    """Erases the conversation that the command line names."""
    sender = " ".join(sys.argv[1:]).strip()
    if not sender:
        print("Say whose: make forget SENDER=<conversation id, session token, or platform:user>")
        return 2
    os.environ.update(environment())
    store = TrackerStore.create(read_endpoint_config(str(ROOT / "endpoints.yml"), "tracker_store"))
    try:
        rows = asyncio.run(store.forget(conversation(sender)))
    except StoreUnavailableError:
        print("The database does not answer. Nothing was erased; try again.")
        return 1
    print(f"Erased: {rows} rows." if rows else "Nothing is stored under this name.")
    return 0 if rows else 1


if __name__ == "__main__":
    sys.exit(main())
