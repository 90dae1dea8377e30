"""Checks the replies about the clinic itself: what they need, their links, and that we use each field of clinic.yml."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from commands.consistency.project import Entry, Project, listed
from commands.consistency.replies import PLACEHOLDER, variants
from components.dialogue.clinic_answers import CONTACT, LINKS, clinic_words
from components.dialogue.wording import wording
from runtime.clinic import COUNTRIES, OFFERED, Clinic

# Fields about the chat, and not about the clinic.
ABOUT_THE_CHAT = (
    "country",
    "color",
    "greeting",
    "translations",
    "websites",
    "chat_page",
    "check_also_on",
    "callback",
    "consent_to_store",
    "report_not_understood",
)
EXAMPLES_IN = "docs/clinic.md"
# What a variant can need of the clinic with a certain value.
VALUES = {"offers_exosomes": OFFERED, "country": tuple(COUNTRIES)}


def needs(project: Project) -> Iterator[str]:
    """A need that no clinic can meet would keep a reply from everybody."""
    empty = Clinic()
    known = {*empty.words, *clinic_words(empty, wording())}
    for where, _, entry in variants(project):
        for name, value in _needs(entry):
            if name not in known:
                yield f"{where} needs {name}, which is no placeholder about the clinic: use one of {listed(sorted(known))}."
            elif value and value not in VALUES.get(name, ()):
                allowed = "; ".join(f"{field} with one of {listed(values)}" for field, values in VALUES.items())
                yield f"{where} needs {name}: {value}, which it never is: use {allowed}."


def links(project: Project) -> Iterator[str]:
    for where, _, entry in variants(project):
        for name in entry.get("metadata", {}).get("links", []):
            if name not in (CONTACT, *LINKS):
                yield f"{where} links to {name}: use one of {listed(sorted((CONTACT, *LINKS)))}."


def unknown(project: Project) -> Iterator[str]:
    """If all variants need something, the first says what we don't know where the clinic has given nothing."""
    for name, (path, entries) in project.responses.items():
        if all(list(_needs(entry)) for entry in entries) and not entries[0]["metadata"].get("unknown"):
            yield f"{path}: {name} says nothing for a clinic that gives nothing: add metadata unknown to its first entry."


def fields(project: Project) -> Iterator[str]:
    """Each field that a clinic fills in must be said somewhere, stand in clinic.yml, and have an example in the documents."""
    said = {placeholder for placeholder, _ in LINKS.values()}
    for _, _, entry in variants(project):
        said |= {*PLACEHOLDER.findall(entry["text"]), *(name for name, _ in _needs(entry))}
    for field in Clinic.__fields__:
        if field not in ABOUT_THE_CHAT and not {field, f"clinic_{field}"} & said:
            yield f"runtime/clinic.py has the field {field}, which no reply says: write one in data/responses/, or take it out."
        for path, shown in (("clinic.yml", f"\n{field}:"), (EXAMPLES_IN, f"| `{field}`")):
            if shown not in project.text(path):
                yield f"{path} does not show the field {field} of runtime/clinic.py: add it."


def _needs(entry: Entry) -> Iterator[tuple[str, Any]]:
    """Yields each placeholder that a variant needs, with the value that it must have, if that matters."""
    for need in entry.get("metadata", {}).get("needs", []):
        yield from need.items() if isinstance(need, dict) else [(need, None)]
