"""What the assistant says about the clinic itself: every detail with its field filled in and left empty, open or closed, and
no credential that the clinic has not attested. With the texts that visitors read."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from components.dialogue.clinic_answers import MOMENTARY, clinic_words
from components.dialogue.messages import ResponseRequest, message
from components.dialogue.texts import Texts
from components.dialogue.wording import wording
from runtime.clinic import Clinic
from runtime.opening_hours import parse_hours
from runtime.shapes import Message
from tests.unit.dialogue.all_responses import ALL_RESPONSES

NEW_YORK = ZoneInfo("America/New_York")
NOON = datetime(2026, 12, 2, 12, 30, tzinfo=NEW_YORK)  # a Wednesday
PREFIX = "utter_book_consultation/"
DETAILS = sorted(name.removeprefix(PREFIX) for name in ALL_RESPONSES if name.startswith(PREFIX))
REACHED = {"name": "Glow Med Spa", "phone": "+1 (555) 010-0100"}
RUIZ = {
    "name": "Dr. Ana Ruiz", "title": "MD, dermatologist", "board_certification": "American Board of Dermatology",
    "verify_link": "https://www.certificationmatters.org", "gender": "female",
}  # fmt: skip
LEE = {"name": "Ben Lee", "title": "PA-C", "gender": "male"}
SURGEON = {"name": "Dr. Cho", "board_certification": "the American Board of Plastic Surgery"}
NOT_APPROVED = "no exosome product is FDA-approved"
# The fields that answer a detail, and words that only they can bring in.
FILLED: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    ("offered_here", {"offers_exosomes": "yes"}, ("Yes, the clinic says it offers", "experimental", NOT_APPROVED)),
    ("offered_here", {"offers_exosomes": "topical_only"}, ("put on the scalp, not injected", NOT_APPROVED)),
    ("offered_here", {"offers_exosomes": "no"}, ("No, the clinic says it doesn't offer",)),
    ("hours", {"hours": "Monday to Friday, 9 to 5."}, ("these hours: Monday to Friday, 9 to 5. I can't tell",)),
    ("hours", {"opening_hours": ["Mo-Fr 09:00-17:00"]}, ("Monday to Friday, 9 am to 5 pm. I can't tell",)),
    (
        "hours",
        {"opening_hours": ["Mo-Fr 09:00-17:00", "Sa 10:00-14:30"], "time_zone": "America/New_York"},
        ("The clinic is open now, until 5 pm. Its usual hours are: Monday to Friday, 9 am to 5 pm; Saturday, 10 am to 2:30 pm.",),
    ),
    ("address", {"address": "12 Main Street, Springfield"}, ("address is 12 Main Street, Springfield.",)),
    ("address", {"map_link": "https://maps.example.com"}, ("open the map",)),
    ("parking", {"parking": "Free behind the building"}, ("getting there: Free behind the building. If",)),
    ("accessibility", {"accessibility": "There is a lift."}, ("There is a lift.",)),
    ("phone_email", {"email": "desk@example.com"}, ("+1 (555) 010-0100 or write to desk@example.com", "911")),
    ("phone_email", {}, ("call Glow Med Spa at +1 (555) 010-0100", "911")),
    (
        "doctors",
        {"doctors": [RUIZ, LEE]},
        (
            "- Dr. Ana Ruiz, MD, dermatologist. The clinic says: certified by the American Board of Dermatology.",
            "check this at https://www.certificationmatters.org.\n- Ben Lee, PA-C.",
            "I haven't checked it",
        ),
    ),
    ("woman_doctor", {"doctors": [LEE, RUIZ]}, ("the clinic names Dr. Ana Ruiz, MD, dermatologist. When",)),
    ("languages", {"languages": ["English", "Spanish", "Hindi"]}, ("seen in English, Spanish and Hindi.",)),
    ("video_visit", {"video_visits": "Follow-ups only."}, ("Follow-ups only.",)),
    ("referral_needed", {"new_patients": "No referral needed."}, ("No referral needed.",)),
    ("cancel_move", {"cancellation": "A day's notice, please."}, ("isn't cancelled or moved until", "A day's notice, please.")),
    ("late", {"cancellation": "A day's notice, please."}, ("I can't tell the clinic for you", "A day's notice, please.")),
    ("deposit", {"deposit": "We ask for $50."}, ("We ask for $50.", "can't give a deposit back from here")),
    ("minors", {"minors": "A parent comes along."}, ("A parent comes along.", "haven't been studied in anyone under 18")),
    ("photos", {"photos": "Bring some."}, ("Please don't send photos here", "Bring some.", "aren't proof")),
    ("other_treatments", {"other_treatments": ["PRP", "minoxidil"]}, ("also offers: PRP and minoxidil.",)),
    ("free_consultation", {"first_visit_price": "$150"}, ("first visit: $150.",)),
]  # fmt: skip


def made(detail: str, moment: datetime = NOON, **fields: Any) -> Message:
    texts = Texts(ALL_RESPONSES, Clinic.parse_obj(fields))
    found = message(ResponseRequest(f"{PREFIX}{detail}", texts, {}, moment=moment))
    assert found
    return found


def urls(found: Message) -> list[str]:
    return [button["url"] for button in found.get("buttons", []) if "url" in button]


@pytest.mark.parametrize(("detail", "fields", "said"), FILLED)
def test_what_the_clinic_has_given_is_said(detail: str, fields: dict[str, Any], said: tuple[str, ...]) -> None:
    text = made(detail, **REACHED, **fields)["text"]
    assert [words for words in said if words not in text] == []
    assert "I don't know" not in text


@pytest.mark.parametrize("detail", [detail for detail in DETAILS if detail not in ("phone_email", "cancel_move", "late")])
def test_what_it_has_not_given_we_do_not_know_and_the_phone_is_a_button(detail: str) -> None:
    found = made(detail, **REACHED)
    assert re.search(r"I don't know (whether|which|who|the clinic's) ", found["text"])
    assert "Call Glow Med Spa at +1 (555) 010-0100." in found["text"]
    assert urls(found) == ["tel:+15550100100"]
    assert found["metadata"]["kind"] == "answer"


@pytest.mark.parametrize("detail", DETAILS)
def test_every_detail_has_a_text_for_a_clinic_that_gives_nothing(detail: str) -> None:
    found = made(detail)
    assert not set(re.findall(r"\{(\w+)\}", found["text"])) - {"as_of"}
    assert "call this clinic" not in found["text"]
    assert len(found["text"].split()) <= 80
    assert made(detail, booking_link="https://example.com/book")["text"]


def test_without_a_phone_the_button_leads_to_the_booking_page_else_to_the_finder() -> None:
    assert urls(made("parking", booking_link="https://example.com/book")) == ["https://example.com/book"]
    assert urls(made("parking")) == ["https://find-a-derm.aad.org"]


def test_where_we_know_of_no_public_finder_there_is_no_button() -> None:
    assert urls(made("parking", country="other")) == []
    assert urls(made("parking", country="other", phone="+1 555 010 0100")) == ["tel:+15550100100"]


@pytest.mark.parametrize(
    ("country", "begins"),
    [
        ("GB", "In the UK,"),
        ("IE", "In Ireland,"),
        ("CA", "In Canada,"),
        ("AU", "In Australia,"),
        ("US", "As of"),
        ("other", "As of"),
    ],
)
def test_whether_it_is_approved_begins_with_the_regulator_of_the_country(country: str, begins: str) -> None:
    texts = Texts(ALL_RESPONSES, Clinic(country=country))
    found = message(ResponseRequest("utter_ask_fda_status", texts, {}, moment=NOON))
    assert found
    assert found["text"].startswith(begins)
    assert "FDA-approved" in found["text"]


@pytest.mark.parametrize("offers", ["yes", "topical_only"])
def test_a_clinic_that_earns_from_exosomes_says_so_where_people_ask_if_they_are_worth_it(offers: str) -> None:
    own = "Glow Med Spa offers exosomes and may earn from them"
    assert own in Texts(ALL_RESPONSES, Clinic(name="Glow Med Spa", offers_exosomes=offers)).text("utter_ask_worth_it")
    assert "earn" not in Texts(ALL_RESPONSES, Clinic(name="Glow Med Spa", offers_exosomes="no")).text("utter_ask_worth_it")


def test_every_detail_of_the_list_is_written() -> None:
    assert {detail for detail, _, _ in FILLED} | {"soonest"} == set(DETAILS)
    assert len(DETAILS) == 19


@pytest.mark.parametrize("fields", [{}, {"phone": "555 0100 00"}, {"email": "a@example.com"}, {"cancellation": "We charge $50."}])
@pytest.mark.parametrize("detail", ["cancel_move", "late"])
def test_nothing_sounds_cancelled(detail: str, fields: dict[str, str]) -> None:
    text = made(detail, **fields)["text"]
    assert text.startswith(("I can't cancel or move an appointment from here", "I can't tell the clinic for you"))
    assert not re.search(r"\b(I've|I have|has been|all right|done)\b", text, re.I)


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2026-12-02 16:00", "The clinic is open now, until 5 pm."),
        ("2026-12-02 08:00", "The clinic is closed right now. It opens today at 9 am."),
        ("2026-12-02 17:00", "The clinic is closed now. It opens tomorrow at 9 am."),
        ("2026-12-04 17:00", "The clinic is closed now. It opens next on Monday at 9 am."),
    ],
)
def test_whether_it_is_open_now(moment: str, said: str) -> None:
    here = datetime.fromisoformat(moment).replace(tzinfo=NEW_YORK)
    text = made("hours", here, opening_hours=["Mo-Fr 09:00-17:00"], time_zone="America/New_York")["text"]
    assert text.startswith(said)
    utc = here.astimezone(ZoneInfo("UTC"))
    assert text == made("hours", utc, opening_hours=["Mo-Fr 09:00-17:00"], time_zone="America/New_York")["text"]


def test_a_clinic_that_never_closes() -> None:
    text = made("hours", opening_hours=["Mo-Su 00:00-24:00"], time_zone="America/New_York")["text"]
    assert text.startswith(
        "The clinic is open now, and it doesn't close at night. Its usual hours are: Monday to Sunday, midnight to"
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Mo-Fr 09:00-17:00", "Monday to Friday, 9 am to 5 pm"),
        ("Sa,Su 10:30-12:00", "Saturday and Sunday, 10:30 am to noon"),
        ("Mo-We,Fr 12:30-24:00", "Monday to Wednesday and Friday, 12:30 pm to midnight"),
        ("Mo,We,Fr 20:00-02:00", "Monday, Wednesday and Friday, 8 pm to 2 am"),
    ],
)
def test_hours_in_words(line: str, said: str) -> None:
    assert clinic_words(Clinic(opening_hours=[line]), wording())["opening_hours"] == said


def test_a_map_is_a_button() -> None:
    found = made("address", address="12 Main Street", map_link="https://maps.example.com/x")
    assert {"title": "Open the map", "url": "https://maps.example.com/x"} in found["buttons"]


CLAIMS = re.compile(r"(The clinic says it has one|certified by the American Board of Dermatology)")


@pytest.mark.parametrize(
    ("fields", "claims"),
    [
        ({}, False),
        (REACHED, False),
        ({**REACHED, "doctors": [LEE]}, False),
        ({**REACHED, "doctors": [SURGEON]}, False),
        ({**REACHED, "doctors": [{"name": "Dr. Ruiz", "title": "board-certified dermatologist"}]}, False),
        ({"booking_link": "https://example.com/b", "doctors": [LEE]}, False),
        ({**REACHED, "doctors": [LEE, RUIZ]}, True),
    ],
)
def test_the_referral_claims_no_credential_that_the_clinic_has_not_attested(fields: dict[str, Any], claims: bool) -> None:
    texts = Texts(ALL_RESPONSES, Clinic.parse_obj(fields))
    for name in ("utter_referral", "utter_safe_text", "utter_check_unavailable"):
        text = texts.text(name)
        assert "board-certified dermatologist" in text
        assert ("The clinic says it has one." in text) is claims
        assert not re.search(r"(to see one|for help from a board-certified dermatologist), (call|book)", text, re.I)
        if fields and not claims:
            assert "CertificationMatters.org" in text


def test_no_sentence_leads_from_a_dermatologist_to_the_clinic() -> None:
    """`{visit_contact}` does that, and says what the clinic attests."""
    leads = re.compile(r"(dermatologist\b[^.]*|\b(see|find) (one|him|her|them)\b[^.]*)\{clinic_contact\}")
    texts = {
        name: variant["text"] for name, variants in ALL_RESPONSES.items() for variant in variants if name != "utter_visit_contact"
    }
    assert [name for name, text in texts.items() if leads.search(text)] == []


@pytest.mark.parametrize("doctors", [[], [LEE], [SURGEON]])
def test_no_reply_about_the_clinic_vouches_for_a_dermatologist(doctors: list[dict[str, str]]) -> None:
    for detail in DETAILS:
        text = made(detail, **REACHED, doctors=doctors)["text"]
        assert not re.search(r"board-certified dermatologist", text)
        assert not CLAIMS.search(text)


def test_a_certification_is_told_as_what_the_clinic_says() -> None:
    text = made("doctors", doctors=[SURGEON])["text"]
    assert "- Dr. Cho. The clinic says: certified by the American Board of Plastic Surgery." in text


def test_no_link_but_the_clinics_own() -> None:
    everything = {
        **REACHED, "address": "12 Main Street", "map_link": "https://maps.example.com", "doctors": [RUIZ],
        "booking_link": "https://example.com/book", "email": "desk@example.com",
    }  # fmt: skip
    own = {"https://maps.example.com", "https://example.com/book", "https://www.certificationmatters.org", "tel:+15550100100"}
    for detail in DETAILS:
        found = made(detail, **everything)
        written = {address.rstrip(".,") for address in re.findall(r"https?://\S+", found["text"])}
        assert written | set(urls(found)) <= own, detail


def test_a_person_is_reached_by_phone_and_never_through_a_finder() -> None:
    texts = Texts(ALL_RESPONSES, Clinic())
    assert "finder" not in texts.text("utter_talk_to_human")
    assert "I don't have the clinic's phone number" in texts.text("utter_talk_to_human")
    found = message(ResponseRequest("utter_talk_to_human", Texts(ALL_RESPONSES, Clinic(phone="555 0100 00")), {}))
    assert found
    assert found["buttons"] == [{"title": "Call the clinic", "url": "tel:555010000"}]


def test_in_a_running_check_only_its_question_has_buttons() -> None:
    texts = Texts(ALL_RESPONSES, Clinic.parse_obj(REACHED))
    found = message(ResponseRequest(f"{PREFIX}parking", texts, {"requested_slot": "age"}))
    assert found
    assert "buttons" not in found


def test_the_privacy_notice_follows_the_answer_about_privacy() -> None:
    texts = Texts(ALL_RESPONSES, Clinic(privacy_notice="https://example.com/privacy"))
    found = message(ResponseRequest("utter_ask_privacy", texts, {}))
    assert found
    assert found["text"].endswith("\nThe clinic's own privacy notice: https://example.com/privacy")


def test_what_a_clinic_writes_is_no_placeholder() -> None:
    assert "Free, {clinic_phone}." in made("parking", **REACHED, parking="Free, {clinic_phone}")["text"]


@pytest.mark.parametrize(
    ("time", "said"), [("00:00", "midnight"), ("00:30", "12:30 am"), ("12:00", "noon"), ("13:05", "1:05 pm"), ("09:00", "9 am")]
)
def test_times_of_the_day(time: str, said: str) -> None:
    assert wording().clock(parse_hours(f"Mo {time}-23:00").opens) == said


def test_lists_in_words() -> None:
    assert [wording().joined(items) for items in ([], ["A"], ["A", "B"], ["A", "B", "C"])] == ["", "A", "A and B", "A, B and C"]


def test_no_placeholder_of_the_moment_is_left() -> None:
    found = made("hours", opening_hours=["Mo-Fr 09:00-17:00"], time_zone="America/New_York")
    assert not [word for word in MOMENTARY if f"{{{word}}}" in found["text"]]


@pytest.mark.parametrize(
    ("name", "fields", "said"),
    [
        ("ask_cost/visit_price", {"first_visit_price": "$150", "prices": ["PRP: $600"]}, "price for a first visit: $150."),
        ("ask_cost/visit_price", {"prices": ["PRP: $600"]}, "prices the clinic gives: PRP: $600."),
        ("ask_cost/visit_price", {}, "Sorry, I don't know the clinic's price for a first visit"),
        ("ask_insurance/named_insurer", {"insurers": ["Aetna", "Blue Cross"]}, "takes Aetna and Blue Cross."),
        ("ask_insurance/named_insurer", {}, "Sorry, I don't know which insurers the clinic takes"),
    ],
)
def test_what_the_clinic_says_of_prices_and_insurers(name: str, fields: dict[str, Any], said: str) -> None:
    found = message(ResponseRequest(f"utter_{name}", Texts(ALL_RESPONSES, Clinic.parse_obj({**REACHED, **fields})), {}))
    assert found
    assert said in found["text"]
    assert urls(found) == ["tel:+15550100100"]
