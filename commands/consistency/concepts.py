"""Checks the table of medicines and conditions: each name has one meaning, and each class a consequence that the check knows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from commands.consistency.project import CLASSES, Project, consequences
from commands.consistency.understanding import CHECK, known_values

FACTS = "data/facts.yml"
OPINION = "general practice"  # the source of what rests on no fact


def names(project: Project) -> Iterator[str]:
    """A name that stands twice would mean two things, and only one of them would be heard."""
    owners: dict[str, str] = {}
    for concept, (path, entry) in project.concepts.items():
        for name in map(str, [*entry["names"], *entry.get("past_names", [])]):
            other = owners.setdefault(name, concept)
            if other != concept:
                yield f"{path} has the name {name} for {concept}, which is a name of {other} too: take one of them out."
            if name != name.lower():
                yield f"{path} has the name {name} for {concept}: write it in lower case."


def classes(project: Project) -> Iterator[str]:
    known = project.data(CLASSES)
    for concept, (path, entry) in project.concepts.items():
        if entry.get("class") not in known:
            yield f"{path} has the class {entry.get('class')} for {concept}, which {CLASSES} does not have: add or correct it."
    used = {entry.get("class") for _, entry in project.concepts.values()}
    for name in known:
        if name not in used:
            yield f"{CLASSES} has {name}, which no concept belongs to: take it out, or correct the name."


def followed(project: Project) -> Iterator[str]:
    """What follows must be an answer that the check knows."""
    of_classes = [(CLASSES, name, entry) for name, entry in project.data(CLASSES).items()]
    of_concepts = [(path, name, entry) for name, (path, entry) in project.concepts.items()]
    for path, name, entry in [*of_classes, *of_concepts]:
        for slot, value in consequences(entry):
            if value not in (known_values(project, slot) or ()):
                yield f"{path} has {slot}: {value} for {name}, which {CHECK} does not know: add it there, or correct it."


def sources(project: Project) -> Iterator[str]:
    facts = project.data(FACTS)["facts"]
    for name, entry in project.data(CLASSES).items():
        stated = str(entry.get("source") or "")
        if not stated:
            yield f"{CLASSES} has no source for {name}: name the facts of {FACTS} behind it, or {OPINION}."
        for source in filter(None, stated.split(", ")):
            if source != OPINION and source not in facts:
                yield f"{CLASSES} has the source {source} for {name}, which {FACTS} lacks: correct it, or write {OPINION}."
        if not _is_date(entry.get("reviewed")):
            yield f'{CLASSES} does not say when {name} was reviewed: write `reviewed` with a date like "2026-11-30".'


def _is_date(value: object) -> bool:
    try:
        return bool(date.fromisoformat(str(value)))
    except ValueError:
        return False
