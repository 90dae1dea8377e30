"""Identifies visitors: session tokens that the server signs, and pseudonyms for users of the platforms."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable

from itsdangerous import BadSignature, TimestampSigner

from runtime.clinic import CLINIC_ID
from runtime.clinic_errors import ClinicError
from runtime.clinics import Clinics, clinic_of, id_at_clinic
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
    """Issues and checks session tokens.

    A token is `<conversation id>.<time>.<signature>`. The id is that of the clinic and 128 random bits.
    """

    def __init__(self, secret: str, clinics: Clinics, clock: Callable[[], float] = time.time, old_secret: str = "") -> None:
        """Sets up tokens that are each only valid for the visitors of one clinic.

        Args:
            secret: the key that all processes share.
            clinics: the clinics whose visitors the tokens are for.
            clock: tells the time in seconds since 1970.
            old_secret: the key before this one, whose tokens are still accepted; empty if there is none.

        Raises:
            ClinicError: the key is missing or too short to be secure.
        """
        self._keys = [_long_enough(key) for key in (*filter(None, [old_secret]), secret)]
        self._clinics, self._clock = clinics, clock

    def _signer(self, clinic_id: str) -> ClockedSigner:
        # The clinic of clinic.yml has no id in its tokens, so its name tells them from those of another deployment.
        kind = self._clinics.of(clinic_id).name if clinic_id == CLINIC_ID else clinic_id
        return ClockedSigner(self._keys, f"web-session {kind}", self._clock)

    def mint(self, clinic_id: str = CLINIC_ID) -> str:
        """Returns a token for a new conversation with a clinic."""
        return self.token_for(id_at_clinic(clinic_id, secrets.token_hex(16)))

    def token_for(self, sender_id: str) -> str:
        """Returns a new token for a conversation."""
        return self._signer(clinic_of(sender_id)).sign(sender_id).decode()

    def conversation(self, token: object, max_age: float = MAX_SESSION_AGE) -> tuple[str, float]:
        """Returns the conversation id in `token`, and when the token was issued, in seconds since 1970.

        Args:
            token: what the caller sent.
            max_age: how old the token may be, in seconds.

        Raises:
            PermissionError: the token is not one of ours, is too old, or is for a clinic that we do not have.
        """
        if not isinstance(token, str):
            raise PermissionError
        claimed = clinic_of(token.rsplit(".", 2)[0])
        if claimed not in self._clinics:
            raise PermissionError
        try:
            sender, timestamp = self._signer(claimed).unsign(token, return_timestamp=True)
        except (BadSignature, UnicodeError) as error:
            raise PermissionError from error
        minted = timestamp.timestamp()
        # If the clock is set back, no session ends.
        if self._clock() - minted > max_age:
            raise PermissionError
        return sender.decode(), minted


class Pseudonyms:
    """Conversation ids for a platform's users. Without the key, nobody can trace an id back to a user or phone number."""

    def __init__(self, secret: str, channel: str, clinic_id: str = CLINIC_ID) -> None:
        """Sets up the ids of one clinic's users on a channel. At another clinic, the same user has another id.

        Args:
            secret: the key that all processes share.
            channel: the name of the channel.
            clinic_id: the id of the clinic.

        Raises:
            ClinicError: the key is missing or too short to be secure.
        """
        self._key, self._clinic_id = _long_enough(secret).encode(), clinic_id
        self._account = id_at_clinic(clinic_id, channel)

    def conversation(self, user: str) -> str:
        """Returns the conversation id of `user`: that of the clinic and 32 hexadecimal digits, the same every time."""
        name = f"{self._account}\0{user}".encode("utf-8", "surrogatepass")
        return id_at_clinic(self._clinic_id, hmac.new(self._key, name, hashlib.sha256).hexdigest()[:32])


def _long_enough(secret: str) -> str:
    if len(secret.strip()) < MIN_SECRET_LENGTH:
        raise ClinicError(f"SESSION_SECRET must be set to at least {MIN_SECRET_LENGTH} random characters.")
    return secret
