"""Whole conversations through the real agent and the real action server; tests/support/conversations.py has their form."""

from __future__ import annotations

from pathlib import Path

import pytest

from actions.questionnaire import QUESTIONNAIRE
from tests.support.assistant import Assistant
from tests.support.client import Message, kinds
from tests.support.conversations import FILES, differs, pressed, turns


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
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
