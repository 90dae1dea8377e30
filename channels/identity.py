"""Identifies visitors: session tokens that the server signs, and pseudonyms for users of the platforms."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable

from itsdangerous import BadSignature, TimestampSigner

from runtime.clinic import Clinic
from runtime.limits import MAX_SESSION_AGE, MIN_SECRET_LENGTH


class ClockedSigner(TimestampSigner):
    """The library's signer, with a clock that the caller passes in."""

    def __init__(self, keys: list[str], salt: str, clock: Callable[[], float]) -> None:
        """Signs with the last of `keys` and accepts all of them."""
        super().__init__(keys, salt=salt)
        self._clock = clock

    def get_timestamp(self) -> int:
        return int(self._clock())


class Sessions:
    """Issues and checks session tokens. A token is `<conversation id>.<time>.<signature>`; the id is 128 random bits."""

    def __init__(self, secret: str, clinic: Clinic, clock: Callable[[], float] = time.time, old_secret: str = "") -> None:
        """Sets up tokens that are only valid for one clinic's visitors.

        Args:
            secret: the key that all processes share.
            clinic: the clinic whose visitors the tokens are for.
            clock: tells the time in seconds since 1970.
            old_secret: the key before this one, whose tokens are still accepted; empty if there is none.

        Raises:
            ValueError: the key is missing or too short to be secure.
        """
        self._signer = ClockedSigner(
            [_long_enough(key) for key in (*filter(None, [old_secret]), secret)], f"web-session {clinic.name}", clock
        )
        self._clock = clock

    def mint(self) -> str:
        """Returns a token for a new conversation."""
        return self.token_for(secrets.token_hex(16))

    def token_for(self, conversation_id: str) -> str:
        """Returns a new token for a conversation."""
        return self._signer.sign(conversation_id).decode()

    def conversation(self, token: object, max_age: int = MAX_SESSION_AGE) -> tuple[str, float]:
        """Returns the conversation id in `token`, and when the token was issued, in seconds since 1970.

        Args:
            token: what the caller sent.
            max_age: how old the token may be, in seconds.

        Raises:
            PermissionError: the token is not one of ours, or is too old.
        """
        if not isinstance(token, str):
            raise PermissionError
        try:
            sender, timestamp = self._signer.unsign(token, return_timestamp=True)
        except (BadSignature, UnicodeError) as error:
            raise PermissionError from error
        minted = timestamp.timestamp()
        # If the clock is set back, no session ends.
        if self._clock() - minted > max_age:
            raise PermissionError
        return sender.decode(), minted


class Pseudonyms:
    """Conversation ids for a platform's users. Without the key, nobody can trace an id back to a user or phone number."""

    def __init__(self, secret: str, channel: str) -> None:
        """Sets up the ids of one channel.

        Args:
            secret: the key that all processes share.
            channel: the name of the channel.

        Raises:
            ValueError: the key is missing or too short to be secure.
        """
        self._key, self._channel = _long_enough(secret).encode(), channel

    def conversation(self, user: str) -> str:
        """Returns the conversation id of `user`: 32 hexadecimal digits, the same every time."""
        name = f"{self._channel}\0{user}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key, name, hashlib.sha256).hexdigest()[:32]


def _long_enough(secret: str) -> str:
    if len(secret.strip()) < MIN_SECRET_LENGTH:
        raise ValueError(f"SESSION_SECRET must be set to at least {MIN_SECRET_LENGTH} random characters.")
    return secret
