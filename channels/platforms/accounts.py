"""A platform's accounts: a bot, page, number or app for each clinic that has one, each with an address of its own.

They share what is limited: the loop that picks up unanswered messages, and the number of turns at once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, Sanic
from sanic.exceptions import NotFound
from sanic.request import Request
from sanic.response import HTTPResponse

from channels.turn import Handle, conversation_store, ready_agent
from components.storage.platform_messages import PlatformMessages
from runtime import logs
from runtime.clinic import CLINIC_ID
from runtime.clinics import Clinics, clinic_of
from runtime.http_limits import limit_requests
from runtime.limits import SHUTDOWN_TIMEOUT

if TYPE_CHECKING:
    from channels.platforms.platform_channel import PlatformChannel

logger = logging.getLogger(__name__)
MAX_TURNS_OF_ALL = 16  # accounts of a platform at once, so that the next request still gets its 200 right away when we are busy
TAKE_UP_INTERVAL = 5.0  # seconds; a quarter of a lease on a message


@dataclass(frozen=True)
class Backend:
    """What the accounts of a platform share.

    Attributes:
        agent: Rasa's agent, with its model loaded.
        handle: hands a message to the agent.
        messages: what we have accepted from the platform and not answered yet.
        turn_slots: held by each turn that is running.
    """

    agent: Agent
    handle: Handle
    messages: PlatformMessages
    turn_slots: asyncio.Semaphore


class PlatformAccounts(InputChannel):
    """A platform, at `/webhooks/<platform>/<clinic>/webhook` for each clinic's account, and without a clinic for clinic.yml's.

    Without accounts, the platform is off.
    """

    def __init__(self, platform: str, signature_header: str, accounts: Mapping[str, PlatformChannel], clinics: Clinics) -> None:
        """Sets up the platform.

        Args:
            platform: its name.
            signature_header: the header that proves where a request comes from; without it, we only read a small one.
            accounts: by the id of the clinic.
            clinics: the clinics that we serve now. The account of one that has left is off.
        """
        self.accounts = accounts
        self._platform, self._signature_header, self._clinics = platform, signature_header, clinics
        self._turn_slots = asyncio.Semaphore(MAX_TURNS_OF_ALL)
        self._messages: PlatformMessages | None = None
        self._taking_up: asyncio.Future[None] | None = None

    def url_prefix(self) -> str:
        return self._platform

    def blueprint(self, on_new_message: Handle) -> Blueprint:
        routes = Blueprint(f"{self._platform}_channel", strict_slashes=False)
        if not self.accounts:
            return routes
        routes.middleware(logs.bind_request_id, "request")

        # Sanic silently drops methods here, so these are functions.
        @routes.before_server_start
        async def prepare(app: Sanic, _loop: Any) -> None:
            limit_requests(app)
            for account in self.accounts.values():
                await account.open()

        @routes.after_server_start
        async def take_up(app: Sanic, _loop: Any) -> None:
            self._taking_up = asyncio.ensure_future(self._take_up_forever(app, on_new_message))

        @routes.before_server_stop
        async def finish(app: Sanic, _loop: Any) -> None:
            await self._finish(app)

        async def webhook(request: Request, clinic_id: str = CLINIC_ID) -> HTTPResponse:
            return await self._account(clinic_id).receive(request, self._ready_backend(request.app, on_new_message))

        async def handshake(request: Request, clinic_id: str = CLINIC_ID) -> HTTPResponse:
            return self._account(clinic_id).handshake(request)

        for path in ("/webhook", "/<clinic_id>/webhook"):
            routes.add_route(webhook, path, ["POST"], ctx_signature_header=self._signature_header)
            routes.add_route(handshake, path)
        return routes

    def _account(self, clinic_id: str) -> PlatformChannel:
        if clinic_id not in self._clinics or clinic_id not in self.accounts:
            raise NotFound("There is no such account.")
        return self.accounts[clinic_id]

    async def _finish(self, app: Sanic) -> None:
        # The platforms stop one after another while the server still listens, so they share one deadline.
        if not _is_stopping(app):
            app.ctx.platforms_deadline = time.monotonic() + SHUTDOWN_TIMEOUT
        if self._taking_up:
            self._taking_up.cancel()
        seconds = app.ctx.platforms_deadline - time.monotonic()
        await asyncio.gather(*(account.finish(seconds) for account in self.accounts.values()))

    def _ready_backend(self, app: Sanic, handle: Handle) -> Backend | None:
        """Returns what turns need; None while the model is not loaded or the server is stopping."""
        agent = ready_agent(app)
        return None if not agent or _is_stopping(app) else self.backend(agent, handle)

    def backend(self, agent: Agent, handle: Handle) -> Backend:
        """Returns what turns need."""
        if not self._messages:
            keys = next(iter(self.accounts.values())).keys
            self._messages = PlatformMessages(conversation_store(agent).database, self._platform, keys)
        return Backend(agent, handle, self._messages, self._turn_slots)

    async def _take_up_forever(self, app: Sanic, handle: Handle) -> None:
        """Queues what a process that no longer lives has left unanswered. Never returns."""
        while True:
            try:
                backend = self._ready_backend(app, handle)
                found = backend and await self.take_up(backend)
            except Exception as error:
                logger.error("%s: could not take up unanswered messages: %s", self._platform, type(error).__name__)
                found = 0
            if not found:
                await asyncio.sleep(TAKE_UP_INTERVAL)

    async def take_up(self, backend: Backend) -> int:
        """Queues a batch of messages that another process has left unanswered. Returns how many."""
        abandoned = await backend.messages.take_up()
        for message in abandoned:
            account = self.accounts.get(clinic_of(message.sender_id))
            if account:  # otherwise we hold the message until a process that has the account replaces us
                account.take_up(message, backend)
        if abandoned:
            logger.warning("%s: took up %d messages that another process had not answered.", self._platform, len(abandoned))
        return len(abandoned)


def _is_stopping(app: Sanic) -> bool:
    """Whether the server is stopping. A message accepted now would get no answer, and the resend would count as a duplicate."""
    return hasattr(app.ctx, "platforms_deadline")
