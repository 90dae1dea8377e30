"""What the messaging platforms share: everything from a signed request to an answer in the platform's format.

We verify a request before we parse it, and handle each message once and in order. We store it before we answer 200, and its turn
runs afterwards, in the queue of its conversation. If we cannot store it, the 200 waits for the answer. Each platform has a class
that implements `PlatformApi`, with an instance for each clinic that has an account there.
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
from typing import Any, NamedTuple

from rasa.core.agent import Agent
from sanic.request import Request
from sanic.response import HTTPResponse, empty
from structlog.contextvars import bind_contextvars

from channels.identity import Pseudonyms
from channels.offered import UNREADABLE, OfferedButtons
from channels.options import payload_for_typed
from channels.platforms.accounts import Backend, PlatformAccounts
from channels.platforms.bot_loop_guard import MAX_IN_A_ROW, BotLoopGuard
from channels.platforms.credentials import read_settings
from channels.platforms.outbound import Outbound
from channels.platforms.platform_api import Incoming, PlatformApi
from channels.platforms.queues import MAX_CONCURRENT_TURNS, ConversationQueues
from channels.platforms.rendering import render
from channels.text import clean
from channels.turn import Turn, conversation_store, delete_conversation, fixed_message, take_turn
from channels.web.rate_limits import rates_are_limited
from components.dialogue import check
from components.dialogue.wording import spoken_languages, wording
from components.intents import DANGERS
from components.storage.conversation_store import IDEMPOTENT_PREFIX
from components.storage.errors import StoreUnavailableError
from components.storage.platform_messages import Abandoned
from components.storage.seen_messages import hashed
from runtime import logs
from runtime.clinic import CLINIC_ID, Clinic
from runtime.clinic_errors import ClinicError
from runtime.clinics import clinics_folder, id_at_clinic, served_clinics
from runtime.environment import setting
from runtime.limits import MAX_MESSAGE_LENGTH
from runtime.shapes import Message

logger = logging.getLogger(__name__)
MAX_QUEUE_LENGTH = 20  # messages waiting in one conversation
TYPING_AFTER = 0.5  # seconds; most turns finish before anybody would notice "typing"
MAX_MESSAGE_AGE = 24 * 60 * 60  # seconds; we do not answer older messages, since the platforms give up by then
MAX_UNSTORED = 1000  # messages that could not be stored, of which we know whether they are answered
MAX_ATTEMPTS = 3  # processes that may try to answer a message, in case it is the message that kills them
# The web has a button for it.
DELETE_COMMANDS = {"/delete", *(command for language in spoken_languages() for command in wording(language).delete_commands)}
# The errors that parsing an unexpected body can raise.
SHAPE_ERRORS = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)


class _Accepted(NamedTuple):
    """A message, and whether it is new. If it could not be stored, `answered` is set once it is answered."""

    message: Incoming
    is_new: bool
    answered: asyncio.Event | None


class PlatformChannel(PlatformApi):
    """A clinic's account on a messaging platform.

    Attributes:
        keys: SESSION_SECRET, and the one before if it is still named.
    """

    @classmethod
    def from_credentials(
        cls, credentials: Mapping[str, Any] | None, environment: Mapping[str, str] = os.environ
    ) -> PlatformAccounts:
        """Creates the account of each clinic whose secrets are set, from the platform's entry in credentials.yml.

        Raises:
            ClinicError: a clinic's file is invalid, a setting is unknown, only some of a clinic's secrets are set, or the account
                cannot be set up.
        """
        clinics = served_clinics(environment)
        accounts: dict[str, PlatformChannel] = {}
        for clinic_id in sorted({CLINIC_ID, *clinics}):
            settings = read_settings(cls.name(), credentials, cls.SECRETS, cls.OPTIONAL, clinic_id, environment)
            if settings:
                accounts[clinic_id] = cls(settings, clinic_id, environment)
        return PlatformAccounts(cls.name(), cls.SIGNATURE_HEADER, accounts, clinics)

    def __init__(
        self, settings: Mapping[str, str], clinic_id: str = CLINIC_ID, environment: Mapping[str, str] = os.environ
    ) -> None:
        """Sets up the account.

        Raises:
            ClinicError: a clinic's file is invalid, the shared key is missing or too short, there is no such clinic, or we have
                to ask for consent, which only the web chat can.
        """
        self.settings, self._clinic_id = settings, clinic_id
        self._account = id_at_clinic(clinic_id, self.name())
        self.keys = [settings["secret"], *filter(None, [setting("SESSION_SECRET_OLD", environment)])]
        self._pseudonyms, *self._old_pseudonyms = [Pseudonyms(key, self.name(), clinic_id) for key in self.keys]
        self._clinics = served_clinics(environment)
        if clinic_id not in self._clinics:
            raise ClinicError(
                f"{self._account} has no clinic to speak for: add {clinics_folder(environment) / clinic_id}.yml, or put the id of"
                " another clinic at the end of the variables' names."
            )
        self._clinics.require(self._check_consent)
        if self._metadata and not self._clinic.chat_page:
            logger.warning("%s: %s.yml has no chat_page, so visitors get no link to the check.", self._account, clinic_id)
        self._queues = ConversationQueues(MAX_QUEUE_LENGTH)
        self._unstored: dict[str, asyncio.Event] = {}  # by key, the oldest first: answered from memory, or about to be
        self._loop_guard = BotLoopGuard()
        self._max_in_a_row = MAX_IN_A_ROW if rates_are_limited(setting("HOST", environment), environment) else math.inf
        self._turn_slots = asyncio.Semaphore(MAX_CONCURRENT_TURNS)
        headers, auth = self.identification()
        self._outbound = Outbound(self._account, self, headers, auth)

    def _check_consent(self, clinics: Mapping[str, Clinic]) -> None:
        clinic = clinics.get(self._clinic_id)
        if clinic and clinic.consent_to_store:
            raise ClinicError(
                f"{self._account}: consent_to_store in {self._clinic_id}.yml is only possible in the web chat; unset one or the"
                " other."
            )

    @property
    def _clinic(self) -> Clinic:
        return self._clinics.of(self._clinic_id)

    @property
    def _metadata(self) -> dict[str, Any] | None:
        return None if self.name() in self._clinic.check_also_on else check.OFF

    async def open(self) -> None:
        """Opens the client of the platform's API. Call it on the event loop that will send."""
        await self._outbound.open()

    async def finish(self, seconds: float) -> None:
        """Answers what is queued, for at most `seconds`, and closes the client."""
        await self._queues.finish(seconds)
        if self._queues:
            logger.error("%s: stopped with %d conversations still unanswered.", self._account, len(self._queues))
        await self._outbound.close()

    async def receive(self, request: Request, backend: Backend | None) -> HTTPResponse:
        """Stores and queues the messages in a request, and answers the request once none of them can get lost.

        Args:
            request: what the platform delivers.
            backend: what answers; None means that we cannot now.
        """
        if not self._is_authentic(request):
            logger.warning("%s: refused a request that the platform did not sign.", self._account)
            return empty(403)
        if not backend:
            return empty(503, headers={"Retry-After": "5"})
        try:
            updates = list(self.updates(request))
        except SHAPE_ERRORS:
            return empty(400)
        safe = [task for update in updates if (task := self._queue(update, backend))]
        if safe:
            await asyncio.wait(safe)  # this leaves them running if the platform hangs up
        return self.acknowledgement(request)

    def _is_authentic(self, request: Request) -> bool:
        try:
            return self.verifies(request)
        except (ValueError, TypeError, OverflowError):
            return False  # a signature that cannot even be compared

    def _queue(self, update: Any, backend: Backend) -> asyncio.Future[Any] | None:
        """Queues the message in `update`, if there is one. Returns the task that ends once the message cannot get lost."""
        try:
            incoming = self.incoming(update)
        except SHAPE_ERRORS as error:
            logger.warning("%s: ignored an update with an unknown structure: %s", self._account, type(error).__name__)
            return None
        if incoming is None or incoming.sent is not None and time.time() - incoming.sent > MAX_MESSAGE_AGE:
            return None
        incoming = replace(incoming, text=incoming.text[: MAX_MESSAGE_LENGTH + 1])  # the rest only says that it is too long
        conversation = self._pseudonyms.conversation(incoming.user)
        if self._refuses(incoming, conversation):
            return None
        # Queue it right away, so that messages are answered in the order in which they arrived.
        accepting = asyncio.ensure_future(self._accept(incoming, conversation, backend))
        request = logs.request_id()

        async def answer() -> None:
            bind_contextvars(request=request)
            message, is_new, answered = await accepting
            if not is_new:
                return
            try:
                await self._answer(message, conversation, backend)
            finally:
                if answered:
                    answered.set()

        async def safe() -> None:
            # Without a database, only the platform has the message: until its 200, it delivers it again if we die.
            answered = (await accepting).answered
            if answered:
                await answered.wait()

        self._queues.add(conversation, answer)
        return asyncio.ensure_future(safe())

    def _refuses(self, incoming: Incoming, conversation: str) -> bool:
        """Whether these are too many messages. Tells the visitor so only once, because a program would answer that, too."""
        in_a_row = self._loop_guard.count(conversation, incoming.text)
        if in_a_row <= self._max_in_a_row and self._queues.has_room(conversation):
            return False
        if in_a_row <= self._max_in_a_row + 1:
            notice = partial(self._send_notice, "utter_too_many_notice", incoming, conversation)
            self._queues.add_once_while_full(conversation, notice)
        return True

    async def _accept(self, incoming: Incoming, conversation: str, backend: Backend) -> _Accepted:
        """Stores a message until it is answered. One that cannot be stored is remembered, because the platform may not wait."""
        if incoming.key in self._unstored:
            return _Accepted(incoming, is_new=False, answered=self._unstored[incoming.key])
        if incoming.album:
            first = await conversation_store(backend.agent).is_new_message(f"{self._account} {incoming.album}")
            incoming = replace(incoming, media=first)
        try:
            is_new = await backend.messages.accept(incoming.key, conversation, incoming.content())
        except StoreUnavailableError:
            logger.error("%s: could not store a message. We answer it from memory.", self._account)
            return self._remember(incoming)
        return _Accepted(incoming, is_new, answered=None)

    def _remember(self, incoming: Incoming) -> _Accepted:
        is_new = incoming.key not in self._unstored  # the database may have failed for two deliveries at once
        answered = self._unstored.setdefault(incoming.key, asyncio.Event())
        if len(self._unstored) > MAX_UNSTORED:
            del self._unstored[next(iter(self._unstored))]
        return _Accepted(incoming, is_new, answered)

    def take_up(self, message: Abandoned, backend: Backend) -> None:
        """Queues a message that another process has left unanswered."""
        incoming = Incoming.from_content(message.content)
        answer = self._give_up if message.attempts > MAX_ATTEMPTS else self._answer
        self._queues.add(message.sender_id, partial(answer, incoming, message.sender_id, backend))

    async def _give_up(self, incoming: Incoming, conversation: str, backend: Backend) -> None:
        """Sends the safe text for a message that may have killed several processes."""
        await self._send_notice("utter_safe_text", incoming, conversation)
        await backend.messages.answered(incoming.key, conversation)

    def _notice(self, name: str) -> Message:
        return fixed_message(name, clinic=self._clinic)

    async def _send_notice(self, name: str, incoming: Incoming, conversation: str) -> None:
        await self._send([self._notice(name)], incoming.address)
        self._loop_guard.answered(conversation)

    async def _answer(self, incoming: Incoming, conversation: str, backend: Backend) -> None:
        started = time.monotonic()
        receipt = asyncio.ensure_future(self._outbound.send_once(incoming.receipt)) if incoming.receipt else None
        try:
            messages = await self._replies(incoming, conversation, backend)
        except Exception as error:
            logger.error("%s: could not start a turn: %s", self._account, type(error).__name__)
            messages = [self._notice("utter_safe_text")]
        if incoming.media and not incoming.edited and not any(_reports_danger(message) for message in messages):
            messages = [*messages, self._notice("utter_media_notice")]
        sent = await self._send(messages, incoming.address)
        await backend.messages.answered(incoming.key, conversation)
        self._loop_guard.answered(conversation)
        if receipt:
            await receipt
        fields = {"channel": self.name(), "sent": sent, "seconds": round(time.monotonic() - started, 3)}
        logger.info("Answered.", extra=fields)

    async def _replies(self, incoming: Incoming, conversation: str, backend: Backend) -> list[Message]:
        """Runs the turn, and shows "typing" if it takes a while."""
        agent = backend.agent
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
            turn = asyncio.ensure_future(self._take_turn(text, conversation, message_id, backend))
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

    async def _take_turn(self, text: str, conversation: str, message_id: str, backend: Backend) -> list[Message]:
        turn = Turn(text, conversation, self.name(), conversation, message_id, self._metadata)
        async with self._turn_slots, backend.turn_slots:
            return await take_turn(turn, backend.handle, conversation_store(backend.agent))

    async def _send(self, messages: list[Message], address: Any) -> int:
        """Sends `messages` in order. Returns how many calls the platform accepted."""
        sent = 0
        for piece in render(messages, self.style):
            for call in self.calls(address, piece):
                sent += await self._outbound.send(call)
        return sent


def _reports_danger(message: Message) -> bool:
    """Whether `message` answers danger that was just reported."""
    return message.get("metadata", {}).get("danger") == "report"


async def _would_report_danger(text: str, agent: Agent) -> bool:
    """Whether `text` by itself reports danger."""
    parsed = await agent.parse_message(clean(text)[:MAX_MESSAGE_LENGTH])
    return parsed["intent"]["name"] in DANGERS


def _text_for_dialogue(incoming: Incoming, offered: OfferedButtons) -> str:
    """Returns what we pass to the dialogue: the offered payload that was pressed or typed, otherwise the plain text."""
    text = clean(incoming.text)
    payload = offered.payload_for(incoming.choice) if incoming.choice else payload_for_typed(text, offered.latest)
    return payload or offered.strip_unoffered_payload(text) or UNREADABLE
