"""What a visitor who writes in Spanish is told: all of it in Spanish, with the numbers, the dates and the titles."""

from __future__ import annotations

import pytest

from actions.questionnaire import ANSWERS, VALUES
from components.dialogue.assessment import assessment
from components.dialogue.messages import ResponseRequest, message
from components.dialogue.texts import PLACEHOLDER, Texts, fixed_text
from components.dialogue.translations import fingerprint
from components.dialogue.wording import spoken_languages, wording
from components.intents import ABUSE, CRISIS, DENY, EMERGENCY
from components.understanding.languages import LanguageDetector
from runtime.clinic import Clinic, load_clinic
from tests.unit.dialogue.all_responses import ALL_RESPONSES
from tests.unit.dialogue.conversation import Conversation, texts

DETECTOR = LanguageDetector()
SPANISH = Texts(ALL_RESPONSES, load_clinic()).spoken_in("es")


def test_every_text_has_a_translation_of_its_own() -> None:
    assert spoken_languages() == ("en", "es")
    for name, variants in SPANISH.responses.items():
        for spanish in variants:
            is_the_same = spanish["text"] in [english["text"] for english in ALL_RESPONSES[name]]
            assert not is_the_same or not PLACEHOLDER.sub("", spanish["text"]).strip(), name


@pytest.mark.parametrize("name", sorted(ALL_RESPONSES))
def test_every_long_text_is_in_spanish(name: str) -> None:
    for variant in SPANISH.responses[name]:
        if len(variant["text"].split()) > 12:
            assert DETECTOR.language(variant["text"]) == "es"


def test_a_changed_word_changes_the_fingerprint() -> None:
    assert fingerprint({"text": "a"}) != fingerprint({"text": "b"})
    assert fingerprint({"text": "a", "metadata": {"title": "b"}}) != fingerprint({"text": "a", "metadata": {"title": "c"}})
    assert fingerprint({"text": "a", "metadata": {"facts": ["X"]}}) == fingerprint({"text": "a"})


def test_buttons_headings_and_dates_are_in_spanish() -> None:
    asked = message(ResponseRequest("utter_check_candidacy", SPANISH, {}))
    assert asked
    assert asked["metadata"]["language"] == "es"
    assert [button["payload"] for button in asked["buttons"]] == ["/affirm", "/deny"]
    assert asked["buttons"][0]["title"].startswith("Sí")
    greeting = fixed_text("utter_greeting", "es")
    assert "En noviembre de 2026," in greeting
    question = message(ResponseRequest("utter_ask_candidacy_form_health_flags", SPANISH, {}))
    assert question
    assert "Nada de esto" in [button["title"] for button in question["buttons"]]


def test_the_clinic_speaks_in_its_own_spanish_words_where_it_has_given_them() -> None:
    own = {"parking": "Hay un garaje al lado.", "prices": ["Primera cita: 150 dólares"], "languages": ["inglés", "español"]}
    clinic = Clinic(parking="There is a garage.", prices=["First visit: $150"], photos="Bring some.", translations={"es": own})
    english = Texts(ALL_RESPONSES, clinic)
    spanish = english.spoken_in("es")
    asked = "{parking} {clinic_prices} {languages} {photos}"
    assert spanish.fill(asked) == "Hay un garaje al lado. Primera cita: 150 dólares inglés y español Bring some."
    assert english.fill(asked) == "There is a garage. First visit: $150  Bring some."


def test_the_result_is_in_spanish() -> None:
    slots = {"candidacy_outcome": "worth_discussing", "candidacy_reasons": [], "age": "34", "health_flags": ["none"]}
    result = assessment(SPANISH, slots)
    assert [answer["answer"] for answer in result["metadata"]["answers"]] == ["34", "Nada de esto"]
    assert DETECTOR.language(result["text"]) == "es"


@pytest.mark.parametrize("slot", ANSWERS)
def test_every_answer_has_a_title_of_its_own(slot: str) -> None:
    titles = wording("es").titles(slot)
    assert set(titles) == set(VALUES[slot])
    assert len(set(titles.values())) == len(titles)


def test_the_line_for_spanish_is_named() -> None:
    assert "oprima 2" in texts(Conversation().said(CRISIS, "es"))[-1]
    assert "oprima 2" not in texts(Conversation("GB").said(CRISIS, "es"))[-1]


@pytest.mark.parametrize("intent", [EMERGENCY, ABUSE, CRISIS])
def test_danger_is_answered_and_remembered_in_spanish(intent: str) -> None:
    conversation = Conversation()
    replies = [*conversation.said(intent, "es", basis="pattern"), *conversation.said(DENY, "es", kind="false_alarm")]
    replies += conversation.said("ask_cost")
    assert {DETECTOR.language(text) for text in texts(replies)} == {"es"}
    assert "911" in replies[0]["text"]


def test_spanish_questions_are_answered_in_spanish_until_the_visitor_writes_english() -> None:
    conversation = Conversation()
    asked = conversation.said("ask_cost", "es")
    assert [reply["metadata"]["kind"] for reply in asked] == ["answer", "referral"]
    assert {reply["metadata"]["language"] for reply in [*asked, *conversation.said("ask_pain")]} == {"es"}
    assert {reply["metadata"]["language"] for reply in conversation.said("ask_fda_status", "en")} == {"en"}


def test_hours_and_doctors_are_said_in_spanish() -> None:
    clinic = Clinic.parse_obj(
        {"opening_hours": ["Mo-Fr 09:00-17:30"], "time_zone": "America/New_York", "languages": ["English", "Spanish"]}
    )
    words = Texts(ALL_RESPONSES, clinic).spoken_in("es").words
    assert words["opening_hours"] == "de lunes a viernes: de 9 a. m. a 5:30 p. m."
    assert words["languages"] == "English y Spanish"
