"""Runs the real channels over HTTP, with the real agent behind them and imitations of the platforms in front."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy
import yaml
from rasa.core.channels.channel import register
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Sanic

from channels.identity import Pseudonyms
from channels.platforms.accounts import Backend, PlatformAccounts
from channels.platforms.messenger import MessengerChannel
from channels.platforms.platform_channel import PlatformChannel
from channels.platforms.slack import SlackChannel
from channels.platforms.telegram import TelegramChannel
from channels.platforms.whatsapp import WhatsAppChannel
from channels.turn import conversation_store
from channels.web.channel import WebChannel
from components.storage.tables import EVENTS
from runtime.clinic import CLINIC_ID
from runtime.clinics import clinic_of, clinic_variable, id_at_clinic
from tests.support.assistant import Assistant
from tests.support.client import free_port
from tests.support.platforms import PLATFORMS, Platform, Signed

CHANNELS = {channel.name(): channel for channel in (TelegramChannel, MessengerChannel, WhatsAppChannel, SlackChannel)}
KEY = "k" * 40
PAGE = "https://www.example-dermatology.com/chat"


class OneOfSeveralServers(Sanic):
    """A server that others may stand beside in the same process."""

    test_mode = True


class AllChannels:
    """All channels in one server on loopback, in this process, made from entries such as those in credentials.yml.

    Attributes:
        platforms: by the id of the account: "telegram" for the clinic of clinic.yml, "north.telegram" for another one.
        channels: likewise.
        accounts: those of a platform, by its name.
        folder: the clinics' files.
    """

    def __init__(
        self, assistant: Assistant, folder: Path, clinic: dict[str, Any], others: Mapping[str, dict[str, Any]] = {}
    ) -> None:
        """Starts the server. Each clinic has an account on every platform, and its secrets are in the environment."""
        self.assistant = assistant
        clinics = {CLINIC_ID: clinic, **others}
        self.platforms: dict[str, Platform] = {
            id_at_clinic(clinic_id, platform.name): platform("" if clinic_id == CLINIC_ID else clinic_id)
            for clinic_id in clinics
            for platform in PLATFORMS
        }
        self._runners = [assistant.wait(platform.start()) for platform in self.platforms.values()]
        self.folder = folder / "clinics"
        self.folder.mkdir()
        for clinic_id, fields in clinics.items():
            (self.folder / f"{clinic_id}.yml").write_text(yaml.safe_dump(fields))
        # Rasa passes only the entry, and the channels then read the environment of the process. All tests share that one.
        environment = {"CLINICS_FOLDER": str(self.folder), "RATE_LIMIT": "off", "SESSION_SECRET": KEY}
        entries: dict[str, dict[str, str]] = {platform.name: {} for platform in PLATFORMS}
        for account, platform in self.platforms.items():
            for setting, value in platform.credentials().items():
                variable = f"{platform.name}_{setting}".upper()
                entries[platform.name][setting] = f"${{{variable}}}"
                environment[clinic_variable(variable, clinic_of(account))] = value
        self.accounts: dict[str, PlatformAccounts] = {
            name: CHANNELS[name].from_credentials({"secret": "${SESSION_SECRET}", **entry}, environment)
            for name, entry in entries.items()
        }
        self.channels: dict[str, PlatformChannel] = {
            id_at_clinic(clinic_id, name): channel
            for name, platform in self.accounts.items()
            for clinic_id, channel in platform.accounts.items()
        }
        web = WebChannel.from_credentials({"secret": KEY}, environment)
        app = OneOfSeveralServers(f"channels_{uuid.uuid4().hex}", configure_logging=False)
        register([web, *self.accounts.values()], app, "/webhooks/")
        app.ctx.agent = assistant.agent
        self._server = assistant.wait(self._serve(app))
        self.address = f"http://127.0.0.1:{self._server.server.sockets[0].getsockname()[1]}/webhooks"

    @staticmethod
    async def _serve(app: Sanic) -> Any:
        server = await app.create_server(host="127.0.0.1", port=int(free_port()), return_asyncio_server=True)
        await server.startup()
        await server.before_start()
        return server

    def close(self) -> None:
        async def stop() -> None:
            await self._server.before_stop()
            self._server.server.close()
            for runner in self._runners:
                await runner.cleanup()

        self.assistant.wait(stop())

    async def _deliver(self, name: str, requests: list[Signed]) -> list[int]:
        return [await self._post(name, body, headers) for body, headers in requests]

    async def _post(self, name: str, body: bytes, headers: dict[str, str]) -> int:
        """Posts raw bytes, because no client library would send what an attacker might."""
        host, port = self.address.split("/")[2].split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        path = f"{self.platforms[name].name}/{self.platforms[name].path}"
        lines = [f"POST /webhooks/{path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}", "Connection: close"]
        lines += [f"{key}: {value}" for key, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + body)
        answer = await reader.read()
        writer.close()
        return int(answer.split()[1])

    def deliver(self, name: str, *requests: Signed) -> list[int]:
        """Posts `requests` one after the other. Returns their statuses without waiting for the answers."""
        return self.assistant.wait(self._deliver(name, list(requests)))

    def idle(self) -> None:
        """Waits until every queue is empty."""

        async def finish() -> None:
            for channel in self.channels.values():
                await channel._queues.finish(60)

        self.assistant.wait(finish())

    def ask(self, name: str, user: str, *requests: Signed) -> tuple[list[int], list[Any]]:
        """Posts `requests`, waits for the answers, and returns the statuses and what `user` saw."""
        before = len(self.platforms[name].seen(user))
        statuses = self.deliver(name, *requests)
        self.idle()
        return statuses, self.platforms[name].seen(user)[before:]

    def conversation(self, name: str, user: str) -> str:
        """Returns the conversation id of `user`."""
        platform = self.platforms[name].name
        return Pseudonyms(KEY, platform, clinic_of(name)).conversation(f"T1 {user}" if platform == "slack" else user)

    def backend(self, name: str) -> Backend:
        """Returns what the accounts of the platform called `name` share."""
        return self.accounts[name].backend(self.assistant.agent, self.assistant.agent.handle_message)

    def slots(self, name: str, user: str) -> dict[str, Any]:
        """Returns the slots that the next turn of `user` begins with."""
        store = conversation_store(self.assistant.agent)
        slots: dict[str, Any] = self.assistant.wait(store.retrieve(self.conversation(name, user))).current_slot_values()
        return slots

    def tracker(self, name: str, user: str) -> Any | None:
        """Returns the stored messages of the conversation with `user`, without slots; None if there are none."""
        store, sender = conversation_store(self.assistant.agent), self.conversation(name, user)
        events = sqlalchemy.select(EVENTS.c.data).where(EVENTS.c.sender_id == sender).order_by(EVENTS.c.id)
        stored = self.assistant.wait(store.database.run(lambda connection: connection.execute(events).scalars().all()))
        return DialogueStateTracker.from_dict(sender, list(map(json.loads, stored)), store.domain.slots) if stored else None
