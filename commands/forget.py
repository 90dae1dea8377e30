"""`make forget SENDER=…`: erases one conversation and its feedback."""

from __future__ import annotations

import asyncio
import os
import re
import sys

from channels.identity import Pseudonyms
from commands.run import session_secret
from components.storage.database import Database, configured_address
from components.storage.errors import StoreUnavailableError, UnusableDatabaseError
from components.storage.retention import erase_conversation
from runtime.clinic import PLATFORMS

CONVERSATION_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
SESSION_TOKEN = re.compile(r"([0-9a-f]{32})\.[\w-]+\.[\w-]+", re.ASCII)
PLATFORM_USER = re.compile(rf"({'|'.join(PLATFORMS)}):([\w+:.@-]+(?: [\w+:.@-]+)?)", re.ASCII)
HELP = "Usage: make forget SENDER=<conversation id, session token, or platform:user, such as telegram:12345>"


def conversation(sender: str) -> str | None:
    """Returns the conversation id that `sender` names; None if it cannot be the name of a conversation.

    `sender` comes from a visitor, so we refuse any other form before we do anything with it.
    """
    if CONVERSATION_ID.fullmatch(sender):
        return sender
    if token := SESSION_TOKEN.fullmatch(sender):
        return token[1]
    if user := PLATFORM_USER.fullmatch(sender):
        return Pseudonyms(session_secret(), user[1]).conversation(user[2])
    return None


def main() -> int:
    """Erases the conversation named on the command line or in the environment variable SENDER."""
    sender = (" ".join(sys.argv[1:]) or os.environ.get("SENDER", "")).strip()
    if not sender:
        print(HELP)
        return 2
    sender_id = conversation(sender)
    if not sender_id:
        print(f"That is not the name of a conversation, so nothing was erased. {HELP}")
        return 2
    try:
        database = Database(configured_address())
        database.prepare()
        rows = asyncio.run(erase_conversation(database, sender_id))
    except StoreUnavailableError:
        print("The database does not answer. Nothing was erased. Try again.")
        return 1
    except UnusableDatabaseError as refusal:
        print(refusal)
        return 1
    print(f"Erased: {rows} rows." if rows else "Nothing is stored under this name.")
    return 0 if rows else 1


if __name__ == "__main__":
    sys.exit(main())
