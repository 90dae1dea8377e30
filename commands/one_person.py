"""What `make forget` and `make export` share: they find one person's conversation and the database that may hold it."""

from __future__ import annotations

import os
import pwd
import re
import sys
from pathlib import Path

from channels.identity import Pseudonyms
from commands.run import session_secret
from components.storage.audit_trail import AuditTrail
from components.storage.database import Database, configured_address
from components.storage.errors import StoreUnavailableError, UnusableDatabaseError
from runtime.clinic import CLINIC_ID, PLATFORMS
from runtime.clinics import ID

# Of a conversation that we do not store, a request to be called back may be left.
CONVERSATION_ID = re.compile(rf"(?:{ID.pattern}\.)?(?:unkept-)?[0-9a-f]{{32}}", re.ASCII)
SESSION_TOKEN = re.compile(rf"({CONVERSATION_ID.pattern})\.[\w-]+\.[\w-]+", re.ASCII)
PLATFORM_USER = re.compile(
    rf"(?:(?P<clinic>{ID.pattern})\.)?(?P<platform>{'|'.join(PLATFORMS)}):(?P<user>[\w+:.@-]+(?: [\w+:.@-]+)?)", re.ASCII
)
USAGE = "SENDER=<conversation id, session token, or platform:user, such as telegram:12345 or glow-boston.telegram:12345>"


class NotANameError(Exception):
    """What was given cannot be the name of a conversation. The text says what we take."""


def conversation(sender: str) -> str | None:
    """Returns the conversation id that `sender` names; None if it cannot be the name of a conversation.

    `sender` comes from a visitor, so we refuse any other form before we do anything with it.
    """
    if CONVERSATION_ID.fullmatch(sender):
        return sender
    if token := SESSION_TOKEN.fullmatch(sender):
        return token[1]
    if user := PLATFORM_USER.fullmatch(sender):
        return Pseudonyms(session_secret(), user["platform"], user["clinic"] or CLINIC_ID).conversation(user["user"])
    return None


def named_conversation(command: str) -> str:
    """Returns the id of the conversation named on the command line or in the environment variable SENDER.

    Raises:
        NotANameError: there is no name, or it is not one of a conversation.
    """
    sender = (" ".join(sys.argv[1:]) or os.environ.get("SENDER", "")).strip()
    usage = f"Usage: make {command} {USAGE}"
    if not sender:
        raise NotANameError(usage)
    sender_id = conversation(sender)
    if not sender_id:
        raise NotANameError(f"That is not the name of a conversation, so nothing was done. {usage}")
    return sender_id


def existing_database() -> Database:
    """Returns the configured database. Never makes a new one, which would only hide that the right one is gone.

    Raises:
        UnusableDatabaseError: it is missing, damaged or newer than this version.
        StoreUnavailableError: it does not answer.
    """
    database = Database(configured_address())
    url = database.engine.url
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        raise UnusableDatabaseError(f"There is no database {url.database}. If yours is elsewhere, set CONVERSATIONS_DB.")
    if not database.prepare():
        raise StoreUnavailableError
    return database


def operators_trail() -> AuditTrail:
    """Returns the audit trail for what the operating-system user does who runs this command."""
    return AuditTrail(session_secret(), _user())


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # as in a container that runs under a number
        return str(os.getuid())
