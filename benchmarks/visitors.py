"""Simulated visitors who hold whole conversations with the web channel the way the widget does, and check every answer.

Each has an address of its own. They start a session and send each message with an `Idempotency-Key`. If there is no answer
they resend it with the same key, and they wait if the server tells them to. They check each reply against its question. At the
end they compare the history with what was said: nothing lost, nothing doubled, nothing from anybody else. `make bench`,
`make soak` and tests use them.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
import statistics
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

import aiohttp

from channels.text import clean
from commands.run import START_TIMEOUT
from components.dialogue.texts import fixed_text
from components.privacy.masking import mask
from tests.support.client import Message
from tests.support.conversations import FILES, differs, pressed, turns

PATIENCE = 15.0  # seconds for one request, the same as the widget's
GIVES_UP = float(START_TIMEOUT)  # seconds until an unanswered message counts as lost; Rasa may take this long to start
PAUSE = 1.0  # seconds before the next attempt
KEPT_OPEN = 4.0  # seconds; the server closes an idle connection after five, perhaps just as we send a message
HANGS_UP, TRIES_AGAIN = 0.05, 5.0  # maximum seconds until an impatient visitor hangs up, and then sends it again
# The texts that honestly say that we cannot continue.
SAFE, CANNOT_GO_ON = fixed_text("utter_safe_text"), fixed_text("utter_check_unavailable")
ON_WITH_THE_CHECK = "am i a candidate"
ANSWERED, REFUSED, WITHOUT_PAST = "answered", "refused honestly", "answered without its past"
UNREACHED, SLOWED, HUNG_UP = "not reached, sent again", "asked to wait", "hung up, sent again"

# What visitors say, and the expected replies as in tests/conversations; None allows anything but silence or a notice.
Script = list[tuple[str, list[str] | None]]
Answer = tuple[int, Any, Any]  # status, headers, body


def scripts() -> list[Script]:
    """Returns all conversations in the tests: questions, the check by words and by buttons, danger, nonsense and corrections."""
    return [turns(path) for path in FILES]


class WrongReplyError(Exception):
    """A reply that does not fit its question, or a status that the channel should not return."""


class UnansweredError(Exception):
    """A message that got no answer, no matter how often we sent it."""


@dataclass(frozen=True)
class Event:
    """The outcome of one message or attempt: its start and end (`time.monotonic`), and one of the words above."""

    began: float
    ended: float
    how: str


@dataclass
class Tally:
    """What happened to a crowd.

    Attributes:
        events: all messages and failed attempts.
        conversations: how many ended normally.
        wrong, lost, doubled: a line for each case; all three must stay empty.
    """

    events: list[Event] = field(default_factory=list)
    conversations: int = 0
    wrong: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)

    def during(self, began: float = -math.inf, ended: float = math.inf) -> list[Event]:
        """Returns the events that overlap the time between `began` and `ended`."""
        return [event for event in self.events if event.began <= ended and event.ended >= began]

    @property
    def faults(self) -> list[str]:
        """Descriptions of everything that must not happen."""
        named = {"wrong": self.wrong, "lost": self.lost, "doubled": self.doubled}
        return [f"{name}: {line}" for name, lines in named.items() for line in lines]


def count(events: list[Event]) -> Counter[str]:
    """Counts `events` by outcome."""
    return Counter(event.how for event in events)


def waits(events: list[Event]) -> list[float]:
    """Returns how many milliseconds the answered messages took."""
    return [1000 * (event.ended - event.began) for event in events if event.how == ANSWERED]


def percentile(values: list[float]) -> float:
    """Returns the 95th percentile of at least two values."""
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def client(number: int) -> aiohttp.ClientSession:
    """Returns an HTTP client with a loopback address of its own, so that the server's limits per address count it alone."""
    address = f"127.1.{number // 250}.{number % 250 + 1}"
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEPT_OPEN, local_addr=(address, 0))
    return aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=PATIENCE))


class Web:
    """The web channel of the assistant, over HTTP."""

    def __init__(self, client: aiohttp.ClientSession, address: str) -> None:
        """Takes the channel's URL, which ends in `/webhooks/web`."""
        self._client, self._address = client, address

    async def begin(self) -> Answer:
        """Asks for a new session."""
        return await self._call("POST", "session", {})

    async def send(self, token: str, message: str, key: str) -> Answer:
        """Sends one message."""
        return await self._call("POST", "webhook", {"message": message}, token, key)

    async def history(self, token: str) -> Answer:
        """Asks for the conversation so far."""
        return await self._call("GET", "history", None, token)

    async def _call(self, method: str, path: str, body: Any, token: str = "", key: str = "") -> Answer:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"Idempotency-Key": key} if key else {}
        async with self._client.request(method, f"{self._address}/{path}", json=body, headers=headers) as answer:
            try:
                return answer.status, answer.headers, await answer.json(content_type=None)
            except ValueError:
                return answer.status, answer.headers, None  # a proxy's page


@dataclass
class Crowd:
    """Visitors who talk at the same time, each in one conversation after another.

    Attributes:
        address: the channel's URL.
        visitors: how many conversations run at once.
        think: mean seconds between a visitor's messages. Times are exponential, so that all messages arrive at random.
        seconds, conversations: when to stop, whichever comes first. Unfinished conversations are checked too.
        open_ended: a message is due at its time no matter how late the last answer was, and its wait counts from then.
            Otherwise a visitor thinks after each answer.
        impatient: the share of messages where the visitor hangs up and sends the message again.
        store_fails: whether the store may have failed between two times (`time.monotonic`). Messages answered then may be
            missing from the history; the visitor looks them up and repeats them. We excuse nothing else.
        script: the conversations to choose from.
        channel: the class that talks to the address.
        checks_history: whether to check the history at the end of each conversation.
        pause, tries_again, gives_up: seconds; see the constants above.
    """

    address: str
    visitors: int
    think: float
    seconds: float = math.inf
    conversations: int | None = None
    open_ended: bool = False
    impatient: float = 0.0
    store_fails: Callable[[float, float], bool] = lambda began, ended: False
    script: list[Script] = field(default_factory=scripts)
    channel: type[Web] = Web
    checks_history: bool = True
    pause: float = PAUSE
    tries_again: float = TRIES_AGAIN
    gives_up: float = GIVES_UP
    tally: Tally = field(default_factory=Tally)

    def stop(self) -> None:
        """Stops now. Call it on the event loop that the crowd runs on."""
        self.ends = time.monotonic()
        self._over.set()

    async def run(self) -> Tally:
        """Runs until the end and returns the tally, which you can also read while it runs."""
        self._over = asyncio.Event()
        self.ends = time.monotonic() + self.seconds
        left = islice(self._in_turn(), self.conversations)
        await asyncio.gather(*(self._visit(number, left) for number in range(self.visitors)))
        return self.tally

    async def over_at(self, due: float) -> bool:
        """Waits until a time (`time.monotonic`) or until somebody calls `stop`. Returns whether somebody did."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._over.wait(), max(0.0, due - time.monotonic()))
        return self._over.is_set()

    def _in_turn(self) -> Iterator[Script]:
        """Yields every script once before it repeats any."""
        while True:
            yield from random.sample(self.script, len(self.script))

    async def _visit(self, number: int, left: Iterator[Script]) -> None:
        due = time.monotonic()
        async with client(number) as session:
            for script in left:
                visitor = Visitor(self, self.channel(session, self.address), due)
                await visitor.converse(script)
                due = visitor.due
                if time.monotonic() >= self.ends:
                    return


class Visitor:
    """One visitor in one conversation."""

    def __init__(self, crowd: Crowd, channel: Web, due: float) -> None:
        """Takes the time when the visitor started to think about the first message."""
        self._crowd, self._channel, self.due = crowd, channel, due
        self._token = ""
        self._latest = ""
        self._said: list[tuple[str, list[Message]]] = []  # what must be in the history

    async def converse(self, script: Script) -> None:
        """Holds as much of the conversation as there is time for, and checks it."""
        crowd, replies = self._crowd, []
        try:
            for said, expected in script:
                if not await self._think():
                    break
                self._token = self._token or (await self._ask(self._channel.begin))["sender"]
                replies = await self._say(_written(said, replies), expected)
            else:
                crowd.tally.conversations += 1
        except WrongReplyError as error:
            crowd.tally.wrong.append(str(error))
        except UnansweredError as error:
            crowd.tally.lost.append(str(error))
        if crowd.checks_history and self._said:
            try:
                self._compare(await self._history())
            except (WrongReplyError, UnansweredError) as error:
                crowd.tally.wrong.append(f"history: {error}")

    async def _think(self) -> bool:
        """Waits until the next message is due. Returns whether there is time for it."""
        crowd = self._crowd
        if not crowd.open_ended:
            self.due = time.monotonic()
        self.due += random.expovariate(1 / crowd.think) if crowd.think else 0
        return not await crowd.over_at(min(self.due, crowd.ends)) and time.monotonic() < crowd.ends

    async def _say(self, message: str, expected: list[str] | None) -> list[Message]:
        """Says something until it gets the expected answer. Returns the replies.

        Raises:
            WrongReplyError: a reply does not fit.
            UnansweredError: there is no reply.
        """
        crowd, began = self._crowd, self.due
        until = time.monotonic() + crowd.gives_up
        asked_for_result = False
        while True:
            self._latest = message
            send = partial(self._channel.send, self._token, message, uuid.uuid4().hex)
            sent, first = time.monotonic(), None
            if random.random() < crowd.impatient:
                first = await self._hang_up(send)
                began = time.monotonic()
            replies = await self._ask(send, until)
            ended = time.monotonic()
            if not isinstance(replies, list) or not replies:
                raise WrongReplyError(f"{message!r}: {replies!r}")
            shown = kept = _shown(replies)
            refused = any(reply["text"] in (SAFE, CANNOT_GO_ON) for reply in shown)
            if refused or crowd.store_fails(sent, ended):
                # The server could not look up whether it had already answered.
                kept = await self._kept()
            elif first not in (None, replies):
                self._said.append((message, _shown(first)))
                raise WrongReplyError(f"{message!r}, sent twice under one key: {_brief(first)}, then {_brief(replies)}")
            if kept is not None:
                self._said.append((message, kept))
            how = REFUSED if refused else ANSWERED if kept == shown else WITHOUT_PAST
            crowd.tally.events.append(Event(began, ended, how))
            if how == ANSWERED or kept not in (None, shown):
                break  # a late answer is in the history
            if ended > until:
                raise UnansweredError(f"{message!r} was refused for too long")
            if kept is not None:
                # Only the assessment failed. The answers are stored, so ask for the result.
                message, asked_for_result = ON_WITH_THE_CHECK, True
            await asyncio.sleep(crowd.pause)
            began = time.monotonic()
        difference = _result_differs(kept, expected or ()) if asked_for_result else differs(kept, expected) if expected else ""
        if difference:
            raise WrongReplyError(f"{message!r}: {difference}")
        return kept

    async def _hang_up(self, send: Callable[[], Awaitable[Answer]]) -> Any:
        """Sends a message, hangs up soon, and waits a while. Returns the answer if it came before that."""
        began = time.monotonic()
        try:
            status, _, body = await asyncio.wait_for(send(), random.uniform(0, HANGS_UP))
        except (asyncio.TimeoutError, aiohttp.ClientError):
            status, body = 0, None
        self._crowd.tally.events.append(Event(began, time.monotonic(), HUNG_UP))
        await asyncio.sleep(random.uniform(0, self._crowd.tries_again))
        return body if status == 200 else None

    async def _ask(self, call: Callable[[], Awaitable[Answer]], until: float = math.inf, noted: bool = True) -> Any:
        """Repeats a request until it gets an answer, and returns the body. Failed attempts are `noted` as events.

        Raises:
            WrongReplyError: the status of the answer is not allowed here.
            UnansweredError: no answer before `until` (`time.monotonic`); by default, as long as Rasa may take to start.
        """
        until = min(until, time.monotonic() + self._crowd.gives_up)
        while True:
            began, wait, how = time.monotonic(), self._crowd.pause, UNREACHED
            try:
                status, headers, body = await call()
            except (aiohttp.ClientError, asyncio.TimeoutError) as error:
                why = type(error).__name__
            else:
                if status == 200:
                    return body
                why = f"{status} {body}"
                if status == 429:
                    wait, how = float(headers["Retry-After"]), SLOWED
                elif status == 503 and isinstance(body, dict) and body.get("emergency"):
                    how = REFUSED
                elif status < 500:
                    raise WrongReplyError(why)
            if noted:
                self._crowd.tally.events.append(Event(began, time.monotonic(), how))
            if time.monotonic() + wait > until:
                raise UnansweredError(why)
            await asyncio.sleep(wait)

    async def _history(self) -> list[tuple[str, list[Message]]]:
        """Returns the stored conversation: what the visitor said, and the replies."""
        kept: list[tuple[str, list[Message]]] = []
        for line in await self._ask(partial(self._channel.history, self._token), noted=False):
            if line["from"] == "visitor":
                kept.append((line["text"], []))
            elif kept:
                kept[-1][1].append({key: value for key, value in line.items() if key not in ("from", "time")})
        return kept

    async def _kept(self) -> list[Message] | None:
        """Returns the replies to the latest message in the history; None if it was not stored."""
        kept = await self._history()
        return kept[len(self._said)][1] if len(kept) > len(self._said) else None

    def _compare(self, kept: list[tuple[str, list[Message]]]) -> None:
        """Compares the stored conversation with what was said.

        Raises:
            WrongReplyError: nothing is lost or doubled, but something differs.
        """
        tally, said = self._crowd.tally, [(mask(clean(message)), _shown(replies)) for message, replies in self._said]
        said_counts, kept_counts = Counter(message for message, _ in said), Counter(message for message, _ in kept)
        tally.lost += [f"{message!r} is not in the history" for message in (said_counts - kept_counts).elements()]
        tally.doubled += [
            f"{message!r} is in the history once more"
            for message in (kept_counts - said_counts).elements()
            if message in said_counts
        ]
        # The latest message may be stored even though it got no answer.
        foreign = set(kept_counts) - set(said_counts) - {mask(clean(self._latest))}
        if foreign:
            raise WrongReplyError(f"what was never said: {foreign}")
        if said_counts == kept_counts and said != kept:
            mine, other = next(pair for pair in zip(said, kept, strict=True) if pair[0] != pair[1])
            raise WrongReplyError(f"{mine[0]!r} was answered by {_brief(mine[1])}; kept is {other[0]!r}, {_brief(other[1])}")


def _written(said: str, replies: list[Message]) -> str:
    """Returns what a line of a script sends: a text, or the payload of a button in the replies before it.

    Raises:
        WrongReplyError: there is no such button.
    """
    try:
        return pressed(said[1:-1], replies) if said.startswith("[") else said
    except KeyError:
        raise WrongReplyError(f"no button {said} below {_brief(replies)}") from None


def _shown(replies: list[Message]) -> list[Message]:
    """Returns replies in the form that the history has."""
    return [{key: value for key, value in reply.items() if key != "recipient_id"} for reply in replies]


def _result_differs(kept: list[Message], expected: Sequence[str]) -> str:
    """Returns how the result of a check differs from the expected one. Ignores the replies around it, which came earlier."""
    result = [reply for reply in kept if reply["metadata"]["kind"] == "assessment"]
    lines = [line for line in expected if line.startswith("assessment")]
    return differs(result, lines) or ("" if result else "no result")


def _brief(replies: list[Message]) -> list[str]:
    """Returns the start of each reply."""
    return [reply["text"][:60] for reply in replies]
