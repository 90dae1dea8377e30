"""Invariant 8: what the dialogue knows at turn 5, it knows at turn 5,000, and a turn there costs the same."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, BotUttered, UserUttered

from channels.turn import conversation_store, transcript
from components.storage.conversation_store import MAX_HISTORY_MESSAGES, is_ephemeral
from components.storage.errors import StoreUnavailableError
from tests.support.assistant import Assistant, Conversation
from tests.support.client import kinds

SPOKEN = 500  # more turns than these are written into the store without being thought out
LENGTHS = [5, 50, 500, pytest.param(5000, marks=pytest.mark.long)]


def pass_turns(talk: Conversation, turns: int) -> None:
    """Lets `turns` turns go by that ask something beside the check."""
    for number in range(min(turns, SPOKEN)):
        talk.intend(("ask_pain", "ask_insurance")[number % 2])
    wait, store = talk.assistant.wait, talk.assistant.agent.tracker_store
    for _ in range(turns - SPOKEN):
        tracker = wait(store.retrieve(talk.sender))
        said = UserUttered("does it hurt?", {"name": "ask_pain", "confidence": 1.0})
        answers = [ActionExecuted("utter_ask_pain"), BotUttered("A little."), ActionExecuted(ACTION_LISTEN_NAME)]
        tracker.update_with_events([said, *answers], None)
        wait(store.save(tracker))


def row(talk: Conversation) -> dict[str, Any]:
    """Returns what the store hands to the next turn."""
    with conversation_store(talk.assistant.agent).database.engine.connect() as connection:
        found = connection.execute(sqlalchemy.text("SELECT * FROM conversations WHERE sender_id = :id"), {"id": talk.sender})
        return dict(found.mappings().one())


@pytest.mark.parametrize("turns", LENGTHS)
def test_the_check_goes_on(turns: int, assistant: Assistant) -> None:
    talk = assistant.talk()
    first = talk.say("how much does it cost")
    offered_first = first[0]["buttons"][-1]["payload"]
    talk.say("am i a candidate")
    talk.say("yes")
    talk.say("51")
    assert kinds(talk.say("i had cancer years ago and i'm on eliquis")) == ["question hair_loss_type"]
    before = talk.slots()
    pass_turns(talk, turns)
    kept = ("age", "health_flags", "check_consent", "requested_slot")
    assert {slot: talk.slots()[slot] for slot in kept} == {slot: before[slot] for slot in kept}

    assert kinds(talk.say("genetic")) == ["question hair_loss_stage"]
    assert kinds(talk.say("go back")) == ["question hair_loss_type"]
    assert kinds(talk.say("actually i'm 52")) == ["notice", "question hair_loss_type"]
    assert talk.slots()["age"] == "52"
    assert kinds(talk.say("/report_emergency"))[-1] == "question hair_loss_type", "a payload that was never offered"
    answer = kinds(talk.say(offered_first))
    topic = offered_first[1:].partition("{")[0]
    assert answer == [f"answer {topic}", "question hair_loss_type"], "a button from the first turn"
    for said in ("genetic", "early"):
        talk.say(said)
    assert kinds(talk.say("nothing so far")) == ["question check_readback"]
    result = talk.say("yes")
    assert kinds(result) == ["assessment see_dermatologist_first", "referral"]
    assert {reason["name"] for reason in result[0]["metadata"]["reasons"]} >= {"past_cancer", "blood_thinner_or_bleeding"}
    assert kinds(talk.say("does it hurt?")) == ["smalltalk", "referral"], "all was said about that"
    replies = talk.say("is it fda approved?")
    assert kinds(replies) == ["answer ask_fda_status", "referral"]
    assert len(replies[-1]["text"]) < len(first[-1]["text"]), "the referral is the short one"
    assert kinds(talk.say("tell me more")) == ["answer ask_fda_status", "referral"]

    lines = transcript(assistant.wait(conversation_store(assistant.agent).messages(talk.sender)))
    if turns < MAX_HISTORY_MESSAGES / 3:
        assert lines[0]["text"] == "how much does it cost"
        assert sum(line["from"] == "visitor" for line in lines) == 5 + turns + 12
    else:
        assert len(lines) == MAX_HISTORY_MESSAGES
    assert [line["text"] for line in lines if line["from"] == "visitor"][-1] == "tell me more"


@pytest.mark.parametrize("turns", LENGTHS)
def test_danger_is_remembered(turns: int, assistant: Assistant) -> None:
    talk = assistant.talk()
    talk.say("i want to kill myself")
    pass_turns(talk, turns)
    assert kinds(talk.say("how much does it cost")) == ["crisis", "answer ask_cost", "referral"]


def test_a_turn_reads_and_writes_no_more_later(assistant: Assistant) -> None:
    statements = []
    engine = conversation_store(assistant.agent).database.engine

    def note(*arguments: Any) -> None:
        statements.append(arguments[2])

    sqlalchemy.event.listen(engine, "before_cursor_execute", note)
    talk, sizes = assistant.talk(), []
    for turns in (30, 600):
        pass_turns(talk, turns)
        statements.clear()
        talk.say("does it hurt?")
        loaded = assistant.wait(assistant.agent.tracker_store.retrieve(talk.sender))
        sizes.append((len(statements), len(loaded.events), sum(len(str(value)) for value in row(talk).values())))
    sqlalchemy.event.remove(engine, "before_cursor_execute", note)
    early, late = sizes
    assert late[:2] == early[:2]
    assert late[2] < 1.2 * early[2]


def test_a_new_session_forgets_the_check_but_not_the_buttons(assistant: Assistant) -> None:
    talk = assistant.talk()
    offered = talk.say("how much does it cost")[0]["buttons"][-1]["payload"]
    for said in ("am i a candidate", "yes", "51"):
        talk.say(said)
    with conversation_store(assistant.agent).database.engine.begin() as connection:
        update = sqlalchemy.text("UPDATE conversations SET timestamp = timestamp - 31 * 60 WHERE sender_id = :id")
        connection.execute(update, {"id": talk.sender})
    assert kinds(talk.say(offered)) == [f"answer {offered[1:].partition('{')[0]}", "referral"]
    assert talk.slots()["age"] is None
    assert talk.slots()["check_consent"] is None


def test_what_could_not_be_read_is_not_overwritten(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    talk = assistant.talk()
    for said in ("am i a candidate", "yes", "51"):
        talk.say(said)
    before = row(talk)

    async def unreadable(sender_id: str) -> None:
        if not is_ephemeral(sender_id):
            raise StoreUnavailableError

    monkeypatch.setattr(conversation_store(assistant.agent), "retrieve", unreadable)
    assert kinds(talk.say("does it hurt? canary-4711")) == ["answer ask_pain", "referral"]
    monkeypatch.undo()
    assert row(talk) == before
    assert "canary-4711" not in caplog.text
    assert kinds(talk.say("none of these")) == ["question hair_loss_type"]
