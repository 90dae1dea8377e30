"""`make forget SENDER=…`: erases one conversation and its feedback, then asks the server whether it still has any of it."""

from __future__ import annotations

import asyncio
import json
import sys
import urllib.error
import urllib.request

from channels.identity import Sessions
from commands.one_person import NotANameError, existing_database, named_conversation, operators_trail
from commands.run import session_secret
from components.storage.errors import StoreUnavailableError, UnusableDatabaseError
from components.storage.retention import erase_conversation
from runtime.clinics import served_clinics
from runtime.environment import server_address, setting

ASK_TIMEOUT = 10  # seconds
STILL_IN_LOG = (
    "Another program, such as a backup, is reading the database, whose write-ahead log still has the text. The server overwrites"
    " it within ten minutes after that ends, or run this again then."
)


def erase(sender_id: str) -> tuple[int, str]:
    """Erases a conversation from the configured database. Returns the number of rows, and what to tell the operator."""
    try:
        database = existing_database()
        rows = asyncio.run(erase_conversation(database, sender_id, operators_trail()))
    except StoreUnavailableError:
        return 0, "The database does not answer. Nothing was erased. Try again."
    except UnusableDatabaseError as refusal:
        return 0, f"{refusal} Nothing was erased."
    said = f"Erased: {rows} rows." if rows else "Nothing is stored under this name."
    return rows, f"{said} {STILL_IN_LOG}" if database.keeps_deleted else said


def still_shown(sender_id: str) -> str:
    """Returns what to tell the operator if the server on this machine still has the conversation; empty if it has not.

    It may use another database than this command. A file that was replaced or removed it notices when we ask.
    """
    address = f"http://{server_address()}/webhooks/web/history"
    token = Sessions(session_secret(), served_clinics()).token_for(sender_id)
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=ASK_TIMEOUT) as answer:
            messages = len(json.load(answer))
    except urllib.error.HTTPError as error:
        # The token is new. So it is only refused for a conversation whose last turn is long ago, or by a server with another key.
        reason = "still knows this conversation, or has another SESSION_SECRET" if error.code == 401 else "could not tell"
        return f"The server on port {setting('PORT')} {reason}. Restart it, then run this again."
    except (OSError, ValueError):
        return ""  # nothing of ours answers there
    if not messages:
        return ""
    return (
        f"The server on port {setting('PORT')} still shows {messages} messages: it uses another database. Give this command"
        " the same CONVERSATIONS_DB, and run it again."
    )


def main() -> int:
    """Erases the conversation named on the command line or in the environment variable SENDER."""
    try:
        sender_id = named_conversation("forget")
    except NotANameError as refusal:
        print(refusal)
        return 2
    rows, said = erase(sender_id)
    print(said)
    remains = still_shown(sender_id)
    if remains:
        print(remains)
    return 0 if rows and not remains else 1


if __name__ == "__main__":
    sys.exit(main())
