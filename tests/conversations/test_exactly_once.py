"""A message that is sent again is answered again and taken once, also when another process works on the same conversation."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from channels.turn import Turn, conversation_store, take_turn, transcript
from components.storage.conversation_store import IDEMPOTENT_PREFIX
from tests.support.assistant import Assistant, Conversation
from tests.support.client import Message, kinds


def send(talk: Conversation, text: str, key: str, handle: Any = None) -> list[Message]:
    """Sends `text` under an idempotency key."""
    agent = talk.assistant.agent
    turn = Turn(text, talk.sender, "web", "x", f"{IDEMPOTENT_PREFIX}{key}")
    return talk.assistant.wait(take_turn(turn, handle or agent.handle_message, conversation_store(agent)))


def said(talk: Conversation) -> list[str]:
    """Returns what the visitor said, as it is stored."""
    lines = transcript(talk.assistant.wait(conversation_store(talk.assistant.agent).messages(talk.sender)))
    return [line["text"] for line in lines if line["from"] == "visitor"]


def test_a_repetition_gets_the_same_answer(assistant: Assistant) -> None:
    talk = assistant.talk()
    first = send(talk, "am i a candidate", "a")
    second = send(talk, "yes", "b")
    assert send(talk, "am i a candidate", "a") == first
    assert send(talk, "yes", "b") == second
    assert kinds(send(talk, "41", "c")) == ["question health_flags"]
    assert said(talk) == ["am i a candidate", "yes", "41"]
    assert kinds(send(assistant.talk(), "how much does it cost", "a")) == ["answer ask_cost", "referral"], (
        "a key is a visitor's own"
    )


@pytest.mark.parametrize("begun", [True, False])
def test_a_turn_of_another_process_comes_between(assistant: Assistant, begun: bool) -> None:
    talk = assistant.talk()
    if begun:
        send(talk, "am i a candidate", "a")
    before = said(talk)
    store, processor = conversation_store(assistant.agent), assistant.agent.processor
    reads = []

    async def handle(message: Any) -> None:
        """Takes the turn as Rasa does, and lets another one end while it is under way."""
        tracker = await processor.log_message(message, should_save_tracker=False)
        if not reads:
            other = Turn("how much does it cost", talk.sender, "web", "x")
            await take_turn(other, processor.handle_message, store)
        reads.append(tracker)
        await processor._run_prediction_loop(message.output_channel, tracker)
        await processor.save_tracker(tracker)

    assert kinds(send(talk, "does it hurt", "b", handle))[0] == "answer ask_pain"
    assert len(reads) == 2, "it was not taken again"
    assert said(talk) == [*before, "how much does it cost", "does it hurt"]
    assert send(talk, "does it hurt", "b")[0]["metadata"]["topic"] == "ask_pain"


def test_the_same_message_in_two_processes_is_taken_once(assistant: Assistant) -> None:
    talk = assistant.talk()
    processor = assistant.agent.processor

    async def handle(message: Any) -> None:
        """The other process is quicker with the same message."""
        tracker = await processor.log_message(message, should_save_tracker=False)
        other = Turn("does it hurt", talk.sender, "web", "x", message.message_id)
        await take_turn(other, processor.handle_message, conversation_store(assistant.agent))
        await processor._run_prediction_loop(message.output_channel, tracker)
        await processor.save_tracker(tracker)

    assert kinds(send(talk, "does it hurt", "a", handle)) == ["answer ask_pain", "referral"]
    assert said(talk) == ["does it hurt"]


def test_what_was_deleted_is_not_answered_from_memory(assistant: Assistant) -> None:
    talk = assistant.talk()
    send(talk, "does it hurt", "a")
    assistant.wait(conversation_store(assistant.agent).forget(talk.sender))
    assert kinds(send(talk, "does it hurt", "a")) == ["answer ask_pain", "referral"]


def test_messages_at_once_are_answered_in_order(assistant: Assistant) -> None:
    talk = assistant.talk()
    agent = assistant.agent
    texts = ["am i a candidate", "yes", "41", "none of these", "genetic", "early"]

    async def all_at_once() -> list[list[Message]]:
        turns = [Turn(text, talk.sender, "web", "x", f"{IDEMPOTENT_PREFIX}{text}") for text in texts]
        return await asyncio.gather(*(take_turn(turn, agent.handle_message, conversation_store(agent)) for turn in turns))

    replies = assistant.wait(all_at_once())
    assert [kinds(messages)[-1] for messages in replies] == [
        "question check_consent", "question age", "question health_flags", "question hair_loss_type", "question hair_loss_stage",
        "question prior_treatments",
    ]  # fmt: skip
    assert said(talk) == texts
