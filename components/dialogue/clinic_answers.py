"""What a reply can say about the clinic itself: the variant that `clinic.yml` allows, the clinic's words, and its links. No Rasa.

We only say a variant with `needs` in its metadata if the clinic has given all of them. Each is a placeholder that must not be
empty, or a placeholder with the value that it must have, such as `{offers_exosomes: topical_only}` or `{country: GB}`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from components.dialogue.wording import Wording
from runtime.clinic import SENTENCES, Clinic, Doctor
from runtime.opening_hours import is_within, opening_at

if TYPE_CHECKING:
    from components.dialogue.translations import Variant

OPEN_NOW = "open_now"  # the placeholder that depends on the time
UNKNOWN = "utter_clinic_unknown"  # what we say if the clinic has not told us
# Placeholders that only get a value when we reply.
MOMENTARY = (OPEN_NOW, "opening_time", "opening_day", "closing_time", "unknown")
DERMATOLOGY = re.compile("dermatolog", re.I)
DAYS_IN_A_WEEK = 7

# The clinic's own words that we add to an answer, if it has given them: placeholder and response.
ADDITIONS = {
    "utter_ask_cost": ("clinic_prices", "utter_clinic_prices"),
    "utter_ask_cost/exosome_price": ("clinic_prices", "utter_clinic_prices"),
    "utter_ask_privacy": ("privacy_notice", "utter_clinic_privacy_notice"),
}
# The links that `links` in a response's metadata may name: the placeholder with the address, and the response with the title.
LINKS = {
    "phone": ("clinic_phone", "utter_contact_phone"),
    "booking": ("booking_link", "utter_contact_link"),
    "finder": ("finder_url", "utter_contact_finder"),
    "map": ("map_link", "utter_clinic_map"),
}
CONTACT = "contact"  # the first of the next three that the clinic has
CONTACT_LINKS = ("phone", "booking", "finder")


def responses_of(words: Mapping[str, str], responses: Mapping[str, Sequence[Variant]]) -> dict[str, Sequence[Variant]]:
    """Returns the responses with only those variants that the clinic's words allow.

    If they allow none, we say that we don't know.
    """
    allowed = {name: _allowed(variants, words) for name, variants in responses.items()}
    return {name: variants or [_unknown(responses[name][0], allowed[UNKNOWN][0])] for name, variants in allowed.items()}


def _allowed(variants: Sequence[Variant], words: Mapping[str, str]) -> Sequence[Variant]:
    """Returns the first variant with needs that are met, otherwise those without needs."""
    met = [variant for variant in variants if _needs(variant) and all(_is_met(need, words) for need in _needs(variant))]
    return met[:1] or [variant for variant in variants if not _needs(variant)]


def _needs(variant: Variant) -> list[Any]:
    needs: list[Any] = variant.get("metadata", {}).get("needs", [])
    return needs


def _is_met(need: str | Mapping[str, str], words: Mapping[str, str]) -> bool:
    if isinstance(need, str):
        return bool(words[need])
    return all(words[name] == value for name, value in need.items())


def _unknown(asked: Variant, unknown: Variant) -> Variant:
    """Returns the variant `unknown`, with what we don't know and the follow-ups of the variant that was asked for."""
    metadata = asked["metadata"]
    offered: dict[str, Any] = {field: metadata[field] for field in ("title", "followups") if field in metadata}
    text = unknown["text"].replace("{unknown}", metadata["unknown"])
    return {**unknown, "text": text, "metadata": {**unknown["metadata"], **offered}}


def clinic_words(clinic: Clinic, said: Wording) -> dict[str, str]:
    """Returns the values of the placeholders about the clinic itself. Those that it has not given are empty."""
    given = clinic.dict()
    return {
        **{field: given[field] for field in SENTENCES},
        **{field: given[field].rstrip(" .") for field in ("address", "hours", "first_visit_price")},
        **{field: given[field] for field in ("country", "email", "map_link", "time_zone", "offers_exosomes", "privacy_notice")},
        **{field: said.joined(given[field]) for field in ("languages", "insurers", "other_treatments")},
        "opening_hours": "; ".join(map(said.hours, clinic.weekly_hours)),
        "doctors": "\n".join(f"- {_described(doctor, said)}." for doctor in clinic.doctors),
        "women_doctors": said.joined(
            [said.doctor(doctor.name, doctor.title) for doctor in clinic.doctors if doctor.gender == "female"]
        ),
        "dermatologists": said.joined(
            [doctor.name for doctor in clinic.doctors if DERMATOLOGY.search(doctor.board_certification)]
        ),
        "own_contact": clinic.phone or clinic.booking_link,
    }


def _described(doctor: Doctor, said: Wording) -> str:
    """Returns the name and title of a doctor, and the certification as the clinic attests it."""
    board = re.sub(r"^the\s", "", doctor.board_certification, flags=re.I)
    return said.doctor(doctor.name, doctor.title, board, doctor.verify_link)


def open_now(clinic: Clinic, moment: datetime, said: Wording) -> tuple[str, dict[str, str]]:
    """Returns the response that says whether the clinic is open at `moment`, and the words that it needs.

    The clinic must have opening hours and a time zone. `moment` needs a time zone; any will do.
    """
    zone = ZoneInfo(clinic.time_zone)
    opening = opening_at(clinic.weekly_hours, zone, moment)
    assert opening, "there are opening hours, so the clinic opens within a week"
    here = moment.astimezone(zone)
    if is_within(opening, moment):
        is_always_open = (opening.closes.date() - here.date()).days >= DAYS_IN_A_WEEK
        return ("utter_clinic_always_open" if is_always_open else "utter_clinic_open"), {
            "closing_time": said.clock(opening.closes.time())
        }
    days = (opening.opens.date() - here.date()).days
    words = {"opening_time": said.clock(opening.opens.time()), "opening_day": said.day(opening.opens.weekday())}
    return {0: "utter_clinic_opens_today", 1: "utter_clinic_opens_tomorrow"}.get(days, "utter_clinic_opens_later"), words


def links(names: Sequence[str], words: Mapping[str, str]) -> list[tuple[str, str]]:
    """Returns the address of each link that the clinic has, after the response that has its title.

    Without a phone, a booking page and a public finder for its country, it has no contact.
    """
    contact = [link for link in CONTACT_LINKS if words[LINKS[link][0]]][:1]
    found = []
    for name in (link for named in names for link in (contact if named == CONTACT else [named])):
        placeholder, title = LINKS[name]
        if words[placeholder]:
            found.append((title, _phone_link(words[placeholder]) if name == "phone" else words[placeholder]))
    return found


def _phone_link(number: str) -> str:
    return f"tel:{re.sub(r'[^+0-9]', '', number)}"
