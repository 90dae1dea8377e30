"""What the page calls things. The titles of topics, questions and languages are those that visitors see."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from actions.questionnaire import ANSWER_FIELDS, CONSENT, PATIENT, READBACK
from components.dialogue.translations import danger_translations
from components.dialogue.wording import spoken_languages, wording
from components.intents import FALLBACK, OUT_OF_SCOPE, QUESTION_PREFIX
from components.storage.figures import RESULT
from runtime.paths import RESPONSES

CHANNELS = {"web": "Website", "whatsapp": "WhatsApp"}
STEPS = {
    CONSENT: "“Shall I start?”",
    PATIENT: "Who it is about",
    **{slot: fields["label"] for slot, fields in ANSWER_FIELDS.items()},
    READBACK: "“Is that right?”",
    RESULT: "Got a result",
}
OUTCOMES = {
    "worth_discussing": "Worth discussing with a dermatologist",
    "see_dermatologist_first": "See a dermatologist first",
    "less_likely_to_help": "Less likely to help",
    "not_now": "Not now",
    "urgent_care": "Urgent care",
}
DANGERS = {
    "crisis": "Thoughts of self-harm",
    "emergency": "Medical emergency",
    "abuse": "Abuse or violence",
    "reaction": "Reaction to a treatment",
}
CONTACTS = {"phone": "Pressed to call", "booking": "Opened the booking page", "callback": "Asked for a call back"}
NOT_UNDERSTOOD = {FALLBACK: "Not understood", OUT_OF_SCOPE: "About something else"}
GENERAL = "In general"  # a question about no detail of its topic


def topic(name: str) -> str:
    return _titles().get(f"utter_{name}") or in_words(name.removeprefix(QUESTION_PREFIX))


def detail(topic_name: str, name: str) -> str:
    return _titles().get(f"utter_{topic_name}/{name}") or in_words(name) if name else GENERAL


def answer(name: str) -> str:
    """Returns the name of `topic/detail`."""
    topic_name, _, detail_name = name.partition("/")
    return f"{topic(topic_name)} – {detail(topic_name, detail_name)}" if detail_name else topic(topic_name)


def language(code: str) -> str:
    if code in spoken_languages():
        return wording(code).name
    known = danger_translations().get(code)
    return known["language"].capitalize() if known else code


def channel(name: str) -> str:
    return CHANNELS.get(name) or name.capitalize()


def hour(name: str) -> str:
    return f"{name}:00"


def in_words(name: str) -> str:
    return name.replace("_", " ").capitalize()


@cache
def _titles() -> Mapping[str, str]:
    titles: dict[str, str] = {}
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for path in sorted(RESPONSES.glob("*.yml")):
        for name, variants in yaml.load(path.read_text(encoding="utf-8"), loader)["responses"].items():
            titles[name] = next(filter(None, (variant.get("metadata", {}).get("title") for variant in variants)), "")
    return titles
