"""Runs the trained agent in the tests' own process, and talks to it like a channel."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent, load_agent
from rasa.core.channels.channel import UserMessage
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.trackers import DialogueStateTracker

from channels.offered import OfferedButtons
from channels.turn import Turn, conversation_store, take_turn
from commands.run import MODEL
from runtime.paths import ROOT
from tests.support.client import Message
from tests.support.servers import ACTION_SECRET


class Assistant:
    """The trained agent in this process."""

    def __init__(self, agent: Agent, loop: asyncio.AbstractEventLoop) -> None:
        self.agent, self._loop = agent, loop

    def wait(self, work: Any) -> Any:
        """Runs a coroutine on the agent's loop."""
        return self._loop.run_until_complete(work)

    def talk(self) -> Conversation:
        """Starts a new conversation."""
        return Conversation(self)

    def parse(self, text: str) -> dict[str, Any]:
        """Returns what Rasa's NLU makes of `text`."""
        return self.wait(self.agent.parse_message(text))


class Conversation:
    """One visitor's conversation."""

    def __init__(self, assistant: Assistant, sender: str | None = None) -> None:
        self.assistant, self.sender = assistant, sender or uuid.uuid4().hex

    def say(self, text: str) -> list[Message]:
        """Sends `text` like a channel does, and returns the replies."""
        return self.assistant.wait(self.answer(text))

    async def answer(self, text: str) -> list[Message]:
        """Returns the replies to `text`, on the agent's loop."""
        store = conversation_store(self.assistant.agent)
        async with store.open(self.sender) as opened:
            text = OfferedButtons(opened.tracker).strip_unoffered_payload(text)
            return await take_turn(Turn(text, self.sender, "web", "x"), self.assistant.agent.handle_message, store)

    def intend(
        self,
        intent: str,
        entities: tuple[dict[str, Any], ...] = (),
        text: str = "...",
        harmless: str | None = None,
        details: dict[str, str] | None = None,
        topics: tuple[str, ...] = (),
    ) -> list[Message]:
        """Sends a message with the given `intent`, bypassing the NLU. `harmless` is what else it may mean."""
        ranking = [{"name": harmless, "confidence": 0.9}] if harmless else []
        parsed = {
            "text": text,
            "intent": {"name": intent, "confidence": 1.0},
            "entities": list(entities),
            "intent_ranking": ranking,
            "details": details or {},
            "topics": list(topics),
        }

        async def handle(message: UserMessage) -> None:
            message.parse_data = parsed
            await self.assistant.agent.handle_message(message)

        return self._take(text, handle)

    def _take(self, text: str, handle: Any) -> list[Message]:
        store = conversation_store(self.assistant.agent)
        return self.assistant.wait(take_turn(Turn(text, self.sender, "web", "x"), handle, store))

    def slots(self) -> dict[str, Any]:
        """Returns the stored slots."""
        return self.assistant.wait(self.assistant.agent.tracker_store.retrieve(self.sender)).current_slot_values()

    def copy(self) -> Conversation:
        """Returns a second conversation with the same history."""
        store = self.assistant.agent.tracker_store
        tracker = self.assistant.wait(store.retrieve(self.sender))
        twin = Conversation(self.assistant)
        if tracker:
            events = list(tracker.events)
            self.assistant.wait(store.save(DialogueStateTracker.from_events(twin.sender, events, tracker.slots.values())))
        return twin


def load(folder: Path, action_port: str) -> Assistant:
    """Loads the trained agent, with the real store in `folder` and the action server on `action_port`."""
    endpoints = (ROOT / "endpoints.yml").read_text(encoding="utf-8")
    database = str(folder / "conversations.db")
    variables = {"${ACTION_PORT}": action_port, "${ACTION_SECRET}": ACTION_SECRET, "${CONVERSATIONS_DB}": database}
    for variable, value in variables.items():
        assert variable in endpoints
        endpoints = endpoints.replace(variable, value)
    (folder / "endpoints.yml").write_text(endpoints, encoding="utf-8")
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    read = AvailableEndpoints.read_endpoints(str(folder / "endpoints.yml"))
    agent = loop.run_until_complete(load_agent(str(ROOT / MODEL), endpoints=read))
    assert agent.is_ready(), "could not load the model; run `make train` first"
    return Assistant(agent, loop)
