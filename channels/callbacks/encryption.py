"""Encrypts callback requests for as long as we keep them, with a key of their own."""

from __future__ import annotations

import base64
import json

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from channels.callbacks.form import Form
from runtime.clinic_errors import ClinicError
from runtime.limits import MIN_SECRET_LENGTH


class DecryptionError(Exception):
    """What was stored cannot be decrypted: the key is another one, or the content was changed."""


class FormCipher:
    """Encrypts with the first of its keys, and decrypts with any of them. So a key can be changed while requests are waiting."""

    def __init__(self, secrets: str) -> None:
        """Takes CALLBACK_SECRET: one secret or several, separated by commas.

        Raises:
            ClinicError: one of them is too short to be secure.
        """
        self._fernet = MultiFernet([Fernet(_key(secret.strip())) for secret in secrets.split(",")])

    def encrypt(self, form: Form) -> bytes:
        return self._fernet.encrypt(json.dumps(form).encode())

    def decrypt(self, content: bytes) -> Form:
        """Returns the form in `content`.

        Raises:
            DecryptionError: it cannot be decrypted.
        """
        try:
            form: Form = json.loads(self._fernet.decrypt(content))
        except InvalidToken:
            raise DecryptionError from None
        return form


def _key(secret: str) -> bytes:
    if len(secret) < MIN_SECRET_LENGTH:
        raise ClinicError(f"CALLBACK_SECRET must be set to at least {MIN_SECRET_LENGTH} random characters.")
    derived = HKDF(SHA256(), length=32, salt=None, info=b"callback").derive(secret.encode())
    return base64.urlsafe_b64encode(derived)
