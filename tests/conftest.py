"""What the tests share: the real agent with the real action server, and the real server over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import hypothesis
import psutil
import pytest
import structlog
from rasa.core.agent import Agent, load_agent
from rasa.core.channels.channel import UserMessage
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.trackers import DialogueStateTracker

from channels.identity import Sessions
from channels.offered import without_unoffered_payload
from channels.turn import Turn, conversation_store, take_turn
from commands.run import MODEL, wait_until_ready
from runtime.clinic import load_clinic
from runtime.limits import STOP_TIMEOUT
from runtime.paths import ROOT

Message = dict[str, Any]
LONGEST = ("widget", "faults", "deploy", "attacks")  # folders
# As `rasa run` does; without it every debug line is printed.
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
# The same examples each time; with `--hypothesis-profile=fresh` new ones.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None, database=None)
hypothesis.settings.register_profile("fresh", derandomize=False, deadline=None, database=None, print_blob=True)
hypothesis.settings.load_profile("steady")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts what takes longest first, so that tests that run side by side end together."""
    items.sort(key=lambda item: LONGEST.index(item.path.parent.name) if item.path.parent.name in LONGEST else len(LONGEST))


def free_port() -> str:
    """Returns a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


class Assistant:
    """The trained agent in this process, spoken to as a channel would."""

    def __init__(self, agent: Agent, loop: asyncio.AbstractEventLoop) -> None:
        self.agent, self._loop = agent, loop

    def wait(self, work: Any) -> Any:
        """Runs a coroutine on the agent's loop."""
        return self._loop.run_until_complete(work)

    def talk(self) -> Conversation:
        """Begins a new conversation."""
        return Conversation(self)

    def parse(self, text: str) -> dict[str, Any]:
        """Returns what Rasa's NLU makes of `text`."""
        return self.wait(self.agent.parse_message(text))


class Conversation:
    """One visitor's conversation."""

    def __init__(self, assistant: Assistant, sender: str | None = None) -> None:
        self.assistant, self.sender = assistant, sender or uuid.uuid4().hex

    def say(self, text: str) -> list[Message]:
        """Sends `text` as a channel does, and returns the replies."""
        store = self.assistant.agent.tracker_store
        guarded = self.assistant.wait(without_unoffered_payload(text, self.sender, store))
        return self._take(guarded, self.assistant.agent.handle_message)

    def intend(self, intent: str, entities: tuple[dict[str, Any], ...] = (), text: str = "...") -> list[Message]:
        """Sends a message that was understood as `intent`, past the NLU."""
        parsed = {"text": text, "intent": {"name": intent, "confidence": 1.0}, "entities": list(entities)}

        async def handle(message: UserMessage) -> None:
            message.parse_data = parsed
            await self.assistant.agent.handle_message(message)

        return self._take(text, handle)

    def _take(self, text: str, handle: Any) -> list[Message]:
        store = conversation_store(self.assistant.agent)
        return self.assistant.wait(take_turn(Turn(text, self.sender, "web", "x"), handle, store))

    def slots(self) -> dict[str, Any]:
        """Returns the slots as they are stored."""
        return self.assistant.wait(self.assistant.agent.tracker_store.retrieve(self.sender)).current_slot_values()

    def copy(self) -> Conversation:
        """Returns a second conversation with the same past."""
        store = self.assistant.agent.tracker_store
        tracker = self.assistant.wait(store.retrieve(self.sender))
        twin = Conversation(self.assistant)
        if tracker:
            events = list(tracker.events)
            self.assistant.wait(store.save(DialogueStateTracker.from_events(twin.sender, events, tracker.slots.values())))
        return twin


@pytest.fixture(scope="session")
def action_server() -> Iterator[subprocess.Popen]:
    """The real action server on a free port."""
    os.environ["ACTION_PORT"] = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "actions.server"], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    assert wait_until_ready(f"http://127.0.0.1:{os.environ['ACTION_PORT']}/health", [process])
    yield process
    process.terminate()
    process.wait(10)


@pytest.fixture(scope="session")
def assistant(action_server: subprocess.Popen, tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """The trained agent with the real store and the real action server."""
    os.environ["CONVERSATIONS_DB"] = str(tmp_path_factory.mktemp("store") / "conversations.db")
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    agent = loop.run_until_complete(load_agent(str(ROOT / MODEL), endpoints=endpoints))
    assert agent.is_ready(), "the model could not be loaded; `make train` first"
    return Assistant(agent, loop)


class Client:
    """Speaks to the web channel at `address`."""

    def __init__(self, address: str) -> None:
        self.address = address

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], Any]:
        """Returns the status, the headers and the decoded body. `body` is sent as JSON unless it is bytes."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
        request = urllib.request.Request(f"{self.address}/{path}", data, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                status, received, content = response.status, response.headers, response.read()
        except urllib.error.HTTPError as error:
            status, received, content = error.code, error.headers, error.read()
        is_json = (received.get("Content-Type") or "").startswith("application/json")
        return status, dict(received), json.loads(content) if is_json else content

    def say(self, token: str, message: Any, **headers: str) -> tuple[int, Any]:
        """Sends a message and returns the status and the reply."""
        status, _, reply = self.call("POST", "webhook", {"sender": token, "message": message}, **headers)
        return status, reply


class Server(Client):
    """The assistant as `make run` starts it, spoken to over HTTP."""

    def __init__(self, process: subprocess.Popen, database: Path | str, settings: Mapping[str, str]) -> None:
        self.process, self.database = process, database
        self.port, self.action_port, self.metrics_port = (settings[f"{name}PORT"] for name in ("", "ACTION_", "METRICS_"))
        super().__init__(f"http://127.0.0.1:{self.port}/webhooks/web")
        self._sessions = Sessions(settings["SESSION_SECRET"], load_clinic())

    def part(self, name: str) -> psutil.Process:
        """Returns the process of Rasa or of the action server: `rasa` or `actions.server`."""
        (process,) = [one for one in psutil.Process(self.process.pid).children(recursive=True) if name in one.cmdline()]
        return process

    def figures(self) -> str:
        """Returns the figures for Prometheus."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=10) as answer:
            return answer.read().decode()

    def post_to_actions(self, body: bytes, **headers: str) -> tuple[int, bytes]:
        """Posts to the action server; returns the status and the answer."""
        sent = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
        request = urllib.request.Request(f"http://127.0.0.1:{self.action_port}/webhook", body, sent)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def session(self, age: float = 0) -> str:
        """Returns a session token, minted here with the shared key so that the limit on new sessions is left to its test.

        Args:
            age: how many seconds ago it was minted.
        """
        return self._sessions.mint(time.time() - age)


@contextlib.contextmanager
def running(database: Path | str, until_ready: str = "health", **settings: str) -> Iterator[Server]:
    """Runs the assistant as `make run` does, on free ports unless `settings` say otherwise.

    Args:
        database: a file, or the URL of a PostgreSQL database.
        until_ready: the address that must answer 200 before anything is asked.
        settings: environment variables.
    """
    secret = secrets.token_hex(32)
    ports = {name: free_port() for name in ("PORT", "ACTION_PORT", "METRICS_PORT")}
    chosen = {**ports, "CONVERSATIONS_DB": str(database), "SESSION_SECRET": secret}
    # One platform is set up, the others are off, as in a clinic.
    chosen |= {"TELEGRAM_TOKEN": "1:x", "TELEGRAM_WEBHOOK_SECRET": "secret-of-the-test", **settings}
    process = subprocess.Popen([sys.executable, "-m", "commands.run"], cwd=ROOT, env={**os.environ, **chosen})
    server = Server(process, database, chosen)
    try:
        assert wait_until_ready(f"{server.address}/{until_ready}", [process])
        yield server
    finally:
        end(process)


def end(process: subprocess.Popen) -> None:
    """Ends a process, and what it started if it does not do so itself."""
    started = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.terminate()
    try:
        process.wait(2 * STOP_TIMEOUT + 5)
    except subprocess.TimeoutExpired:
        for one in started:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        process.kill()
        raise


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The assistant as `make run` starts it, with a database of its own."""
    with running(tmp_path_factory.mktemp("server") / "conversations.db") as running_server:
        yield running_server


def kinds(replies: list[Message]) -> list[str]:
    """Returns the replies in short: their kind, with the topic, question or outcome where there is one."""
    short = []
    for reply in replies:
        about = reply.get("metadata") or {}
        detail = about.get("outcome") or about.get("slot") or (about.get("topic") if about.get("kind") == "answer" else None)
        short.append(f"{about.get('kind')} {detail}" if detail else str(about.get("kind")))
    return short
