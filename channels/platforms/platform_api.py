"""What a class of one platform defines: its signature, its shapes, its limits and its calls."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import aiohttp
from sanic.request import Request
from sanic.response import HTTPResponse, empty

from channels.platforms.outbound import Call, seconds
from channels.platforms.rendering import Piece, Style

GREETING = "hello"  # what a visitor means by the button with which a platform opens a new chat


@dataclass(frozen=True)
class Incoming:
    """One message or pressed button, as every platform has them.

    Attributes:
        key: the platform's id of it; what comes again under the same key is a repetition.
        user: who sent it; unique on the platform.
        address: where the answer goes.
        text: its words, or the title of the pressed button.
        choice: what the pressed button carries (see `token_of`).
        media: whether it carries a photo, a voice message, a place or the like. We keep nothing else of that.
        sent: when it was sent, in seconds since 1970, where the platform says so.
        receipt: a call that the platform wants at once.
    """

    key: str
    user: str
    address: Any
    text: str = ""
    choice: str = ""
    media: bool = False
    sent: float | None = None
    receipt: Call | None = None

    def __post_init__(self) -> None:
        """Checks what came from outside.

        Raises:
            TypeError: a part that should be text is something else.
        """
        if not all(isinstance(part, str) for part in (self.key, self.user, self.text, self.choice)):
            raise TypeError


class PlatformApi:
    """A platform's API, as far as the platforms differ.

    Attributes:
        style: what one message can hold.
        SECRETS: the settings without which the channel is off.
        OPTIONAL: further settings, and their defaults.
        settings: their values.
    """

    style: Style
    SECRETS: ClassVar[tuple[str, ...]]
    OPTIONAL: ClassVar[Mapping[str, str]] = {}
    settings: Mapping[str, str]

    def verifies(self, request: Request) -> bool:
        """Whether the platform made `request`. Called before anything in it is parsed; may raise ValueError or TypeError."""
        raise NotImplementedError

    def updates(self, request: Request) -> Iterable[Any]:
        """Returns what a verified request reports, in order. May raise on a body that the platform does not send."""
        raise NotImplementedError

    def incoming(self, update: Any) -> Incoming | None:
        """Returns the message in `update`; None for what is only acknowledged. May raise on a shape that it does not know."""
        raise NotImplementedError

    def acknowledgement(self, request: Request) -> HTTPResponse:
        """Returns the immediate answer to `request`."""
        return empty(200)

    def identification(self) -> tuple[Mapping[str, str], aiohttp.BasicAuth | None]:
        """Returns the headers and the login of our calls."""
        return {}, None

    def calls(self, address: Any, piece: Piece) -> list[Call]:
        """Returns the calls that send `piece`."""
        raise NotImplementedError

    def typing(self, address: Any) -> Call | None:
        """Returns the call that shows that an answer is on its way; None where there is none."""
        return None

    def accepts(self, status: int, answer: Any) -> bool:
        """Whether the answer to a call, with its decoded JSON body or None, means that the call was carried out."""
        return 200 <= status < 300

    def retry_after(self, status: int, headers: Mapping[str, str], answer: Any) -> float | None:
        """Returns the seconds after which we may try a refused call again; None when that is no use."""
        return seconds(headers.get("Retry-After")) if status == 429 or status >= 500 else None


def equals_in_constant_time(given: str | None, expected: str) -> bool:
    """Compares a header with what it should be, in constant time."""
    return hmac.compare_digest((given or "").encode("utf-8", "surrogateescape"), expected.encode("utf-8"))
