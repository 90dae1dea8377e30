"""Questions and conversations by people who wrote no training data, with what a good reply says and what it must not say.

They stand in tests/answers/. A reply is judged by regular expressions on its words in lower case, without the last referral: of
each group in `must` one has to be found, and nothing of `must_not`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.paths import ROOT
from tests.support.client import Message
from tests.support.servers import Server
from tests.support.validation_messages import REAL_MESSAGES

FOLDER = ROOT / "tests" / "answers"
CLINIC_FILE = FOLDER / "clinic.yml"
REFERRAL = "referral"  # kind of a message
REAL = "real_messages"
ENGLISH, SPANISH = "en", "es"


@dataclass(frozen=True)
class Expected:
    """What a reply must and must not say, as regular expressions."""

    must: Sequence[Sequence[str]]
    must_not: Sequence[str]

    def is_met_by(self, reply: str) -> bool:
        found = all(any(re.search(pattern, reply) for pattern in group) for group in self.must)
        return found and not any(re.search(pattern, reply) for pattern in self.must_not)


@dataclass(frozen=True)
class Question:
    """A message that needs no conversation before it.

    Attributes:
        voice: who wrote it: the name of its file.
        text: the message.
        kind: `sloppy` or `careful`.
        answers: each `topic/detail` or `topic` whose text answers it.
        expected: what a good reply says.
    """

    voice: str
    text: str
    kind: str
    answers: Sequence[str]
    expected: Expected


@dataclass(frozen=True)
class Turn:
    """A message in a conversation. The meaning of a follow-up depends on what came before."""

    text: str
    is_follow_up: bool
    expected: Expected


@dataclass(frozen=True)
class Answered:
    """A question, the answers that it got, as `topic/detail` or `topic`, and whether they say what they should."""

    question: Question
    given: Sequence[str]
    is_answered: bool

    @property
    def is_wrong_detail(self) -> bool:
        """Whether it got a detail, and none that answers it."""
        details = [answer for answer in self.given if "/" in answer]
        return bool(details) and not self.is_answered and not set(details) & set(self.question.answers)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def _expected(record: Mapping[str, Any]) -> Expected:
    return Expected(record["must"], record["must_not"])


def questions(language: str = ENGLISH) -> list[Question]:
    """Returns the questions in tests/answers/. Those in another language than English have it in the names of their files."""
    in_spanish = set(FOLDER.glob("questions_es_*.jsonl"))
    paths = in_spanish if language == SPANISH else set(FOLDER.glob("questions_*.jsonl")) - in_spanish
    return [
        Question(path.stem.removeprefix("questions_"), record["text"], record["kind"], record["details"], _expected(record))
        for path in sorted(paths)
        for record in _lines(path)
    ]


def real_questions() -> list[Question]:
    """Returns the real messages from the folder REAL_MESSAGES."""
    path = REAL_MESSAGES / "messages.jsonl"
    return [Question(REAL, record["text"], "sloppy", record["topics"], _expected(record)) for record in _lines(path)]


def conversations() -> dict[str, list[list[Turn]]]:
    """Returns the conversations in tests/answers/, by the name of their file."""
    return {
        path.stem: [
            [Turn(turn["text"], turn["follow_up"], _expected(turn)) for turn in record["turns"]] for record in _lines(path)
        ]
        for path in sorted(FOLDER.glob("conversations_*.jsonl"))
    }


def ask(server: Server, question: Question) -> Answered:
    """Asks a question in a conversation of its own."""
    replies = _say(server, _session(server), question.text)
    return Answered(question, given(replies), question.expected.is_met_by(words(replies)))


def follow_ups_answered(server: Server, turns: Iterable[Turn]) -> list[bool]:
    """Holds a conversation. Returns for each follow-up in it whether its reply says what it should."""
    token = _session(server)
    answered = []
    for turn in turns:
        reply = words(_say(server, token, turn.text))
        if turn.is_follow_up:
            answered.append(turn.expected.is_met_by(reply))
    return answered


def _session(server: Server) -> str:
    _, _, session = server.call("POST", "session", {})
    return str(session["sender"])


def _say(server: Server, token: str, text: str) -> list[Message]:
    status, replies = server.say(token, text)
    assert status == 200, replies
    return replies


def given(replies: Sequence[Message]) -> list[str]:
    """Returns what the replies answer, as `topic/detail` or `topic`."""
    metadata = [reply["metadata"] for reply in replies if "topic" in reply.get("metadata", {})]
    return ["/".join(filter(None, (known["topic"], known.get("detail")))) for known in metadata]


def words(replies: Sequence[Message]) -> str:
    """Returns the words of the replies in lower case, without the last referral."""
    said = list(replies)
    if said and said[-1].get("metadata", {}).get("kind") == REFERRAL:
        said.pop()
    return "\n".join(reply["text"] for reply in said).lower()
