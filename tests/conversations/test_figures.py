"""What real conversations add to the clinic's figures: each turn once, and nothing that says who it was."""

from __future__ import annotations

from collections import Counter

import sqlalchemy

from channels.turn import conversation_store
from components.storage.tables import FIGURES
from tests.support.assistant import Assistant, Conversation

Counts = Counter[tuple[str, str, str]]


def counts(assistant: Assistant) -> Counts:
    """Returns the figures of the web channel so far, without their day and language."""
    total: Counts = Counter()
    with conversation_store(assistant.agent).database.engine.connect() as connection:
        for row in connection.execute(FIGURES.select().where(FIGURES.c.channel == "web")):
            measure = row.measure, "" if row.measure == "message" else row.value, row.detail
            total[measure] += row.number
    return total


def feedback(talk: Conversation, topic: str, helpful: bool, detail: str = "") -> bool:
    store = conversation_store(talk.assistant.agent)
    return talk.assistant.wait(store.add_feedback(talk.sender, "web", topic, detail, helpful))


def test_a_conversation_is_counted_by_what_it_was_about(assistant: Assistant) -> None:
    before, talk = counts(assistant), assistant.talk()
    talk.say("how much does it cost")
    talk.say("my throat is closing")
    assert counts(assistant) - before == Counter(
        {
            ("conversation", "", ""): 1,
            ("message", "", ""): 2,
            ("topic", "ask_cost", ""): 1,
            ("danger", "emergency", ""): 1,
        }
    )


def test_a_check_is_counted_to_where_it_is_left(assistant: Assistant) -> None:
    before, talk = counts(assistant), assistant.talk()
    for text in ("am i a candidate", "yes", "does it hurt?", "41", "stop"):
        talk.say(text)
    found = counts(assistant) - before
    opened = {value: number for (measure, value, _), number in found.items() if measure == "question"}
    answered = {value: number for (measure, value, _), number in found.items() if measure == "answered"}
    assert opened == {"check_consent": 1, "age": 1, "health_flags": 1}
    assert answered == {"check_consent": 1, "age": 1}


def test_feedback_counts_once_for_an_answer_that_was_given(assistant: Assistant) -> None:
    talk = assistant.talk()
    talk.say("how much does it cost")
    before = counts(assistant)
    assert not feedback(talk, "ask_pain", helpful=True)
    assert not feedback(talk, "ask_cost", helpful=True, detail="refund")
    assert not feedback(assistant.talk(), "ask_cost", helpful=True), "nobody has said anything there"
    assert counts(assistant) == before
    assert feedback(talk, "ask_cost", helpful=False)
    assert feedback(talk, "ask_cost", helpful=True)
    assert counts(assistant) - before == Counter({("not_helpful", "ask_cost", ""): 1})


def test_contacts_count_in_stored_conversations(assistant: Assistant) -> None:
    store, talk = conversation_store(assistant.agent), assistant.talk()
    talk.say("hello")
    before = counts(assistant)
    assert assistant.wait(store.count_contact(talk.sender, "web", "phone"))
    assert not assistant.wait(store.count_contact(assistant.talk().sender, "web", "phone"))
    assert counts(assistant) - before == Counter({("contact", "phone", ""): 1})


def test_a_turn_is_stored_although_it_cannot_be_counted(assistant: Assistant) -> None:
    engine, talk = conversation_store(assistant.agent).database.engine, assistant.talk()
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("ALTER TABLE figures RENAME TO elsewhere"))
    try:
        talk.say("how much does it cost")
    finally:
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text("ALTER TABLE elsewhere RENAME TO figures"))
    assert talk.slots()["topic"] == "ask_cost"
