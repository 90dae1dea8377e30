"""A message is understood as it was written, and what tells who the visitor is gives way before anything is stored."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.shared.core.trackers import EventVerbosity

from channels.turn import conversation_store, transcript
from components.privacy.masking import MASK, mask
from tests.support.assistant import Assistant, Conversation
from tests.support.client import kinds


def database(assistant: Assistant) -> Path:
    return Path(conversation_store(assistant.agent).database.engine.url.database)


def stored_bytes(assistant: Assistant) -> bytes:
    """Returns every byte of the database, its write-ahead log included."""
    file = database(assistant)
    return file.read_bytes() + file.with_name(f"{file.name}-wal").read_bytes()


def stored_rows(talk: Conversation) -> str:
    """Returns all that the database has of a conversation."""
    with sqlite3.connect(database(talk.assistant)) as connection:
        queries = ("SELECT data FROM events WHERE sender_id = ?", "SELECT state, offered FROM conversations WHERE sender_id = ?")
        return str([connection.execute(query, (talk.sender,)).fetchall() for query in queries])


@pytest.mark.parametrize(
    ("text", "private", "expected"),
    [
        ("how much does it cost, mail me at jane.doe@example.com", "jane.doe", ["answer ask_cost", "referral"]),
        ("does it hurt? reach me on (212) 555-2367", "555-2367", ["answer ask_pain", "referral"]),
        ("my card is 4111 1111 1111 1111, how much is a session", "4111 1111", ["answer ask_cost", "referral"]),
        ("i live at 12 Elm Street, Springfield. is it fda approved", "Elm", ["answer ask_fda_status", "referral"]),
        ("my throat is closing, call 212 555 2368", "555 2368", ["emergency", "referral"]),
    ],
)
def test_the_answer_still_fits_and_the_database_never_saw_it(
    assistant: Assistant, text: str, private: str, expected: list[str]
) -> None:
    assert kinds(assistant.talk().say(text)) == expected
    assert private.encode() not in stored_bytes(assistant)


@pytest.mark.parametrize(
    ("text", "eaten", "expected"),
    [
        ("911 I Cant Breathe Dr", "Breathe", "emergency"),
        ("2 Eyes Swollen Shut Dr Closed", "Swollen", "emergency"),
        ("30 Tylenol Swallowed Just Now Park Bench", "Swallowed", "emergency"),
        ("3 Nights Suicidal Again Way Done", "Suicidal", "crisis"),
        ("i'm at 5 chest pain road", "chest pain", "emergency"),
        ("my name is anna suicidal since monday", "suicidal", "crisis"),
    ],
)
def test_danger_that_masking_takes_away_is_answered(assistant: Assistant, text: str, eaten: str, expected: str) -> None:
    assert eaten not in mask(text), "masking leaves this alone by now, so it proves nothing"
    talk = assistant.talk()
    assert kinds(talk.say(text))[0] == expected
    history = transcript(assistant.wait(conversation_store(assistant.agent).messages(talk.sender)))
    assert [line["text"] for line in history if line["from"] == "visitor"] == [mask(text)]
    assert eaten not in stored_rows(talk)
    assert text.encode() not in stored_bytes(assistant)


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("Am I A Candidate? 16 Yo Girl Dr Said Ok", "16"),
        ("Am I A Candidate? 17 Yo Boy Way Too Thin Hair", "17"),
        ("Am I A Candidate? 45 Yo Male Park Avenue Salon Sent Me", "45"),
    ],
)
def test_an_age_that_masking_takes_away_counts(assistant: Assistant, text: str, age: str) -> None:
    assert age not in mask(text), "masking leaves this alone by now, so it proves nothing"
    talk = assistant.talk()
    assert kinds(talk.say(text))[0] == ("question check_consent" if int(age) >= 18 else "question check_readback")
    assert talk.slots()["age"] == age
    assert text.encode() not in stored_bytes(assistant)


@pytest.mark.parametrize("text", ["call me on +44 20 7946 0958", "12 Elm Street, Springfield"])
def test_a_private_number_is_not_taken_for_the_age(assistant: Assistant, text: str) -> None:
    talk = assistant.talk()
    for earlier in ("am i a candidate", "yes"):
        talk.say(earlier)
    assert kinds(talk.say(text))[-1] == "question age"
    assert talk.slots()["age"] is None


@pytest.mark.parametrize("text", ["12/05/1961", "dob 3.4.61", "I was born on the 12th of May 1961"])
def test_a_birth_date_gives_the_age_and_is_not_stored(assistant: Assistant, text: str) -> None:
    talk = assistant.talk()
    for earlier in ("am i a candidate", "yes"):
        talk.say(earlier)
    talk.say(text)
    assert int(talk.slots()["age"]) >= 64
    assert text.encode() not in stored_bytes(assistant)


def test_the_dialogue_reads_the_message_as_it_was_written(assistant: Assistant) -> None:
    talk = assistant.talk()
    for earlier in ("am i a candidate", "yes", "41"):
        talk.say(earlier)
    text = "45 Yo Actually Dr"  # only "actually" lets an age replace an earlier one
    assert mask(text) == MASK
    talk.say(text)
    assert talk.slots()["age"] == "45"


HARMLESS = ["does it hurt", "i'm 34", "yes", "i have alopecia areata", "how much is it", "my throat is closing", "none of these"]
WORD = st.text("abcdefghijklmnopqrstuvwxyz", min_size=6, max_size=9).map(lambda letters: f"Zq{letters}")
DIGITS = st.integers(2000, 9999).map(str)
# Each is a private detail, and the part of it that nothing else contains.
PRIVATE = st.one_of(
    WORD.map(lambda name: (f"{name}@example.com", name)),
    st.tuples(DIGITS, DIGITS).map(lambda parts: (f"212 {parts[0][1:]} {parts[1]}", f"{parts[0][1:]} {parts[1]}")),
    st.tuples(DIGITS, DIGITS).map(lambda parts: (f"my passport is {parts[0]}{parts[1]}7", f"{parts[0]}{parts[1]}7")),
    st.tuples(DIGITS, WORD).map(lambda parts: (f"{parts[0]} {parts[1]} street", parts[1])),
    st.tuples(DIGITS, WORD).map(lambda parts: (f"{parts[0]} {parts[1]} Chest Pain Dr", parts[1])),
)


@settings(max_examples=30)
@given(private=st.lists(PRIVATE, min_size=1, max_size=3), harmless=st.lists(st.sampled_from(HARMLESS), min_size=1, max_size=3))
def test_no_private_piece_survives(assistant: Assistant, private: list[tuple[str, str]], harmless: list[str]) -> None:
    text = ", ".join([*harmless, *(detail for detail, _ in private), *harmless])
    secrets = [secret for _, secret in private if secret not in mask(text)]
    assume(secrets)
    talk = assistant.talk()
    for said in ("am i a candidate", "yes", text):
        talk.say(said)
    everything = stored_rows(talk) + json.dumps(_tracker_states(talk, text))
    assert MASK in everything
    assert not [secret for secret in secrets if secret in everything]


def _tracker_states(talk: Conversation, text: str) -> list[dict[str, Any]]:
    """Returns the serialised conversation right after a message was understood, and after its turn."""
    processor, wait = talk.assistant.agent.processor, talk.assistant.wait
    channel = CollectingOutputChannel()
    message = UserMessage(text, channel, talk.sender)
    tracker = wait(processor.log_message(message, should_save_tracker=False))
    states = [tracker.current_state(EventVerbosity.ALL)]
    wait(processor._run_prediction_loop(channel, tracker))
    return [*states, tracker.current_state(EventVerbosity.ALL)]
