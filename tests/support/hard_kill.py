"""Many people write on Telegram at once, and the server is killed in the middle: who was answered, and how often."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

from channels.platforms.queues import MAX_CONCURRENT_TURNS
from commands.run import wait_until_ready
from tests.support.platforms import SECRET, TOKEN, Signed, Telegram
from tests.support.servers import Server

EMERGENCY = "my throat is closing up"
# While as many turns run, about as many answers of earlier turns are being sent and recorded.
MAX_UNRECORDED = 2 * MAX_CONCURRENT_TURNS
ANSWER_TIMEOUT = 300.0  # seconds; a lease, a start on a busy machine, and the turns


@contextlib.contextmanager
def telegram() -> Iterator[Telegram]:
    """Runs Telegram's side on loopback, in a thread."""
    loop, platform = asyncio.new_event_loop(), Telegram()
    runner = loop.run_until_complete(platform.start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield platform
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def settings(platform: Telegram) -> dict[str, str]:
    """Returns the environment of a server that talks to `platform`."""
    return {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_WEBHOOK_SECRET": SECRET, "TELEGRAM_API_URL": platform.address}


@contextlib.contextmanager
def killed(server: Server) -> Iterator[None]:
    """Kills Rasa, and waits at the end until commands/run.py has started it again."""
    server.part("commands.rasa").kill()
    yield
    assert wait_until_ready(f"{server.address}/health", [server.process]), "Rasa did not come back"


def post(channel: str, request: Signed) -> int:
    """Delivers one update to the server whose web channel is at `channel`. Returns the status; 0 if there is no answer."""
    body, headers = request
    address = f"{channel.rpartition('/')[0]}/telegram/webhook"
    try:
        with urllib.request.urlopen(urllib.request.Request(address, body, headers), timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def deliver(channel: str, request: Signed) -> None:
    """Delivers an update as Telegram does: until it is accepted."""
    until = time.monotonic() + ANSWER_TIMEOUT
    while post(channel, request) != 200:
        assert time.monotonic() < until, "the update was never accepted"
        time.sleep(0.5)


def answers_after_a_kill(
    channel: str, kill: AbstractContextManager[None], platform: Telegram, people: int, kill_after: int
) -> dict[str, list[str]]:
    """Returns what each of `people` was told, if a process is killed once `kill_after` of them have been told to call.

    Every update is delivered until it is accepted, and then once more.

    Args:
        channel: the URL of the web channel; updates go to the same server.
        kill: kills the process at its start, and ends once the process is back.
        platform: Telegram's side, which gets the answers.
        people: how many write at once.
        kill_after: how many of them are answered before the kill.
    """
    updates = [platform.message(platform.user(), EMERGENCY) for _ in range(people)]
    users = {str(update["message"]["from"]["id"]) for update in updates}
    requests = [platform.sign(update) for update in updates]

    def told() -> dict[str, list[str]]:
        texts: dict[str, list[str]] = {user: [] for user in users}
        for message in platform.shown:
            if message.to in texts:
                texts[message.to].append(message.text)
        return texts

    def answered() -> int:
        return sum(bool(_calls(texts)) for texts in told().values())

    def wait_for(number: int) -> None:
        until = time.monotonic() + ANSWER_TIMEOUT
        while answered() < number and time.monotonic() < until:
            time.sleep(0.005)

    with ThreadPoolExecutor(16) as senders:
        delivering = [senders.submit(deliver, channel, request) for request in requests]
        wait_for(kill_after)
        with kill:
            assert answered() < people, "all were answered before the kill"
            for sent in delivering:
                sent.result()
        for again in [senders.submit(deliver, channel, request) for request in requests]:
            again.result()
    wait_for(people)
    time.sleep(1.0)  # for answers that should not come
    return told()


def _calls(texts: list[str]) -> int:
    """Returns how many of `texts` tell the visitor to call."""
    return sum(text.startswith("Call 911") for text in texts)


def check_answers(told: dict[str, list[str]]) -> None:
    """Asserts that everybody was told to call, and only those twice whose answer was sent but not recorded at the kill."""
    lost = {user: texts for user, texts in told.items() if not _calls(texts)}
    assert not lost, "accepted and lost"
    answers = list(map(_calls, told.values()))
    assert max(answers) <= 2
    assert sum(answers) <= len(told) + MAX_UNRECORDED, "only what was being sent may come twice"
