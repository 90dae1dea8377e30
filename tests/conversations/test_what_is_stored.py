"""What a turn reads and writes: one row read, one transaction, and of the messages only what somebody reads again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy
from rasa.core.channels.channel import UserMessage

from channels.turn import conversation_store, transcript
from tests.support.assistant import Assistant, Conversation
from tests.support.client import kinds

QUESTIONS = ["what are exosomes", "does it hurt?", "how much does it cost"]
CHECK = ["am i a candidate", "/affirm", "41", "none of these", "genetic", "early", "minoxidil", "it did not help", "yes"]
KB = 1024
COUNTED = ["INSERT"]  # the clinic's figures, in the same transaction


@contextmanager
def statements(assistant: Assistant) -> Iterator[list[str]]:
    """Collects the statements that the database gets."""
    seen: list[str] = []
    engine = conversation_store(assistant.agent).database.engine

    def note(*arguments: Any) -> None:
        seen.append(arguments[2])

    sqlalchemy.event.listen(engine, "before_cursor_execute", note)
    yield seen
    sqlalchemy.event.remove(engine, "before_cursor_execute", note)


def stored(talk: Conversation) -> tuple[list[str], int]:
    """Returns the kinds of the stored events, and the size in bytes of everything stored of the conversation."""
    with conversation_store(talk.assistant.agent).database.engine.connect() as connection:
        sender = {"id": talk.sender}
        events = connection.execute(sqlalchemy.text("SELECT type_name, data FROM events WHERE sender_id = :id"), sender).all()
        select = sqlalchemy.text("SELECT length(state) + length(offered) FROM conversations WHERE sender_id = :id")
        row = connection.execute(select, sender).scalar()
    return [event.type_name for event in events], row + sum(len(event.data) for event in events)


def test_a_whole_check_is_stored_in_few_rows(assistant: Assistant) -> None:
    talk = assistant.talk()
    for said in (*QUESTIONS, *CHECK):
        replies = talk.say(said)
    assert replies[0]["metadata"]["kind"] == "assessment"
    names, size = stored(talk)
    assert set(names) == {"user", "bot"}
    assert names.count("user") == 12
    assert len(names) <= 36
    assert size < 30 * KB


def test_a_long_message_takes_little_more_than_its_text(assistant: Assistant) -> None:
    talk = assistant.talk()
    talk.say("does it hurt?")
    _, before = stored(talk)
    talk.say(("my hair is thin and i wonder whether it hurts, since i am 45 and took minoxidil. " * 70)[:5000])
    _, after = stored(talk)
    assert after - before < 20 * KB


def test_a_turn_reads_one_row_once(assistant: Assistant) -> None:
    talk = assistant.talk()
    talk.say("am i a candidate")
    for said in ("/affirm", "does it hurt?"):
        with statements(assistant) as seen:
            talk.say(said)
        assert [statement.split()[0] for statement in seen] == ["SELECT", "UPDATE", "INSERT", *COUNTED], seen


def test_a_turn_reads_again_what_another_one_has_changed(assistant: Assistant) -> None:
    talk, store = assistant.talk(), conversation_store(assistant.agent)
    talk.say("am i a candidate")

    async def two_at_once() -> list[str]:
        async with store.open(talk.sender) as early:
            asked = await asyncio.gather(talk.answer("/affirm"), talk.answer("41"))
            assert early.tracker
            tracker = await store.retrieve(talk.sender)
        assert tracker
        assert tracker.stored_at > early.tracker.stored_at
        return [kind for replies in asked for kind in kinds(replies)]

    assert assistant.wait(two_at_once()) == ["question age", "question health_flags"]


def test_nothing_of_a_deleted_conversation_is_handed_to_a_turn(assistant: Assistant) -> None:
    talk, store = assistant.talk(), conversation_store(assistant.agent)
    talk.say("does it hurt?")

    async def delete_between() -> Any:
        async with store.open(talk.sender) as opened:
            assert opened.tracker
            await store.forget(talk.sender)
            return await store.retrieve(talk.sender)

    assert assistant.wait(delete_between()) is None


def test_a_pressed_button_runs_no_pipeline_and_says_the_same(assistant: Assistant) -> None:
    talk, processor = assistant.talk(), assistant.agent.processor
    talk.say("am i a candidate")
    tracker = assistant.wait(assistant.agent.tracker_store.retrieve(talk.sender))
    for payload in ("/affirm", '/inform{"health_flags": ["allergy", "past_cancer"]}', '/ask_cost{"detail": "whole_course"}'):
        whole = processor._parse_message_with_graph(UserMessage(payload, sender_id=talk.sender), tracker)
        short = processor._payload(payload)
        assert {name: whole[name] for name in short} == short
        assert not {"topics", "details"} & set(whole)
    assert processor._payload("/no_such_intent") is None
    assert processor._payload("does it hurt?") is None


def test_the_history_is_what_was_sent(assistant: Assistant) -> None:
    talk = assistant.talk()
    sent = [talk.say(said) for said in QUESTIONS]
    lines = transcript(assistant.wait(conversation_store(assistant.agent).messages(talk.sender)))
    shown = [{name: line[name] for name in line if name not in ("from", "time")} for line in lines if line["from"] == "assistant"]
    replies = [{name: reply[name] for name in reply if name != "recipient_id"} for turn in sent for reply in turn]
    assert shown == replies
