"""Whole conversations through the real agent and the real action server.

Each file under `tests/conversations/<situation>/` is one conversation: its first line says what it shows; `>` is the
visitor (a title in brackets presses that button), `<` one message of the assistant: its kind, with the topic, question or
outcome, and after a colon words that it must contain. `*` stands for any message.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from actions.questionnaire import QUESTIONNAIRE
from tests.conftest import Assistant, Message, kinds

FOLDER = Path(__file__).parent / "conversations"
EXPECTED = re.compile(r'^(?P<kind>[^:]+?)(?:: "(?P<words>.+)")?$')


def turns(path: Path) -> list[tuple[str, list[str]]]:
    read: list[tuple[str, list[str]]] = []
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        if line.startswith("> "):
            read.append((line[2:], []))
        elif line.startswith("< "):
            read[-1][1].append(line[2:])
    return read


def pressed(title: str, replies: list[Message]) -> str:
    payloads = {
        button["title"]: button["payload"] for reply in replies for button in reply.get("buttons", []) if "payload" in button
    }
    return payloads[title]


def differs(replies: list[Message], expected: list[str]) -> str:
    """Returns how the replies of a turn differ from its lines; nothing when they do not."""
    got = kinds(replies)
    if len(got) != len(expected):
        return json.dumps(got)
    for reply, kind, line in zip(replies, got, expected, strict=True):
        wanted = EXPECTED.match(line)
        if wanted["kind"] not in ("*", kind) or (wanted["words"] or "").lower() not in reply["text"].lower():
            return f"{json.dumps(got)}: {reply['text']!r} instead of {line!r}"
    return ""


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.txt")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_conversation(path: Path, assistant: Assistant) -> None:
    talk = assistant.talk()
    replies: list[Message] = []
    for said, expected in turns(path):
        text = pressed(said[1:-1], replies) if said.startswith("[") else said
        replies = talk.say(text)
        difference = differs(replies, expected)
        assert not difference, f"after {said!r}: {difference}"


@pytest.mark.parametrize("slot", list(QUESTIONNAIRE["questions"]))
def test_every_button_of_every_question_closes_it(slot: str, assistant: Assistant) -> None:
    before = {
        "age": "41",
        "health_flags": "none of these",
        "hair_loss_type": "genetic",
        "hair_loss_stage": "early",
        "prior_treatments": "prp",
    }
    talk = assistant.talk()
    talk.say("am i a candidate")
    replies = talk.say("yes")
    for answer in list(before.values())[: list(QUESTIONNAIRE["questions"]).index(slot)]:
        replies = talk.say(answer)
    assert kinds(replies) == [f"question {slot}"]
    for button in replies[-1]["buttons"]:
        for said in (button["payload"], button["title"]):
            twin = talk.copy()
            assert f"question {slot}" not in kinds(twin.say(said)), said
            assert twin.slots()[slot], said
