"""Runs the real channels over HTTP, with the real agent behind them and imitations of the platforms in front."""

from __future__ import annotations

import asyncio
import json
import uuid
from pathlib import Path
from typing import Any

import sqlalchemy
import yaml
from rasa.core.channels.channel import register
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import class_from_module_path
from sanic import Sanic

from channels.identity import Pseudonyms
from channels.platforms.platform_channel import PlatformChannel
from channels.turn import conversation_store
from components.storage.tables import EVENTS
from tests.support.assistant import Assistant
from tests.support.client import free_port
from tests.support.platforms import PLATFORMS, Platform, Signed

KEY = "k" * 40
PAGE = "https://www.example-dermatology.com/chat"


class OneOfSeveralServers(Sanic):
    """A server that others may stand beside in the same process."""

    test_mode = True


class AllChannels:
    """All channels in one server on loopback, in this process, made from entries such as those in credentials.yml."""

    def __init__(self, assistant: Assistant, folder: Path, clinic: dict[str, Any]) -> None:
        self.assistant = assistant
        self.platforms: dict[str, Platform] = {platform.name: platform() for platform in PLATFORMS}
        self._runners = [assistant.wait(platform.start()) for platform in self.platforms.values()]
        entries: dict[str, Any] = {"channels.web.channel.WebChannel": {"secret": KEY}}
        for name, kind in (("telegram", "Telegram"), ("messenger", "Messenger"), ("whatsapp", "WhatsApp"), ("slack", "Slack")):
            entries[f"channels.platforms.{name}.{kind}Channel"] = {"secret": KEY, **self.platforms[name].credentials()}
        (folder / "clinic.yml").write_text(yaml.safe_dump(clinic))
        # Rasa passes only the entry, and the channels then read the environment of the process. All tests share that one.
        environment = {"CLINIC_FILE": str(folder / "clinic.yml"), "RATE_LIMIT": "off"}
        made = [class_from_module_path(path).from_credentials(entry, environment) for path, entry in entries.items()]
        self.channels: dict[str, PlatformChannel] = {channel.name(): channel for channel in made}
        app = OneOfSeveralServers(f"channels_{uuid.uuid4().hex}", configure_logging=False)
        register(made, app, "/webhooks/")
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
        lines = [f"POST /webhooks/{name}/webhook HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}", "Connection: close"]
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
            for name in self.platforms:
                await self.channels[name]._queues.finish(60)

        self.assistant.wait(finish())

    def ask(self, name: str, user: str, *requests: Signed) -> tuple[list[int], list[Any]]:
        """Posts `requests`, waits for the answers, and returns the statuses and what `user` saw."""
        before = len(self.platforms[name].seen(user))
        statuses = self.deliver(name, *requests)
        self.idle()
        return statuses, self.platforms[name].seen(user)[before:]

    def conversation(self, name: str, user: str) -> str:
        """Returns the conversation id of `user`."""
        return Pseudonyms(KEY, name).conversation(f"T1 {user}" if name == "slack" else user)

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
