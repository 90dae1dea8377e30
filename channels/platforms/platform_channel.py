"""What the messaging platforms share: everything from a signed request to an answer in the platform's format.

We verify a request before we parse it, and handle each message once and in order. It is stored before its 200, and its turn runs
afterwards, in the queue of its conversation. Each platform has a class that implements `PlatformApi`.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, empty
from structlog.contextvars import bind_contextvars

from channels.identity import Pseudonyms
from channels.offered import UNREADABLE, OfferedButtons
from channels.options import payload_for_typed
from channels.platforms.credentials import read_settings
from channels.platforms.loop_brake import MAX_IN_A_ROW, LoopBrake
from channels.platforms.outbound import Outbound
from channels.platforms.platform_api import Incoming, PlatformApi
from channels.platforms.queues import ConversationQueues
from channels.platforms.rendering import render
from channels.text import clean
from channels.turn import Handle, Turn, conversation_store, delete_conversation, fixed_message, ready_agent, take_turn
from channels.web.rate_limits import rates_are_limited
from components.dialogue import check
from components.dialogue.wording import spoken_languages, wording
from components.intents import DANGERS
from components.storage.conversation_store import IDEMPOTENT_PREFIX
from components.storage.platform_messages import PlatformMessages
from components.storage.received import hashed
from runtime import logs
from runtime.clinic import CLINIC_ID, Clinic
from runtime.clinics import clinics_folder, served_clinics
from runtime.environment import setting
from runtime.http_limits import limit_requests
from runtime.limits import MAX_MESSAGE_LENGTH, SHUTDOWN_TIMEOUT
from runtime.shapes import Message

logger = logging.getLogger(__name__)
MAX_QUEUE_LENGTH = 20  # messages waiting in one conversation
TYPING_AFTER = 0.5  # seconds; most turns finish before anybody would notice "typing"
MAX_MESSAGE_AGE = 24 * 60 * 60  # seconds; we do not answer older messages, since the platforms give up by then
MAX_CONCURRENT_TURNS = 8  # per platform, so that the next request still gets its 200 right away when we are busy
MAX_ATTEMPTS = 3  # processes that may try to answer a message, in case it is the message that kills them
TAKE_UP_INTERVAL = 5.0  # seconds; a quarter of a lease on a message
# The web has a button for it.
DELETE_COMMANDS = {"/delete", *(command for language in spoken_languages() for command in wording(language).delete_commands)}
# The errors that parsing an unexpected body can raise.
SHAPE_ERRORS = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)


class PlatformChannel(PlatformApi, InputChannel):
    """A messaging platform, at `/webhooks/<name>/webhook`."""

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None, environment: Mapping[str, str] = os.environ) -> InputChannel:
        """Creates the channel from its entry in credentials.yml. If no secret is set, the channel is off.

        Raises:
            ValueError: a setting is unknown, or only some of the secrets are set.
        """
        settings = read_settings(cls.name(), credentials, cls.SECRETS, cls.OPTIONAL, environment)
        return cls(settings, environment) if settings else DisabledChannel(cls.name())

    def __init__(self, settings: Mapping[str, str], environment: Mapping[str, str] = os.environ) -> None:
        """Sets up the channel.

        Raises:
            ClinicError: a clinic's file is invalid.
            ValueError: the shared key is missing or too short, no clinic has the id that platforms serve, or we have to ask for
                consent, which only the web chat can.
        """
        self.settings = settings
        old = setting("SESSION_SECRET_OLD", environment)
        self._keys = [settings["secret"], *filter(None, [old])]
        self._pseudonyms, *self._old_pseudonyms = [Pseudonyms(key, self.name()) for key in self._keys]
        self._clinics = served_clinics(environment)
        self._clinics.require(partial(self._check_clinics, clinics_folder(environment)))
        if self._metadata and not self._clinic.chat_page:
            logger.warning("%s: clinic.yml has no chat_page, so visitors get no link to the check.", self.name())
        self._queues = ConversationQueues(MAX_QUEUE_LENGTH)
        self._brake = LoopBrake()
        self._max_in_a_row = MAX_IN_A_ROW if rates_are_limited(setting("HOST", environment), environment) else math.inf
        self._turn_slots = asyncio.Semaphore(MAX_CONCURRENT_TURNS)
        headers, auth = self.identification()
        self._outbound = Outbound(self.name(), self, headers, auth)
        self._messages: PlatformMessages | None = None
        self._taking_up: asyncio.Future[None] | None = None

    def _check_clinics(self, folder: Path, clinics: Mapping[str, Clinic]) -> None:
        if CLINIC_ID not in clinics:
            raise ValueError(
                f"{self.name()}: platforms only speak for the clinic of {folder / CLINIC_ID}.yml; add it, or unset the platform."
            )
        if clinics[CLINIC_ID].consent_to_store:
            raise ValueError(
                f"{self.name()}: consent_to_store in clinic.yml is only possible in the web chat; unset one or the other."
            )

    @property
    def _clinic(self) -> Clinic:
        return self._clinics.of(CLINIC_ID)

    @property
    def _metadata(self) -> dict[str, Any] | None:
        return None if self.name() in self._clinic.check_also_on else check.OFF

    def blueprint(self, on_new_message: Handle) -> Blueprint:
        routes = Blueprint(f"{self.name()}_channel", strict_slashes=False)
        routes.middleware(logs.bind_request_id, "request")

        # Sanic silently drops methods here, so these are functions.
        @routes.before_server_start
        async def prepare(app: Sanic, _loop: Any) -> None:
            limit_requests(app)
            await self._outbound.open()

        @routes.after_server_start
        async def take_up(app: Sanic, _loop: Any) -> None:
            self._taking_up = asyncio.ensure_future(self._take_up_forever(app, on_new_message))

        @routes.before_server_stop
        async def finish(app: Sanic, _loop: Any) -> None:
            await self._finish(app)

        @routes.post("/webhook", ctx_signature_header=self.SIGNATURE_HEADER)
        async def webhook(request: Request) -> HTTPResponse:
            return await self._receive(request, on_new_message)

        return routes

    async def _finish(self, app: Sanic) -> None:
        # The platforms stop one after another while the server still listens, so they share one deadline.
        if not _is_stopping(app):
            app.ctx.platforms_deadline = time.monotonic() + SHUTDOWN_TIMEOUT
        if self._taking_up:
            self._taking_up.cancel()
        await self._queues.finish(app.ctx.platforms_deadline - time.monotonic())
        if self._queues:
            logger.error("%s: stopped with %d conversations still unanswered.", self.name(), len(self._queues))
        await self._outbound.close()

    async def _receive(self, request: Request, handle: Handle) -> HTTPResponse:
        """Stores and queues the messages in a request, and answers the request right away."""
        if not self._is_authentic(request):
            logger.warning("%s: refused a request that the platform did not sign.", self.name())
            return empty(403)
        agent = ready_agent(request.app)
        if not agent or _is_stopping(request.app):
            return empty(503, headers={"Retry-After": "5"})
        try:
            updates = list(self.updates(request))
        except SHAPE_ERRORS:
            return empty(400)
        stored = [task for update in updates if (task := self._queue(update, agent, handle))]
        if stored:
            await asyncio.wait(stored)  # this leaves them running if the platform hangs up
        return self.acknowledgement(request)

    def _is_authentic(self, request: Request) -> bool:
        try:
            return self.verifies(request)
        except (ValueError, TypeError, OverflowError):
            return False  # a signature that cannot even be compared

    def _queue(self, update: Any, agent: Agent, handle: Handle) -> asyncio.Future[Any] | None:
        """Queues the message in `update`, if there is one, and returns the task that stores it."""
        try:
            incoming = self.incoming(update)
        except SHAPE_ERRORS as error:
            logger.warning("%s: ignored an update with an unknown structure: %s", self.name(), type(error).__name__)
            return None
        if incoming is None or incoming.sent is not None and time.time() - incoming.sent > MAX_MESSAGE_AGE:
            return None
        incoming = replace(incoming, text=incoming.text[: MAX_MESSAGE_LENGTH + 1])  # the rest only says that it is too long
        conversation = self._pseudonyms.conversation(incoming.user)
        if self._refuses(incoming, conversation):
            return None
        # Queue it right away, so that messages are answered in the order in which they arrived.
        accepting = asyncio.ensure_future(self._accept(incoming, conversation, agent))
        request = logs.request_id()

        async def answer() -> None:
            bind_contextvars(request=request)
            accepted = await accepting
            if accepted:
                await self._answer(accepted, conversation, agent, handle)

        self._queues.add(conversation, answer)
        return accepting

    def _refuses(self, incoming: Incoming, conversation: str) -> bool:
        """Whether these are too many messages. Tells the visitor so only once, because a program would answer that, too."""
        in_a_row = self._brake.count(conversation, incoming.text)
        if in_a_row <= self._max_in_a_row and self._queues.has_room(conversation):
            return False
        if in_a_row <= self._max_in_a_row + 1:
            notice = partial(self._send_notice, "utter_too_many_notice", incoming, conversation)
            self._queues.add_once_while_full(conversation, notice)
        return True

    async def _accept(self, incoming: Incoming, conversation: str, agent: Agent) -> Incoming | None:
        """Stores a message until it is answered. Returns it, or None if it is a duplicate."""
        if incoming.album:
            first = await conversation_store(agent).is_new_message(f"{self.name()} {incoming.album}")
            incoming = replace(incoming, media=first)
        is_new = await self._accepted(agent).accept(incoming.key, conversation, incoming.content())
        return incoming if is_new else None

    def _accepted(self, agent: Agent) -> PlatformMessages:
        """Returns the messages that we have accepted and not answered yet."""
        if not self._messages:
            self._messages = PlatformMessages(conversation_store(agent).database, self.name(), self._keys)
        return self._messages

    async def _take_up_forever(self, app: Sanic, handle: Handle) -> None:
        """Queues the messages that a dead process has left unanswered. Never returns."""
        while True:
            agent = ready_agent(app)
            try:
                found = agent and await self._take_up(agent, handle)
            except Exception as error:
                logger.error("%s: could not take up unanswered messages: %s", self.name(), type(error).__name__)
                found = 0
            if not found:
                await asyncio.sleep(TAKE_UP_INTERVAL)

    async def _take_up(self, agent: Agent, handle: Handle) -> int:
        """Queues a batch of messages that another process has left unanswered. Returns how many."""
        abandoned = await self._accepted(agent).take_up()
        for message in abandoned:
            incoming, tried = Incoming.from_content(message.content), message.attempts > MAX_ATTEMPTS
            answer = self._give_up if tried else partial(self._answer, handle=handle)
            self._queues.add(message.sender_id, partial(answer, incoming, message.sender_id, agent))
        if abandoned:
            logger.warning("%s: took up %d messages that another process had not answered.", self.name(), len(abandoned))
        return len(abandoned)

    async def _give_up(self, incoming: Incoming, conversation: str, agent: Agent) -> None:
        """Sends the safe text for a message that may have killed several processes."""
        await self._send_notice("utter_safe_text", incoming, conversation)
        await self._accepted(agent).answered(incoming.key)

    def _notice(self, name: str) -> Message:
        return fixed_message(name, clinic=self._clinic)

    async def _send_notice(self, name: str, incoming: Incoming, conversation: str) -> None:
        await self._send([self._notice(name)], incoming.address)
        self._brake.answered(conversation)

    async def _answer(self, incoming: Incoming, conversation: str, agent: Agent, handle: Handle) -> None:
        started = time.monotonic()
        receipt = asyncio.ensure_future(self._outbound.send_once(incoming.receipt)) if incoming.receipt else None
        try:
            messages = await self._replies(incoming, conversation, agent, handle)
        except Exception as error:
            logger.error("%s: could not start a turn: %s", self.name(), type(error).__name__)
            messages = [self._notice("utter_safe_text")]
        if incoming.media and not incoming.edited and not any(_reports_danger(message) for message in messages):
            messages = [*messages, self._notice("utter_media_notice")]
        sent = await self._send(messages, incoming.address)
        await self._accepted(agent).answered(incoming.key)
        self._brake.answered(conversation)
        if receipt:
            await receipt
        fields = {"channel": self.name(), "sent": sent, "seconds": round(time.monotonic() - started, 3)}
        logger.info("Answered.", extra=fields)

    async def _replies(self, incoming: Incoming, conversation: str, agent: Agent, handle: Handle) -> list[Message]:
        """Runs the turn, and shows "typing" if it takes a while."""
        if incoming.edited and not await _would_report_danger(incoming.text, agent):
            return []
        if not incoming.text and not incoming.choice:
            return await self._reminder(conversation, agent)
        if len(incoming.text) > MAX_MESSAGE_LENGTH:
            return [*await self._reminder(conversation, agent), self._notice("utter_too_long_notice")]
        if clean(incoming.text).rstrip(".!").casefold() in DELETE_COMMANDS:
            for pseudonyms in (*self._old_pseudonyms, self._pseudonyms):
                await delete_conversation(agent, pseudonyms.conversation(incoming.user))
            is_still_read = conversation_store(agent).database.keeps_deleted
            return [self._notice("utter_chat_deleted_soon" if is_still_read else "utter_chat_deleted")]
        message_id = IDEMPOTENT_PREFIX + hashed(incoming.key)  # a turn that was stored before we died is not taken twice
        async with conversation_store(agent).open(conversation) as opened:
            text = _text_for_dialogue(incoming, OfferedButtons(opened.tracker))
            turn = asyncio.ensure_future(self._take_turn(text, conversation, message_id, agent, handle))
            done, _ = await asyncio.wait({turn}, timeout=TYPING_AFTER)
            typing = None if done else self.typing(incoming.address)
            if typing:
                await self._outbound.send_once(typing)
            return await turn

    async def _reminder(self, conversation: str, agent: Agent) -> list[Message]:
        """Returns the reminder that comes first after danger was reported, even when we run no turn."""
        tracker = await agent.tracker_store.retrieve(conversation)
        reminder = agent.processor.nlg.reminder(tracker) if tracker else None
        return [reminder] if reminder else []

    async def _take_turn(self, text: str, conversation: str, message_id: str, agent: Agent, handle: Handle) -> list[Message]:
        turn = Turn(text, conversation, self.name(), conversation, message_id, self._metadata)
        async with self._turn_slots:
            return await take_turn(turn, handle, conversation_store(agent))

    async def _send(self, messages: list[Message], address: Any) -> int:
        """Sends `messages` in order. Returns how many calls the platform accepted."""
        sent = 0
        for piece in render(messages, self.style):
            for call in self.calls(address, piece):
                sent += await self._outbound.send(call)
        return sent


class DisabledChannel(InputChannel):
    """A platform without secrets: no routes, no client."""

    def __init__(self, platform: str) -> None:
        self._platform = platform

    def url_prefix(self) -> str:
        """Returns the platform's path, so that nothing else takes it."""
        return self._platform

    def blueprint(self, on_new_message: Handle) -> Blueprint:
        return Blueprint(f"{self._platform}_off")


def _reports_danger(message: Message) -> bool:
    """Whether `message` answers danger that was just reported."""
    return message.get("metadata", {}).get("danger") == "report"


async def _would_report_danger(text: str, agent: Agent) -> bool:
    """Whether `text` by itself reports danger."""
    parsed = await agent.parse_message(clean(text)[:MAX_MESSAGE_LENGTH])
    return parsed["intent"]["name"] in DANGERS


def _is_stopping(app: Sanic) -> bool:
    """Whether the server is stopping. A message accepted now would get no answer, and the resend would count as a duplicate."""
    return hasattr(app.ctx, "platforms_deadline")


def _text_for_dialogue(incoming: Incoming, offered: OfferedButtons) -> str:
    """Returns what we pass to the dialogue: the offered payload that was pressed or typed, otherwise the plain text."""
    text = clean(incoming.text)
    payload = offered.payload_for(incoming.choice) if incoming.choice else payload_for_typed(text, offered.latest)
    return payload or offered.strip_unoffered_payload(text) or UNREADABLE
