"""Who is speaking: session tokens minted and signed by the server."""

from __future__ import annotations

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
        if not secret or len(secret) < SHORTEST_SECRET or secret.startswith("${"):
            raise ValueError(f"SESSION_SECRET must be set to at least {SHORTEST_SECRET} random characters.")
        self._signer = TimestampSigner(secret, salt="web-session")

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
