"""The texts: picks the right variant of a response and fills in the clinic's details and the country's numbers. No Rasa."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from typing import Any, TypedDict

from components.dialogue.clinic_answers import clinic_words, responses_of
from components.dialogue.facts import AS_OF
from runtime.clinic import Clinic, load_clinic
from runtime.data_files import read_yaml
from runtime.paths import RESPONSES
from runtime.shapes import Button

PLACEHOLDER = re.compile(r"\{(\w+)\}")
# Placeholders that stand for a whole sentence, and the response that has its variants.
CONTACT_SENTENCES = {"reach_clinic": "utter_reach_clinic", "visit_contact": "utter_visit_contact"}
REFERRALS = "referrals"  # slot: how many referrals we have given


class Variant(TypedDict, total=False):
    """One variant of a response in `data/responses/`. Without a `condition` it always applies."""

    text: str
    title: str  # only in other languages: that of the button that leads to the response; in English it is in `metadata`
    condition: list[dict[str, Any]]  # each has the `name` of a slot and the `value` it must have
    buttons: list[Button]
    metadata: dict[str, Any]


class Translation(TypedDict):
    """A file of `data/responses/languages/`."""

    language: str  # its name in that language
    reviewed: str  # date of the last change
    by: str  # the native clinician who has read it; empty: nobody yet
    words: dict[str, dict[str, str]]  # what placeholders say in that language in a country, instead of `data/countries.yml`
    texts: dict[str, list[Variant]]  # only text, condition and title; the rest is that of the English variant


@cache
def translations() -> dict[str, Translation]:
    """Returns the texts in other languages than English, by language code."""
    paths = sorted((RESPONSES / "languages").glob("*.yml"))
    return {path.stem: read_yaml(path) for path in paths}


class Texts:
    """One clinic's responses, by name."""

    def __init__(self, responses: Mapping[str, list[Variant]], clinic: Clinic) -> None:
        self.clinic = clinic
        self._clinic_words = {**clinic.words, **clinic_words(clinic)}  # the placeholders that need no other text
        self.responses = responses_of(self._clinic_words, responses)

    def __contains__(self, name: str) -> bool:
        return name in self.responses

    def variant(self, name: str, slots: Mapping[str, Any] = {}) -> Variant:
        """Returns the variant for these slots: one of those that `fitting` returns, in turn.

        Its text is in the visitor's language, if we have it in that language.
        """
        variant = _chosen(self.responses[name], slots)
        translated = translations().get(str(slots.get("language")))
        if not translated or name not in translated["texts"]:
            return variant
        text = _chosen(translated["texts"][name], slots)["text"]
        return {**variant, "text": _filled(text, translated["words"].get(self.clinic.country, {}))}

    def text(self, name: str, slots: Mapping[str, Any] = {}) -> str:
        return self.fill(self.variant(name, slots)["text"])

    def fill(self, text: str, words: Mapping[str, str] = {}) -> str:
        """Returns `text` with its placeholders filled in, also from `words`. Unknown placeholders are left alone."""
        return _filled(text, {**self.words, **words})

    def title(self, name: str, slots: Mapping[str, Any] = {}) -> str | None:
        """Returns the title of the button that leads to a response, or None if no button does.

        It is in the visitor's language, if we have it in that language.
        """
        translated = translations().get(str(slots.get("language")))
        titles = [variant.get("title") for variant in translated["texts"].get(name, ())] if translated else []
        titles += [variant.get("metadata", {}).get("title") for variant in self.responses.get(name, ())]
        return next((title for title in titles if title), None)

    @cached_property
    def words(self) -> dict[str, str]:
        """The values of the placeholders."""
        clinic_name = self.clinic.name or self.variant("utter_unnamed_clinic")["text"]
        words = {**self._clinic_words, "clinic_name": clinic_name, "as_of": f"As of {AS_OF},"}
        reached_by = [part for part, value in (("phone", self.clinic.phone), ("link", self.clinic.booking_link)) if value]
        contact = self.variant(f"utter_contact_{'_and_'.join(reached_by) or 'finder'}")["text"]
        words["clinic_contact"] = _filled(contact, words)
        sentences = {word: _filled(self.variant(name)["text"], words) for word, name in CONTACT_SENTENCES.items()}
        return {**words, **sentences}


def fitting(variants: Sequence[Variant], slots: Mapping[str, Any]) -> list[Variant]:
    """Returns the first variant whose conditions hold, with any others that have the same conditions.

    If no conditions hold, these are the variants without conditions.
    """
    found = [variant for variant in variants if variant.get("condition") and _holds(variant, slots)]
    conditions = found[0].get("condition") if found else None
    return [variant for variant in variants if (variant.get("condition") or None) == conditions]


def _holds(variant: Variant, slots: Mapping[str, Any]) -> bool:
    return all(slots.get(condition["name"]) == condition["value"] for condition in variant.get("condition", ()))


def _chosen(variants: Sequence[Variant], slots: Mapping[str, Any]) -> Variant:
    # Nearly every turn gives a referral, so with their number no text comes twice running if there are several.
    fits = fitting(variants, slots)
    return fits[int(slots.get(REFERRALS) or 0) % len(fits)]


def _filled(text: str, words: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda found: str(words.get(found.group(1), found.group(0))), text)


@cache
def fixed_text(name: str) -> str:
    """Returns a response from `data/responses/notices.yml`, without needing a model or a conversation."""
    responses = {}
    for file in ("notices.yml", "contact.yml"):
        responses.update(read_yaml(RESPONSES / file)["responses"])
    return Texts(responses, load_clinic()).text(name)
