"""A conversation in each language: danger and its reminder are answered in it, whatever the country; English follows English."""

from __future__ import annotations

import pytest

from components.dialogue.translations import danger_translations
from components.intents import ABUSE, ALARMING, CRISIS, DANGERS, EMERGENCY, REACTION
from components.understanding.languages import LanguageDetector
from runtime.clinic import COUNTRIES
from tests.unit.dialogue.conversation import Conversation, texts

LANGUAGES = sorted(danger_translations())
DETECTOR = LanguageDetector()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("intent", DANGERS)
def test_danger_is_answered_in_its_language(language: str, intent: str) -> None:
    replies = Conversation().said(intent, language)
    report = replies[0]
    assert report["metadata"]["danger"] == "report"
    assert [DETECTOR.language(reply["text"]) for reply in replies] == [language] * len(replies)
    assert "911" in report["text"]
    assert "988" in report["text"]
    assert "board-certified dermatologist" in replies[-1]["text"]
    assert not [text for text in texts(replies) if "{" in text]


@pytest.mark.parametrize("language", LANGUAGES)
def test_crisis_line_has_the_last_word_for_oneself_and_for_a_friend(language: str) -> None:
    oneself, friend = (texts(Conversation().said(CRISIS, language, kind))[-1] for kind in ("self", "someone_else"))
    assert oneself != friend
    for text in (oneself, friend):
        assert text.rindex("988") > text.rindex("911")
        assert len(text) - text.rindex("988") < 40
    abuse = texts(Conversation().said(ABUSE, language))[-1]
    assert abuse.rindex("1-800-799-7233") > max(abuse.rindex("911"), abuse.rindex("988"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("intent", ALARMING)
def test_the_reminder_keeps_to_the_language_until_the_visitor_writes_english(language: str, intent: str) -> None:
    conversation = Conversation()
    conversation.said(intent, language)
    asked = conversation.said("ask_cost", language)
    assert [reply["metadata"]["kind"] for reply in asked[1:]] == ["notice", "referral"]
    assert asked[0]["metadata"]["danger"] == "reminder"
    assert {DETECTOR.language(text) for text in texts(asked)} <= {language, None}
    short = conversation.said("ask_cost")
    assert short[0]["text"] == asked[0]["text"]
    english = conversation.said("ask_cost", "en")
    assert DETECTOR.language(english[0]["text"]) == "en"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("intent", "kind"), [(CRISIS, "bereaved"), (REACTION, "sexual_effects"), (REACTION, "low_mood")])
def test_what_raises_no_alarm_is_answered_calmly_in_its_language(language: str, intent: str, kind: str) -> None:
    conversation = Conversation()
    replies = conversation.said(intent, language, kind)
    assert [DETECTOR.language(text) for text in texts(replies)] == [language] * len(replies)
    assert "danger" not in replies[0]["metadata"]
    assert "988" in replies[0]["text"]
    assert "911" not in replies[0]["text"]
    assert "board-certified dermatologist" in replies[-1]["text"]
    assert "danger" not in conversation.said("ask_cost", language)[0]["metadata"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_low_mood_that_gets_worse_is_told_on_the_same_day(language: str) -> None:
    low_mood, soon = (
        Conversation().said(REACTION, language, kind)[0]["text"].split("\n") for kind in ("low_mood", "sexual_effects")
    )
    assert [line in soon for line in low_mood] == [True, False, True]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("country", COUNTRIES)
def test_no_number_is_given_in_english_words(language: str, country: str) -> None:
    conversation = Conversation(country)
    said = [text for intent in DANGERS for text in texts(conversation.said(intent, language))]
    words = COUNTRIES[country]
    for text in said:
        assert "your local" not in text
        assert words["crisis_line"] not in text
        assert words["abuse_line"] not in text
        assert ": ." not in text


def test_danger_in_a_message_too_short_to_tell_keeps_to_the_language_of_the_conversation() -> None:
    conversation = Conversation()
    conversation.said("ask_cost", "fr")
    assert texts(conversation.said(EMERGENCY))[0].startswith("Appelez tout de suite le 911")


def test_english_is_answered_in_english() -> None:
    assert texts(Conversation().said(EMERGENCY))[0].startswith("Call 911 now")
