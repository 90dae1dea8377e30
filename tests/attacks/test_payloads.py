"""Nobody drives the dialogue from outside: only a payload that a conversation was offered is more than words in it."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage
from rasa.nlu.classifiers.regex_message_handler import RegexMessageHandler
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from actions.questionnaire import ANSWERS
from channels.offered import UNREADABLE, OfferedButtons
from channels.text import clean
from commands.consistency.project import PROJECT
from tests.support.assistant import Assistant, Conversation
from tests.support.client import kinds
from tests.support.servers import Server

INTENTS = [*sorted(PROJECT.plans), "restart", "session_start", "back", "nlu_fallback", "ask_anything"]
# Rasa strips blanks of every kind before it looks for a slash.
TRICKS = [
    "/{}", " /{}", "\n/{}", "\t/{}", "\r/{}", "\v/{}", "\x00/{}", "\x1f/{}", "\x7f/{}", "\x85/{}", "\u00a0/{}", "\u00ad/{}",
    "\u1680/{}", "\u2003/{}", "\u200b/{}", "\u200f/{}", "\u2028/{}", "\u2029/{}", "\u202e/{}", "\u2066/{}", "\u2060/{}",
    "\u3000/{}", "\ufeff/{}", "\ud800/{}", "\u00a0\u200b/{}", "\uff0f{}", "\u2215{}", "\u2044{}", "\u29f8{}", "\u0338{}", "\\{}",
    "\\u002f{}", "&#47;{}", "%2f{}", "//{}", "/ /{}", "/\n/{}", "/\u00a0/{}", "/\u200b/{}", "/\ufeff{}", "/\u0338{}", "/\u202e{}",
    "/{}@0.9", "/{}@1.0", "/{}@", "/{}/{}", "/{} ", "/{}\n", "/{}\x00", "/{}.", "/{}?", "/ {}", "x /{}", "x\n/{}", '"/{}"',
    "'/{}'", "EXTERNAL: {}", "/EXTERNAL: {}", "{{}}/{}", '{{"a": 1}}/{}', "/{}{{}}", "/{}{{", "/{}{{{{}}}}", "/{}[]",
    "a@b.example/{}", "/a@b.example {}",
]  # fmt: skip
VALUES = ['"none"', '["past_cancer", "none"]', '{"value": 41}']
FORMS = [
    '/{intent}{{"{slot}": {value}}}', '/{intent}@1.0{{"{slot}": {value}}}', ' /{intent} {{"{slot}":{value}}} ',
    '/{intent}{{"{slot}": {value}, "{slot}": {value}}}', '/{intent}{{"x": {{"{slot}": {value}}}}}',
    '/{intent}{{"{slot}": {value}}}/{intent}', '\u00a0/{intent}\u00a0{{"{slot}"\u00a0: {value}}}',
    "/{intent}{{'{slot}': {value}}}",
]  # fmt: skip


class Door:
    """From the words of a request to what Rasa itself makes of them before anything is understood."""

    def __init__(self, conversation: Conversation) -> None:
        agent = conversation.assistant.agent
        self._offered = OfferedButtons(conversation.assistant.wait(agent.tracker_store.retrieve(conversation.sender)))
        self._handler, self._domain = RegexMessageHandler(), agent.domain

    def acts(self, text: str) -> bool:
        """Tells whether Rasa takes `text` for an instruction, instead of words to be understood."""
        message = Message({TEXT: UserMessage(self._offered.strip_unoffered_payload(clean(text))).text})
        return self._handler.process([message], self._domain)[0].get(INTENT) is not None


@pytest.fixture(scope="module")
def in_check(assistant: Assistant) -> Conversation:
    """In the middle of the check, where the last question has buttons and the first answer had some too."""
    conversation = assistant.talk()
    for text in ("how much does it cost", "am i a candidate", "yes"):
        conversation.say(text)
    return conversation


@pytest.fixture(scope="module")
def offered(in_check: Conversation) -> list[str]:
    """What that conversation was offered."""
    tracker = in_check.assistant.wait(in_check.assistant.agent.tracker_store.retrieve(in_check.sender))
    return sorted(tracker.offered)


def test_the_door_opens_for_what_was_offered(in_check: Conversation, offered: list[str]) -> None:
    door = Door(in_check)
    assert {"/affirm", "/ask_insurance", '/inform{"age": "not_sure"}'} <= set(offered)
    assert all(door.acts(payload) for payload in offered)
    assert all(door.acts(f"\u00a0{payload}\n") for payload in offered), "blanks around it change nothing"


def test_no_trick_makes_an_instruction_of_a_word(in_check: Conversation, offered: list[str]) -> None:
    door = Door(in_check)
    tried = [trick.replace("{}", intent).replace("{{", "{").replace("}}", "}") for intent in INTENTS for trick in TRICKS]
    tried += [text.upper() for text in tried]
    assert [text for text in tried if clean(text) not in offered and door.acts(text)] == []


def test_no_value_comes_in_behind_a_word(in_check: Conversation, offered: list[str]) -> None:
    door = Door(in_check)
    slots = [*ANSWERS, "danger", "candidacy_outcome", "requested_slot", "turn_plan", "check_consent", "reply"]
    acting = {
        text
        for intent in INTENTS
        for slot in slots
        for value in VALUES
        for form in FORMS
        if door.acts(text := form.format(intent=intent, slot=slot, value=value))
    }
    assert {clean(text) for text in acting} <= set(offered)


def test_no_other_sign_becomes_a_slash_or_a_brace() -> None:
    assert [
        sign for sign in map(chr, range(sys.maxunicode + 1)) if sign not in "/{" and {"/", "{"} & set(clean(f"a{sign}b"))
    ] == []


@pytest.mark.parametrize("behind", ["", "@1.0", '{"age": "41", "health_flags": "none"}'])
def test_the_turn_is_that_of_the_bare_words(in_check: Conversation, offered: list[str], behind: str) -> None:
    # With values behind it, nothing in a payload is read at all.
    payloads = {clean(f"\u00a0/{intent}{behind}"): UNREADABLE if "{" in behind else f"{intent}{behind}" for intent in INTENTS}
    unoffered = {payload: words for payload, words in payloads.items() if payload not in offered}
    assert len(unoffered) > len(INTENTS) / 2
    for payload, words in unoffered.items():
        driven, told = in_check.copy(), in_check.copy()
        assert kinds(driven.say(payload)) == kinds(told.say(words)), payload
        assert driven.slots() == told.slots(), payload


def test_nothing_else_in_a_request_has_an_effect(victim: Server) -> None:
    driven: dict[str, Any] = {
        "metadata": {"check": "off"}, "input_channel": "telegram", "channel": "telegram", "recipient_id": "x", "text": "/restart",
        "parse_data": {"intent": {"name": "report_emergency", "confidence": 1.0}, "entities": [], "text": "x"},
        "intent": "report_emergency", "entities": [{"entity": "age", "value": "41"}], "slots": {"age": "41"},
        "events": [{"event": "slot", "name": "age", "value": "41"}], "message_id": "x", "sender_id": "x", "conversation": "x",
    }  # fmt: skip
    plain, token = victim.session(), victim.session()
    for text in ("am i a candidate", "yes", "41", "/restart", "how much does it cost", "none of these"):
        status, _, replies = victim.call("POST", "webhook?stream=true&token=x", {**driven, "sender": token, "message": text})
        assert status == 200
        assert kinds(replies) == kinds(victim.say(plain, text)[1]), text


def test_an_offer_is_for_its_own_conversation_and_stays_open(victim: Server) -> None:
    ours, theirs = victim.session(), victim.session()
    payload = victim.say(ours, "how much does it cost")[1][0]["buttons"][-1]["payload"]
    for text in ("am i a candidate", "yes"):
        victim.say(ours, text)
        victim.say(theirs, text)
    topic = payload[1:].partition("{")[0]
    assert kinds(victim.say(ours, payload)[1]) == [f"answer {topic}", "question age"], "offered three turns ago"
    several = json.dumps({"health_flags": ["past_cancer", "allergy"]})
    for other in (payload, f"/inform{several}"):
        assert kinds(victim.say(theirs, other)[1])[-1] == "question age", "offered to somebody else, or not yet"
