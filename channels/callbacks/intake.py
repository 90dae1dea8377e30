"""Takes callback requests and stores them until the clinic has them."""

from __future__ import annotations

import base64
import hashlib
import os
import ssl
from collections.abc import Mapping
from functools import cache, partial
from urllib.parse import urlsplit

from channels.callbacks.courier import Courier
from channels.callbacks.encryption import FormCipher
from channels.callbacks.form import Form
from channels.callbacks.mail import Mailbox
from channels.callbacks.webhook import Webhook
from components.storage.callbacks import CallbackStore
from runtime.clinic import Clinic
from runtime.clinic_errors import ClinicError
from runtime.clinics import SUFFIX, clinic_of, clinic_setting, clinic_variable
from runtime.environment import MAX_PORT, is_port, setting
from runtime.metrics import CALLBACKS

REFERENCE_BYTES = 5  # eight characters
WEBHOOK_SECRET = "CALLBACK_WEBHOOK_SECRET"
MAIL_SETTINGS = ("SERVER", "PORT", "USER", "PASSWORD", "FROM")


def courier_for(clinic_id: str, clinic: Clinic, environment: Mapping[str, str]) -> Courier | None:
    """Returns what delivers to the address in the clinic's `callback`; None if the clinic takes no requests.

    Raises:
        ClinicError: the environment lacks a setting that this needs.
    """
    if not clinic.callback:
        return None
    if urlsplit(clinic.callback).scheme:
        # A clinic that knew another one's secret could call that one's webhook in our name.
        return _webhook(clinic_id, clinic.callback, environment)
    return _mailbox(clinic_id, clinic.callback, environment)


def check_callbacks(clinics: Mapping[str, Clinic], environment: Mapping[str, str] = os.environ) -> None:
    """Checks that we can take the requests of every clinic that wants them.

    Raises:
        ClinicError: the environment lacks a setting that delivery to one of them needs, or a CALLBACK_SECRET that is long enough.
    """
    ways = [courier_for(clinic_id, clinic, environment) for clinic_id, clinic in clinics.items()]
    if any(ways):
        FormCipher(setting("CALLBACK_SECRET", environment))


@cache
def _trusted() -> ssl.SSLContext:
    """Returns the certificates that we trust. Reading them takes longer than reading a clinic's file, so we do it once."""
    return ssl.create_default_context()


def _webhook(clinic_id: str, address: str, environment: Mapping[str, str]) -> Webhook:
    try:
        return Webhook(address, clinic_setting(WEBHOOK_SECRET, clinic_id, environment), _trusted())
    except ValueError as error:
        variable = clinic_variable(WEBHOOK_SECRET, clinic_id)
        raise _wrong(clinic_id, "a webhook", variable, str(error), "whsec_… (`echo whsec_$(openssl rand -base64 32)`)") from None


def _mailbox(clinic_id: str, address: str, environment: Mapping[str, str]) -> Mailbox:
    wrong = partial(_wrong, clinic_id, "an e-mail address")
    server, port, user, password, sender = (setting(f"SMTP_{name}", environment) for name in MAIL_SETTINGS)
    sender = sender or user
    if not server:
        raise wrong("SMTP_SERVER", "the name of a mail server", "smtp.example.com")
    if not is_port(port):
        raise wrong("SMTP_PORT", f"a number from 1 to {MAX_PORT}", "587")
    if "@" not in sender:
        raise wrong("SMTP_FROM", "an e-mail address", "website@example.com")
    return Mailbox(address, server, int(port), sender, user, password, _trusted())


def _wrong(clinic_id: str, kind: str, variable: str, expected: str, example: str) -> ClinicError:
    return ClinicError(
        f"callback in {clinic_id}{SUFFIX} is {kind}, but {variable} in the environment is missing or wrong. Expected: {expected}."
        f" Example: {variable}={example}. docs/callback.md has the steps."
    )


class CallbackIntake:
    """Takes the requests of visitors."""

    def __init__(self, secrets: str) -> None:
        """Takes CALLBACK_SECRET.

        Raises:
            ClinicError: it is missing or too short.
        """
        self._cipher = FormCipher(secrets)

    async def has(self, store: CallbackStore, sender_id: str, key: str) -> bool:
        """Whether a request with the same `key` of the same conversation was stored before.

        Raises:
            StoreUnavailableError: the store failed.
        """
        return await store.has(clinic_of(sender_id), _reference(sender_id, key))

    async def take(self, store: CallbackStore, sender_id: str, form: Form, key: str, now: float) -> str:
        """Stores a request and returns its reference, the same for the same `key` of the same conversation.

        Raises:
            StoreUnavailableError: it cannot be stored.
        """
        reference = _reference(sender_id, key)
        if await store.add(clinic_of(sender_id), sender_id, reference, self._cipher.encrypt(form), now):
            CALLBACKS.labels("received").inc()
        return reference


def _reference(sender_id: str, key: str) -> str:
    """Returns a name for a request, such as `K7MQ-9XQ4`, that reveals nothing about the conversation."""
    digest = hashlib.sha256(f"{sender_id} {key}".encode()).digest()[:REFERENCE_BYTES]
    letters = base64.b32encode(digest).decode()
    return f"{letters[:4]}-{letters[4:]}"
