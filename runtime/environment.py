"""The environment variables that set a process up, and what each is when nobody set it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from runtime.paths import state_folder

DEFAULTS = {
    "HOST": "127.0.0.1",
    "PORT": "5005",
    "ACTION_PORT": "5055",  # of the action server, which always listens on loopback
    "METRICS_HOST": "127.0.0.1",
    "LOG_LEVEL": "INFO",
    "RATE_LIMIT": "on",
    "CONVERSATIONS_DB": "",  # an empty one is the file `conversations.db` in the state folder
}
VARIABLE = re.compile(r"\$\{(\w+)\}")


def setting(name: str, environment: Mapping[str, str] = os.environ) -> str:
    """Returns an environment variable, or its default when it is unset or empty."""
    value = environment.get(name) or DEFAULTS.get(name, "")
    return str(state_folder() / "conversations.db") if name == "CONVERSATIONS_DB" and not value else value


def expand(text: str) -> str:
    """Returns `text` with each `${NAME}` replaced by that setting; an unknown one becomes empty.

    Rasa refuses to start over an unset variable that stands without quotes in endpoints.yml or credentials.yml. So they stand in
    quotes there, Rasa leaves them alone, and this reads them.
    """
    return VARIABLE.sub(lambda found: setting(found.group(1)), text)
