"""Who is speaking: session tokens minted and signed by the server, and pseudonyms for the users of a platform."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time

from itsdangerous import BadSignature, TimestampSigner

from runtime.clinic import Clinic

MAX_SESSION_AGE = 12 * 60 * 60  # seconds
MAX_SILENCE = 30 * 60  # seconds; as session_expiration_time in domain.yml
MIN_SECRET_LENGTH = 32  # characters


class Sessions:
    """Mints and checks session tokens. A token is `<conversation id>.<time>.<signature>`; the id is 128 random bits."""

    def __init__(self, secret: str, clinic: Clinic) -> None:
        """Takes the key that all processes share, and the clinic whose visitors the tokens are for; no other takes them.

        Raises:
            ValueError: the key is missing or too short to protect anything.
        """
        self._signer = TimestampSigner(_checked(secret), salt=f"web-session {clinic.name}")

    def mint(self) -> str:
        """Returns a new token."""
        return self._signer.sign(secrets.token_hex(16)).decode()

    def conversation(self, token: object, longest: int = MAX_SESSION_AGE) -> tuple[str, float]:
        """Returns the conversation id of `token`, and when it was minted, in seconds since 1970.

        Raises:
            PermissionError: the token is not one of ours, or is older than `longest` seconds.
        """
        if not isinstance(token, str):
            raise PermissionError
        try:
            sender, at = self._signer.unsign(token, return_timestamp=True)
        except (BadSignature, UnicodeError) as error:
            raise PermissionError from error
        minted = at.timestamp()
        # A clock that was set back ends no session.
        if time.time() - minted > longest:
            raise PermissionError
        return sender.decode(), minted


class Pseudonyms:
    """Conversation ids for a platform's users, from which nobody without the key gets back to the user or the phone number."""

    def __init__(self, secret: str, channel: str) -> None:
        """Takes the key that all processes share, and the channel's name.

        Raises:
            ValueError: the key is missing or too short to protect anything.
        """
        self._key, self._channel = _checked(secret).encode(), channel

    def conversation(self, user: str) -> str:
        """Returns the conversation id of `user`: 32 hexadecimal digits, always the same ones."""
        named = f"{self._channel}\0{user}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key, named, hashlib.sha256).hexdigest()[:32]


def _checked(secret: str) -> str:
    if not secret or len(secret) < MIN_SECRET_LENGTH or secret.startswith("${"):
        raise ValueError(f"SESSION_SECRET must be set to at least {MIN_SECRET_LENGTH} random characters.")
    return secret
