"""Who is speaking: session tokens minted and signed by the server, and pseudonyms for the users of a platform."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from itsdangerous import BadSignature, TimestampSigner

LONGEST_SESSION = 12 * 60 * 60  # seconds
SHORTEST_SECRET = 32  # characters


class Sessions:
    """Mints and checks session tokens. A token is `<conversation id>.<time>.<signature>`; the id is 128 random bits."""

    def __init__(self, secret: str) -> None:
        """Takes the key that all processes share.

        Raises:
            ValueError: the key is missing or too short to protect anything.
        """
        self._signer = TimestampSigner(_checked(secret), salt="web-session")

    def mint(self) -> str:
        """Returns a new token."""
        return self._signer.sign(secrets.token_hex(16)).decode()

    def conversation(self, token: object) -> str:
        """Returns the conversation id of `token`.

        Raises:
            PermissionError: the token is not one of ours, or has expired.
        """
        if not isinstance(token, str):
            raise PermissionError
        try:
            return self._signer.unsign(token, max_age=LONGEST_SESSION).decode()
        except (BadSignature, UnicodeError) as error:
            raise PermissionError from error


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
    if not secret or len(secret) < SHORTEST_SECRET or secret.startswith("${"):
        raise ValueError(f"SESSION_SECRET must be set to at least {SHORTEST_SECRET} random characters.")
    return secret
