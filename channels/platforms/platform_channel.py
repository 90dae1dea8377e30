"""What the messaging platforms share: from a signed request to an answer in the platform's own form.

A request is verified before it is parsed; every message in it is taken once, in order; the platform gets its 200 at once, and
the turn runs in a queue of its conversation. A class per platform adds its signature, its shapes, its limits and its calls.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import aiohttp
from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, empty
from structlog.contextvars import bind_contextvars

from channels.identity import Pseudonyms
from channels.offered import UNREADABLE, OfferedButtons
from channels.options import chosen
from channels.platforms.outbound import Call, Outbound, seconds
from channels.platforms.queues import Queues
from channels.platforms.rendering import Piece, Style, render
from channels.turn import (
    MAX_MESSAGE_LENGTH,
    Handle,
    Turn,
    clean,
    conversation_store,
    delete_conversation,
    fixed_message,
    ready_agent,
    take_turn,
)
from components.dialogue import check
from runtime import logs
from runtime.clinic import load_clinic
from runtime.http_limits import limit_requests

logger = logging.getLogger(__name__)
MAX_QUEUE_LENGTH = 20  # messages that wait in one conversation
TYPING_AFTER = 0.5  # seconds; most turns are done before anybody could see that we type
MAX_MESSAGE_AGE = 24 * 60 * 60  # seconds; an older message is not answered, since platforms give up by then
SHUTDOWN_TIMEOUT = (
    13.0  # seconds for what was accepted before a stop: more than a turn, less than STOP_TIMEOUT of commands/run.py
)
MAX_CONCURRENT_TURNS = 8  # of one platform at a time, so that in a rush the next request still gets its 200 at once
DELETE_COMMANDS = {"delete my chat", "delete this chat", "/delete"}  # the web has a button for it
GREETING = "hello"  # what a visitor means by the button with which a platform opens a new chat
# What reading a body of an unexpected shape raises.
MALFORMED = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)


@dataclass(frozen=True)
class Incoming:
    """One message or pressed button, as every platform has them.

    Attributes:
        key: the platform's id of it; what comes under the same key again is a repetition.
        user: who sent it; unique on the platform.
        address: where the answer goes.
        text: its words, or the title of the pressed button.
        choice: what the pressed button carries (see `token_of`).
        media: whether it carries a photo, a voice message, a place or the like. Nothing else of that is kept.
        sent: when it was sent, in seconds since 1970, where the platform says so.
        signal: a call that the platform wants at once.
    """

    key: str
    user: str
    address: Any
    text: str = ""
    choice: str = ""
    media: bool = False
    sent: float | None = None
    signal: Call | None = None

    def __post_init__(self) -> None:
        """Refuses what is no text, for it came from outside.

        Raises:
            TypeError: a part that should be text is something else.
        """
        if not all(isinstance(part, str) for part in (self.key, self.user, self.text, self.choice)):
            raise TypeError


class PlatformChannel(InputChannel):
    """A messaging platform, at `/webhooks/<name>/webhook`."""

    style: Style
    SECRETS: ClassVar[tuple[str, ...]]  # without any of them the channel is off
    OPTIONAL: ClassVar[Mapping[str, str]] = {}  # further settings, and their values when they are not set

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> InputChannel:
        """Makes the channel from its entry in credentials.yml; without any of its secrets a channel that is off.

        Raises:
            ValueError: a setting is unknown, or only some of the secrets are set.
        """
        # Rasa leaves quoted values alone, so a variable that is not set means "off" instead of an error.
        values = {name: os.path.expandvars(str(value or "")) for name, value in (credentials or {}).items()}
        given = {name: value for name, value in values.items() if value and "${" not in value}
        unknown = set(values) - {"secret", *cls.SECRETS, *cls.OPTIONAL}
        if unknown:
            raise ValueError(f"credentials.yml: {cls.name()} does not know {', '.join(sorted(unknown))}.")
        missing = [name for name in cls.SECRETS if name not in given]
        if len(missing) == len(cls.SECRETS):
            return DisabledChannel(cls.name())
        if missing:
            raise ValueError(f"credentials.yml: {cls.name()} also needs {', '.join(missing)}; see docs/channels.md.")
        return cls({"secret": "", **cls.OPTIONAL, **given})

    def __init__(self, settings: Mapping[str, str]) -> None:
        """Takes the settings, all of them set.

        Raises:
            ValueError: the shared key is missing or short, or `clinic.yml` is wrong.
        """
        self.settings = settings
        self._pseudonyms = Pseudonyms(settings["secret"], self.name())
        clinic = load_clinic()
        self._metadata = None if self.name() in clinic.check_also_on else check.OFF
        if self._metadata and not clinic.chat_page:
            logger.warning("%s: clinic.yml names no chat_page, so visitors get no link to the check.", self.name())
        self._queues = Queues(MAX_QUEUE_LENGTH)
        self._turns = asyncio.Semaphore(MAX_CONCURRENT_TURNS)
        headers, auth = self.identification()
        self._outbound = Outbound(self.name(), self, headers, auth)

    # What a platform defines.

    def verifies(self, request: Request) -> bool:
        """Whether the platform made `request`. Called before anything of it is parsed; may raise ValueError or TypeError."""
        raise NotImplementedError

    def updates(self, request: Request) -> Iterable[Any]:
        """Returns what a verified request reports, in order. A body that the platform does not send may raise."""
        raise NotImplementedError

    def incoming(self, update: Any) -> Incoming | None:
        """Returns the message in `update`; None for what is only acknowledged. A shape that it does not know may raise."""
        raise NotImplementedError

    def acknowledgement(self, request: Request) -> HTTPResponse:
        """Returns the platform's immediate answer."""
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
        """See `channels.platforms.outbound.Api`."""
        return 200 <= status < 300

    def retry_after(self, status: int, headers: Mapping[str, str], answer: Any) -> float | None:
        """See `channels.platforms.outbound.Api`."""
        return seconds(headers.get("Retry-After")) if status == 429 or status >= 500 else None

    # What all platforms share.

    def blueprint(self, on_new_message: Handle) -> Blueprint:
        """Returns the routes."""
        routes = Blueprint(f"{self.name()}_channel", strict_slashes=False)
        routes.middleware(logs.follow, "request")

        @routes.before_server_start
        async def prepare(app: Sanic, _loop: Any) -> None:
            limit_requests(app)
            await self._outbound.open()

        @routes.before_server_stop
        async def finish(app: Sanic, _loop: Any) -> None:
            # The platforms stop one after the other while the server still listens, so they share one deadline.
            if not _stops(app):
                app.ctx.platforms_stop = time.monotonic() + SHUTDOWN_TIMEOUT
            await self._queues.finish(app.ctx.platforms_stop - time.monotonic())
            if self._queues:
                logger.error("%s: stopped with %d conversations unanswered.", self.name(), len(self._queues))
            await self._outbound.close()

        @routes.post("/webhook")
        async def webhook(request: Request) -> HTTPResponse:
            return self._receive(request, on_new_message)

        return routes

    def _receive(self, request: Request, handle: Handle) -> HTTPResponse:
        """Takes what a request carries, and answers it at once."""
        if not self._authentic(request):
            logger.warning("%s: a request that the platform did not sign was refused.", self.name())
            return empty(403)
        agent = ready_agent(request.app)
        if not agent or _stops(request.app):
            return empty(503, headers={"Retry-After": "5"})
        try:
            updates = list(self.updates(request))
        except MALFORMED:
            return empty(400)
        for update in updates:
            self._take(update, agent, handle)
        return self.acknowledgement(request)

    def _authentic(self, request: Request) -> bool:
        try:
            return self.verifies(request)
        except (ValueError, TypeError, OverflowError):
            return False  # a signature that cannot even be compared

    def _take(self, update: Any, agent: Agent, handle: Handle) -> None:
        """Queues the message in `update`, if there is one; when its turn comes, it is answered if it is new."""
        try:
            incoming = self.incoming(update)
        except MALFORMED as error:
            logger.warning("%s: an update of an unknown shape was ignored: %s", self.name(), type(error).__name__)
            return
        if incoming is None or incoming.sent is not None and time.time() - incoming.sent > MAX_MESSAGE_AGE:
            return
        conversation = self._pseudonyms.conversation(incoming.user)

        request = logs.request_id()

        async def answer() -> None:
            bind_contextvars(request=request)
            if not await conversation_store(agent).first_time(f"{self.name()} {incoming.key}"):
                return
            await self._answer(incoming, conversation, agent, handle)

        async def refuse() -> None:
            await self._send([fixed_message("utter_too_many_notice")], incoming.address)

        self._queues.add(conversation, answer, when_full=refuse)

    async def _answer(self, incoming: Incoming, conversation: str, agent: Agent, handle: Handle) -> None:
        began = time.monotonic()
        signal = asyncio.ensure_future(self._outbound.signal(incoming.signal)) if incoming.signal else None
        try:
            messages = await self._replies(incoming, conversation, agent, handle)
        except Exception as error:
            logger.error("%s: a turn could not begin: %s", self.name(), type(error).__name__)
            messages = [fixed_message("utter_safe_text")]
        if incoming.media and not any(_reports_danger(message) for message in messages):
            messages = [*messages, fixed_message("utter_media_notice")]
        sent = await self._send(messages, incoming.address)
        if signal:
            await signal
        about = {"channel": self.name(), "sent": sent, "seconds": round(time.monotonic() - began, 3)}
        logger.info("AlreadyAnsweredError.", extra=about)

    async def _replies(self, incoming: Incoming, conversation: str, agent: Agent, handle: Handle) -> list[dict[str, Any]]:
        """Runs the turn, and shows that we type when it takes long."""
        if not incoming.text and not incoming.choice:
            return await self._reminder(conversation, agent)
        if len(incoming.text) > MAX_MESSAGE_LENGTH:
            return [*await self._reminder(conversation, agent), fixed_message("utter_too_long_notice")]
        if clean(incoming.text).rstrip(".!").casefold() in DELETE_COMMANDS:
            await delete_conversation(agent, conversation)
            return [fixed_message("utter_chat_deleted")]
        words = _words(incoming, await OfferedButtons.load(conversation, agent.tracker_store))
        turn = asyncio.ensure_future(self._turn(words, conversation, agent, handle))
        done, _ = await asyncio.wait({turn}, timeout=TYPING_AFTER)
        typing = None if done else self.typing(incoming.address)
        if typing:
            await self._outbound.signal(typing)
        return await turn

    async def _reminder(self, conversation: str, agent: Agent) -> list[dict[str, Any]]:
        """Returns what after danger stands before everything else that is said, also where no turn is run."""
        tracker = await agent.tracker_store.retrieve(conversation)
        reminder = agent.processor.nlg.reminder(tracker) if tracker else None
        return [reminder] if reminder else []

    async def _turn(self, words: str, conversation: str, agent: Agent, handle: Handle) -> list[dict[str, Any]]:
        turn = Turn(words, conversation, self.name(), conversation, metadata=self._metadata)
        async with self._turns:
            return await take_turn(turn, handle, conversation_store(agent))

    async def _send(self, messages: list[dict[str, Any]], address: Any) -> int:
        """Sends `messages` in order; returns how many calls were accepted."""
        sent = 0
        for piece in render(messages, self.style):
            for call in self.calls(address, piece):
                sent += await self._outbound.send(call)
        return sent


class DisabledChannel(InputChannel):
    """A platform whose secrets are not set: no route, no client."""

    def __init__(self, platform: str) -> None:
        self._platform = platform

    def url_prefix(self) -> str:
        """Returns the platform's path, so that nothing else takes it."""
        return self._platform

    def blueprint(self, on_new_message: Handle) -> Blueprint:
        """Returns no routes."""
        return Blueprint(f"{self._platform}_off")


def _reports_danger(message: dict[str, Any]) -> bool:
    """Whether `message` answers danger that was just reported."""
    return message.get("metadata", {}).get("danger") == "report"


def _stops(app: Sanic) -> bool:
    """Whether the server stops: what it took now would get no answer, and be a repetition when the platform tries again."""
    return hasattr(app.ctx, "platforms_stop")


def _words(incoming: Incoming, offered: OfferedButtons) -> str:
    """Returns what the dialogue gets: an offered payload that was pressed or typed, else the bare words."""
    text = clean(incoming.text)
    pressed = offered.payload_for(incoming.choice) if incoming.choice else chosen(text, offered.latest)
    return pressed or offered.without_unoffered_payload(text) or UNREADABLE


def equals_in_constant_time(given: str | None, expected: str) -> bool:
    """Compares a header with what it should be, in constant time."""
    return hmac.compare_digest((given or "").encode("utf-8", "surrogateescape"), expected.encode("utf-8"))
