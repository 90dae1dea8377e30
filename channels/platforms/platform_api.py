"""What each platform's class defines: how to check signatures, parse updates and build calls, and the platform's limits."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import aiohttp
from sanic.exceptions import MethodNotSupported
from sanic.request import Request
from sanic.response import HTTPResponse, empty

from channels.platforms.outbound import Call, seconds
from channels.platforms.rendering import Piece, Style

GREETING = "hello"  # what we take the platform's "start chat" button to mean


@dataclass(frozen=True)
class Incoming:
    """One message or pressed button, in the same form for every platform.

    Attributes:
        key: the platform's id for it; a second one with the same key is a duplicate.
        user: who sent it; unique on the platform.
        address: where to send the answer.
        text: the text, or the title of the pressed button.
        choice: the token of the pressed button (see `token_of`).
        media: whether it contains a photo, a voice message, a location or the like. We keep nothing else about it.
        album: the key of the album that the media belong to, which gets one notice for all of them; empty if there is none.
        edited: whether it replaces an earlier message. We only answer it if it reports danger.
        sent: when it was sent, in seconds since 1970, if the platform says so.
        receipt: a call that the platform expects immediately.
    """

    key: str
    user: str
    address: Any
    text: str = ""
    choice: str = ""
    media: bool = False
    album: str = ""
    edited: bool = False
    sent: float | None = None
    receipt: Call | None = None

    def __post_init__(self) -> None:
        """Checks the types of what we received.

        Raises:
            TypeError: a field that should be a string is not.
        """
        if not all(isinstance(part, str) for part in (self.key, self.user, self.text, self.choice)):
            raise TypeError

    def content(self) -> dict[str, Any]:
        """Returns what we store of it until it is answered: everything but its receipt, which nobody expects later."""
        return {name: value for name, value in vars(self).items() if name != "receipt"}

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> Incoming:
        """Returns the message with this `content()`, which another version of the assistant may have stored."""
        return cls(**{name: value for name, value in content.items() if name in cls.__dataclass_fields__})


class PlatformApi:
    """Everything that differs between the platforms.

    Attributes:
        style: what one message can hold.
        SIGNATURE_HEADER: the header that proves where a request comes from; without it, we only read a small one.
        SECRETS: the settings that the channel needs; without them it is off.
        OPTIONAL: other settings and their defaults.
        settings: the values of all settings.
    """

    style: Style
    SIGNATURE_HEADER: ClassVar[str]
    SECRETS: ClassVar[tuple[str, ...]]
    OPTIONAL: ClassVar[Mapping[str, str]] = {}
    settings: Mapping[str, str]

    @classmethod
    def name(cls) -> str:
        """Returns the name of the platform."""
        raise NotImplementedError

    def verifies(self, request: Request) -> bool:
        """Whether `request` really comes from the platform. Runs before we parse anything; may raise ValueError or TypeError."""
        raise NotImplementedError

    def updates(self, request: Request) -> Iterable[Any]:
        """Returns the updates in a verified request, in order. May raise if the body is not what the platform sends."""
        raise NotImplementedError

    def incoming(self, update: Any) -> Incoming | None:
        """Returns the message in `update`; None if we only acknowledge it. May raise if the structure is unknown."""
        raise NotImplementedError

    def acknowledgement(self, request: Request) -> HTTPResponse:
        """Returns the immediate answer to `request`."""
        return empty(200)

    def handshake(self, request: Request) -> HTTPResponse:
        """Answers the GET with which some platforms check a new address.

        Raises:
            MethodNotSupported: the platform sends none.
        """
        raise MethodNotSupported("Method GET not allowed for this address", method="GET", allowed_methods=("POST",))

    def identification(self) -> tuple[Mapping[str, str], aiohttp.BasicAuth | None]:
        """Returns the headers and the login for our calls."""
        return {}, None

    def calls(self, address: Any, piece: Piece) -> list[Call]:
        """Returns the calls that send `piece`."""
        raise NotImplementedError

    def typing(self, address: Any) -> Call | None:
        """Returns the call that shows that we are typing; None if the platform has none."""
        return None

    def accepts(self, status: int, answer: Any) -> bool:
        """Whether the answer to a call, with its decoded JSON body or None, means that the call was carried out."""
        return 200 <= status < 300

    def retry_after(self, status: int, headers: Mapping[str, str], answer: Any) -> float | None:
        """Returns the seconds until we may retry a refused call; None if retrying is pointless."""
        return seconds(headers.get("Retry-After")) if status == 429 or status >= 500 else None


def equals_in_constant_time(given: str | None, expected: str) -> bool:
    """Compares a header with its expected value in constant time."""
    return hmac.compare_digest((given or "").encode("utf-8", "surrogateescape"), expected.encode("utf-8"))
