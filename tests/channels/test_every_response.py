"""Every response in every variant, in the form of every platform."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from actions.candidacy import RULES
from actions.questionnaire import QUESTIONNAIRE
from channels.offered import token_of
from channels.options import numbered_buttons
from channels.platforms.rendering import Piece, Style, render
from channels.platforms.whatsapp import WhatsAppChannel
from commands.consistency.project import PROJECT
from components.dialogue.responses import ResponseGenerator
from runtime.clinic import SENTENCES, Clinic, Doctor
from tests.support.all_channels import AllChannels
from tests.support.assistant import Assistant
from tests.support.client import Message
from tests.support.clinics import only

# As long as the words of a clinic may be.
LONGEST_CLINIC = Clinic(
    name="Dermatology " * 6,
    phone="+1 (555) 010-0100",
    booking_link="https://www.example-dermatology.com/" + "book-a-visit/" * 12,
    prices=["First consultation with one of our dermatologists: $150", "Second consultation: $100"],
    chat_page="https://www.example-dermatology.com/" + "chat/" * 20,
    email="appointments-and-everything-else@example-dermatology.com",
    address="Suite 1200, " + "Long Street " * 9,
    map_link="https://maps.example.com/" + "place/" * 30,
    opening_hours=["Mo-We,Fr 09:30-12:30", "Mo-We,Fr 13:30-17:45", "Th 11:30-20:00", "Sa 10:00-14:00"],
    time_zone="America/Argentina/Buenos_Aires",
    doctors=[
        Doctor(
            name=f"Dr. {'Anna ' * 4}Ruiz",
            title="MD, PhD, dermatologist",
            board_certification="American Board of Dermatology",
            verify_link="https://www.certificationmatters.org",
            gender="female",
        )
    ]
    * 8,
    languages=["English", "Spanish", "Vietnamese", "Tagalog", "Haitian Creole", "American Sign Language"],
    other_treatments=["platelet-rich plasma (PRP)", "minoxidil and finasteride", "hair transplants", "low-level laser"],
    offers_exosomes="topical_only",
    insurers=["Aetna", "Blue Cross", "Cigna", "Medicare", "UnitedHealthcare"] * 3,
    first_visit_price="$150, or $100 for students and people over 65",
    privacy_notice="https://www.example-dermatology.com/" + "privacy/" * 20,
    **dict.fromkeys(SENTENCES, ("One sentence of the clinic's own words, as long as it may be. " * 6).strip()),
)
PARTS = ("utter_clinic_open", "utter_clinic_unknown", "utter_check_change")  # beginnings of names; never said by themselves
ADDRESS = re.compile(r"https?://\S+")
MARKUP = re.compile(r"[*_~`]")  # would be shown as bold, italic, struck out or code by one platform or another


def variants() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields each response with the slots that choose one of its variants."""
    answers = {slot: list(question["values"]) if "select" in question else next(iter(question["values"]))
               for slot, question in QUESTIONNAIRE["questions"].items()}  # fmt: skip
    for name, (_, entries) in PROJECT.responses.items():
        for entry in entries if not name.startswith(PARTS) else ():
            slots = {condition["name"]: condition["value"] for condition in entry.get("condition", ())}
            if name == "utter_assessment":
                slots = {**answers, **slots, "candidacy_reasons": [rule.name for rule in RULES]}
                slots.setdefault("candidacy_outcome", "worth_discussing")
            if name in ("utter_said_again", "utter_in_short", "utter_not_exactly"):
                slots["said"] = ["utter_ask_pain"]
            yield name, slots


@pytest.fixture(scope="module")
def every_message(assistant: Assistant) -> list[tuple[str, Message]]:
    domain = assistant.agent.domain
    generator = ResponseGenerator(None, None)
    generator.clinics = only(LONGEST_CLINIC)
    generator.responses = domain.responses
    made = []
    for name, slots in variants():
        events = [SlotSet(slot, value) for slot, value in slots.items()]
        tracker = DialogueStateTracker.from_events("x", events, domain.slots)
        message = assistant.wait(generator.generate(name, tracker, "x"))
        made.append((f"{name} {slots}"[:90], message))
    assert len(made) > 200
    return made


def styles(all_channels: AllChannels) -> list[tuple[str, Style]]:
    bare = {**all_channels.channels["whatsapp"].settings, "quick_replies_1": ""}
    return [
        *((name, all_channels.channels[name].style) for name in all_channels.platforms),
        ("whatsapp without templates", WhatsAppChannel(bare).style),
    ]


def faults_of_a_piece(piece: Piece, lines: set[str], style: Style) -> Iterator[str]:
    """Yields what is wrong with one piece of a message whose whole text has these lines."""
    max_text = style.max_text_with_buttons if piece.buttons else style.max_text
    if not 0 < len(piece.text) <= max_text:
        yield f"a text of {len(piece.text)} characters"
    if piece.text.splitlines()[-1] not in lines and not piece.text.endswith((".", "!", "?")):
        yield f"cut within a sentence: {piece.text[-40:]!r}"
    if len(piece.buttons) > style.max_buttons or any(len(button["title"]) > style.max_title for button in piece.buttons):
        yield "buttons that do not fit"
    if any(not 0 < len(token_of(button["payload"]).encode()) <= 64 for button in piece.buttons):
        yield "a button that carries too much"


def faults(message: Message, style: Style) -> Iterator[str]:
    """Yields what is wrong with a message in the form of a platform."""
    pieces = render([message], style)
    (whole,) = render([message], Style(max_text=10**6, escape=style.escape, link=style.link))
    lines = set(whole.text.splitlines())
    shown = "\n".join(piece.text for piece in pieces)
    for piece in pieces:
        yield from faults_of_a_piece(piece, lines, style)
    pressed = [button for piece in pieces for button in piece.buttons]
    for button in numbered_buttons([message]):
        if button not in pressed and button["title"] not in shown:
            yield f"the option {button['title']} is not shown"
    for source in (message.get("metadata") or {}).get("sources") or ():
        if style.escape(source["title"]) not in shown or (source.get("url") or "") not in shown:
            yield f"the source {source['title']} is not shown"
    for button in message.get("buttons") or ():
        if "url" in button and button["url"].removeprefix("tel:") not in shown:
            yield f"the link {button['url']} is not shown"
    if MARKUP.search(ADDRESS.sub("", message["text"])):
        yield f"a sign of markup: {MARKUP.search(ADDRESS.sub('', message['text'])).group(0)!r}"
    if "{" in message["text"]:
        yield "an unfilled placeholder"
    if "/inform{" in shown or re.search(r"(^|\s)/[a-z_]+\b", ADDRESS.sub("", shown)):
        yield "a payload shows"


def test_every_response_fits_every_platform(all_channels: AllChannels, every_message: list[tuple[str, Message]]) -> None:
    found = [
        f"{platform}: {name}: {fault}"
        for platform, style in styles(all_channels)
        for name, message in every_message
        for fault in faults(message, style)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "message",
    [
        {"text": "word " * 300},
        {"text": "See *this*."},
        {"text": "Press /inform now."},
        {"text": "Which?", "buttons": [{"title": "", "payload": "x"}]},
    ],
)
def test_the_lint_finds_what_does_not_fit(message: Message) -> None:
    fits = Style(max_text=640, max_buttons=3, max_title=20, max_text_with_buttons=640)
    if message["text"] == "Which?":
        fits = Style(max_text=3, max_buttons=3, max_title=20, max_text_with_buttons=3)
    assert list(faults(message, fits))
