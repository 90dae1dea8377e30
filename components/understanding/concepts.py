"""The table of medicines and conditions in data/understanding/concepts/: their names, and what follows from naming one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.data_files import read_yaml
from runtime.paths import UNDERSTANDING_DATA

FOLDER = UNDERSTANDING_DATA / "concepts"
CLASSES = "classes.yml"
CONCEPT = "concept"  # the entity of a concept from which nothing follows
NOW, PAST, POSSIBLE, CONSIDERED = "now", "past", "possible", "considered"
STATUSES = (NOW, PAST, POSSIBLE)  # something that is only considered has no consequences
OF_CONCEPT, OF_CLASS = {"names", "past_names", "alone", "class", "covers"}, {"source", "reviewed"}
CONSEQUENCES = {*STATUSES, "as_answer"}  # in a class, or in a concept that differs from its class


class ConceptError(ValueError):
    """The table is wrong. The message names the file and the entry."""


@dataclass(frozen=True)
class Concept:
    """A medicine, a condition or a treatment.

    Attributes:
        names: what people call it.
        past_names: what people call it once it is over ("cancer survivor").
        alone: names that count only if they stand by themselves, as the answer to a question that the concept bears on; `#` is a
            number ("# weeks").
        answers: by status, pairs of slot and value that follow.
        as_answer: by slot, the value that it also means as the answer to the open question.
        class_name: its class.
        covers: the classes that it is a word for: whoever takes no "blood thinner" takes no Eliquis.
    """

    names: tuple[str, ...]
    past_names: tuple[str, ...]
    alone: tuple[str, ...]
    answers: Mapping[str, tuple[tuple[str, str], ...]]
    as_answer: Mapping[str, str]
    class_name: str
    covers: frozenset[str]

    @property
    def slots(self) -> set[str]:
        """The slots that it may say something about."""
        return {slot for pairs in self.answers.values() for slot, _ in pairs}


def load(folder: Path = FOLDER) -> dict[str, Concept]:
    """Returns the concepts of all files, by id.

    Raises:
        ConceptError: an entry is wrong.
    """
    classes = _entries(folder / CLASSES)
    for name, entry in classes.items():
        _check_fields(folder / CLASSES, name, entry, needed=OF_CLASS | set(STATUSES), allowed=OF_CLASS | CONSEQUENCES)
    concepts: dict[str, Concept] = {}
    for path in sorted(folder.glob("*.yml")):
        for name, entry in _entries(path).items() if path.name != CLASSES else ():
            if name in concepts:
                raise ConceptError(f"{path}: {name} stands in another file too.")
            concepts[name] = _concept(path, name, entry, classes)
    return concepts


def _entries(path: Path) -> dict[str, dict[str, Any]]:
    entries = read_yaml(path)
    if not isinstance(entries, dict):
        raise ConceptError(f"{path} has no entries.")
    return entries


def _concept(path: Path, name: str, entry: dict[str, Any], classes: Mapping[str, dict[str, Any]]) -> Concept:
    _check_fields(path, name, entry, needed={"names", "class"}, allowed=OF_CONCEPT | CONSEQUENCES)
    if entry["class"] not in classes:
        raise ConceptError(f"{path}: {name} has the class {entry['class']}, which {CLASSES} does not have.")
    for covered in entry.get("covers", ()):
        if covered not in classes:
            raise ConceptError(f"{path}: {name} covers {covered}, which {CLASSES} does not have.")
    if not entry["names"]:
        raise ConceptError(f"{path}: {name} has no names.")
    known = {**classes[entry["class"]], **entry}
    return Concept(
        names=tuple(str(each) for each in entry["names"]),
        past_names=tuple(entry.get("past_names", ())),
        alone=tuple(entry.get("alone", ())),
        answers={status: tuple(_pairs(known[status])) for status in STATUSES},
        as_answer=known.get("as_answer", {}),
        class_name=entry["class"],
        covers=frozenset(entry.get("covers", ())),
    )


def _check_fields(path: Path, name: str, entry: object, needed: set[str], allowed: set[str]) -> None:
    fields = set(entry) if isinstance(entry, dict) else set()
    for field in sorted(needed - fields):
        raise ConceptError(f"{path}: {name} has no {field}.")
    for field in sorted(fields - allowed):
        raise ConceptError(f"{path}: {name} has {field}, which is none of {', '.join(sorted(allowed))}.")


def _pairs(answers: Mapping[str, str | list[str]]) -> Iterator[tuple[str, str]]:
    for slot, values in answers.items():
        yield from ((slot, value) for value in ([values] if isinstance(values, str) else values))


CONCEPTS = load()


def follows(concept: str, status: str | None = None) -> list[tuple[str, str]]:
    """Returns the pairs of slot and value that follow from a concept.

    Args:
        concept: the id of the concept.
        status: None if it holds now, otherwise `past`, `possible` or `considered`.
    """
    return list(CONCEPTS[concept].answers.get(status or NOW, ()))


def is_same_or_covers(concept: str, other: str) -> bool:
    """Whether what is said of one concept, such as "blood thinner", is also said of another, such as Eliquis."""
    return (
        concept == other or other in CONCEPTS and concept in CONCEPTS and CONCEPTS[other].class_name in CONCEPTS[concept].covers
    )
