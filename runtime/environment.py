"""The environment variables that configure a process, and their defaults."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from runtime.limits import MIN_SECRET_LENGTH
from runtime.paths import ROOT

DEFAULTS = {
    "HOST": "127.0.0.1",
    "PORT": "5005",
    "ACTION_PORT": "5055",  # for the action server, which only listens on loopback
    "ACTION_SECRET": "",  # the key to the action server; `make run` makes one for each run
    "DEMO_PORT": "5057",  # for the page of `make demo`, which only listens on loopback
    "PUBLIC_URL": "",  # where visitors reach the assistant; pages from there may call it, and `make doctor` looks at it
    "METRICS_HOST": "127.0.0.1",
    "METRICS_PORT": "5056",
    "METRICS_TOKEN": "",  # whoever fetches the metrics must send it; needed beyond loopback
    "LOG_LEVEL": "INFO",
    "RATE_LIMIT": "on",  # or "off", on loopback only
    "MODEL": "models/assistant.tar.gz",
    "CLINIC_FILE": str(ROOT / "clinic.yml"),
    "CLINICS_FOLDER": "",  # the folder with a file for each clinic; if empty, `clinics` beside CLINIC_FILE
    "ASSISTANT_STATE": str(ROOT / ".run"),  # the folder for conversations, logs and keys
    "CONVERSATIONS_DB": "${ASSISTANT_STATE}/conversations.db",
    "MAX_DATABASE_SIZE": "10000",  # megabytes; from then on, we answer without storing
    "SESSION_SECRET": "",  # `make run` makes one
    "CALLBACK_SECRET": "",  # likewise; several, separated by commas, while the key is changed
    "CALLBACK_WEBHOOK_SECRET": "",  # what we sign requests to be called back with, if `callback` is a webhook
    "SMTP_SERVER": "",  # through which we mail them, if `callback` is an e-mail address
    "SMTP_PORT": "587",
    "SMTP_USER": "",
    "SMTP_PASSWORD": "",
    "SMTP_FROM": "",  # the sender; if empty, SMTP_USER
    "SESSION_SECRET_OLD": "",  # the one before, while its sessions last
}
PORTS = ("PORT", "ACTION_PORT", "METRICS_PORT")  # of one assistant, each of its own
MAX_PORT = 65_535
LOOPBACK_OF = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # who listens on every address also listens there
SECRETS = ("SESSION_SECRET", "SESSION_SECRET_OLD", "ACTION_SECRET", "CALLBACK_SECRET", "METRICS_TOKEN")
VARIABLE = re.compile(r"\$\{(\w+)\}")


def setting(name: str, environment: Mapping[str, str] = os.environ) -> str:
    """Returns an environment variable, or its default when it is unset or empty."""
    return environment.get(name) or expand(DEFAULTS.get(name, ""), environment)


def expand(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """Returns `text` with each `${NAME}` replaced by that setting. An unknown name becomes an empty string.

    Rasa refuses to start when endpoints.yml or credentials.yml uses a variable that is not set. It leaves variables in quotes
    alone, so we quote them and expand them here.
    """
    return VARIABLE.sub(lambda found: setting(found.group(1), environment), text)


def server_address(environment: Mapping[str, str] = os.environ) -> str:
    """Returns the `host:port` at which programs on this machine reach Rasa."""
    host = setting("HOST", environment)
    host = LOOPBACK_OF.get(host, host)
    return f"{f'[{host}]' if ':' in host else host}:{setting('PORT', environment)}"


def is_port(text: str) -> bool:
    """Returns whether this is the number of a port."""
    return text.isdecimal() and 0 < int(text) <= MAX_PORT


def wrong_settings(environment: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Yields a sentence about each port, secret or size that cannot be right."""
    ports = {name: setting(name, environment) for name in PORTS}
    for name, port in ports.items():
        if not is_port(port):
            yield f"{name} is {port!r}. It must be a number from 1 to {MAX_PORT}."
        others = [other for other in ports if other < name and ports[other] == port]
        if others:
            yield f"{name} and {others[0]} are both {port}. Set one of them to another port."
    for name, length in short_secrets(environment):
        told = "is too short" if length else "is blank"
        yield f"{name} {told}. Set it to {MIN_SECRET_LENGTH} random characters (`openssl rand -hex 32`), or not at all."
    size = setting("MAX_DATABASE_SIZE", environment)
    if not size.isdecimal() or not int(size):
        yield f"MAX_DATABASE_SIZE is {size!r}. It must be a number of megabytes, such as {DEFAULTS['MAX_DATABASE_SIZE']}."


def short_secrets(environment: Mapping[str, str] = os.environ) -> Iterator[tuple[str, int]]:
    """Yields each secret that is set but too short, and its length in characters, without blanks around it."""
    for name in SECRETS:
        secret = environment.get(name, "")
        keys = secret.split(",") if name == "CALLBACK_SECRET" else [secret]
        length = min(len(key.strip()) for key in keys)
        if secret and length < MIN_SECRET_LENGTH:
            yield name, length


def state_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Returns the folder for conversations, logs and keys."""
    return Path(setting("ASSISTANT_STATE", environment))
