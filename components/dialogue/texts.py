"""The texts: picks the right variant of a response and fills in the clinic's details and the country's numbers. No Rasa."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache, cached_property
from typing import Any

from components.dialogue.clinic_answers import clinic_words, open_now, responses_of
from components.dialogue.facts import AS_OF
from components.dialogue.translations import Variant, danger_translations, rendered
from components.dialogue.wording import spoken_languages, wording
from components.understanding.languages import ENGLISH
from runtime.clinic import Clinic
from runtime.clinics import served_clinics
from runtime.data_files import read_yaml
from runtime.paths import RESPONSES

PLACEHOLDER = re.compile(r"\{(\w+)\}")
# Placeholders that stand for a whole sentence, and the response that has its variants.
CONTACT_SENTENCES = {"reach_clinic": "utter_reach_clinic", "visit_contact": "utter_visit_contact"}
REFERRALS = "referrals"  # slot: how many referrals we have given


class Texts:
    """One clinic's responses, by name, in one language that the assistant speaks."""

    def __init__(self, responses: Mapping[str, list[Variant]], clinic: Clinic, language: str = ENGLISH) -> None:
        self.clinic, self.language, self.wording = clinic, language, wording(language)
        self._english = responses
        spoken = clinic.spoken_in(language)
        # The placeholders that need no other text.
        self._clinic_words = {**spoken.words, **self.wording.country(clinic.country), **clinic_words(spoken, self.wording)}
        said = responses if language == ENGLISH else rendered(responses, language)
        self.responses = responses_of(self._clinic_words, said)
        self._others: dict[str, Texts] = {}

    def spoken_in(self, language: str | None) -> Texts:
        """Returns the texts in `language`, if the assistant speaks it, otherwise these."""
        if language == self.language or language not in spoken_languages():
            return self
        if language not in self._others:
            self._others[language] = Texts(self._english, self.clinic, language)
        return self._others[language]

    def __contains__(self, name: str) -> bool:
        return name in self.responses

    def variant(self, name: str, slots: Mapping[str, Any] = {}) -> Variant:
        """Returns the variant for these slots: one of those that `fitting` returns, in turn.

        If the visitor's language is one that the assistant does not speak, the few texts that we have in it are in that language.
        """
        variant = _chosen(self.responses[name], slots)
        translated = danger_translations().get(str(slots.get("language")))
        if not translated or name not in translated["texts"]:
            return variant
        text = _chosen(translated["texts"][name], slots)["text"]
        return {**variant, "text": _filled(text, translated["words"].get(self.clinic.country, {}))}

    def language_of(self, name: str, slots: Mapping[str, Any] = {}) -> str:
        """Returns the code of the language that `variant` is in."""
        language = str(slots.get("language"))
        return language if name in danger_translations().get(language, {"texts": {}})["texts"] else self.language

    def text(self, name: str, slots: Mapping[str, Any] = {}) -> str:
        return self.fill(self.variant(name, slots)["text"])

    def fill(self, text: str, words: Mapping[str, str] = {}) -> str:
        """Returns `text` with its placeholders filled in, also from `words`. Unknown placeholders are left alone."""
        return _filled(text, {**self.words, **words})

    def open_now(self, moment: datetime) -> str:
        """Returns the sentence that says whether the clinic is open at `moment`. The clinic has opening hours and a time zone."""
        name, words = open_now(self.clinic, moment, self.wording)
        return self.fill(self.variant(name)["text"], words)

    def title(self, name: str, slots: Mapping[str, Any] = {}) -> str | None:
        """Returns the title of the button that leads to a response, or None if no button does.

        As for `variant`, it may be in another language.
        """
        translated = danger_translations().get(str(slots.get("language")))
        titles = [variant.get("title") for variant in translated["texts"].get(name, ())] if translated else []
        titles += [variant.get("metadata", {}).get("title") for variant in self.responses.get(name, ())]
        return next((title for title in titles if title), None)

    @cached_property
    def words(self) -> dict[str, str]:
        """The values of the placeholders."""
        clinic_name = self.clinic.name or self.variant("utter_unnamed_clinic")["text"]
        words = {**self._clinic_words, "clinic_name": clinic_name, "as_of": self.wording.as_of(AS_OF)}
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
    # Nearly every turn ends with a referral. So their number picks another one of several texts in each turn.
    fits = fitting(variants, slots)
    return fits[int(slots.get(REFERRALS) or 0) % len(fits)]


def _filled(text: str, words: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda found: str(words.get(found.group(1), found.group(0))), text)


def fixed_texts(clinic: Clinic | None = None, language: str = ENGLISH) -> Texts:
    """Returns a clinic's responses from `data/responses/notices.yml`, without needing a model or a conversation.

    Without a clinic, they only say what holds for every clinic.
    """
    return Texts(_notices(), clinic or served_clinics().of(None), language)


def fixed_text(name: str, language: str = ENGLISH, clinic: Clinic | None = None) -> str:
    """Returns one of `fixed_texts`."""
    return fixed_texts(clinic, language).text(name)


@cache
def _notices() -> dict[str, list[Variant]]:
    responses: dict[str, list[Variant]] = {}
    for file in ("notices.yml", "contact.yml"):
        responses.update(read_yaml(RESPONSES / file)["responses"])
    return responses
