"""Finds what nobody read in an answer to a list question: "no, only ...". With such words, "no" does not mean none of the list.

Needs no model: whoever calls gives the scores of the parts that are left. The words are in data/understanding/unread_parts.yml.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from actions.questionnaire import LISTS, NONE
from components.understanding import normalise
from components.understanding.concepts import CONCEPT, PAST
from components.understanding.lexicon import REPLY
from runtime.data_files import read_yaml
from runtime.paths import UNDERSTANDING_DATA
from runtime.shapes import Entity

UNREAD = "unread"  # entity
WORDS = read_yaml(UNDERSTANDING_DATA / "unread_parts.yml")
HARMLESS, IF_DENIED = frozenset(WORDS["harmless"]), frozenset(WORDS["harmless_if_denied"])
IF_OVER, BESIDE_NAME = frozenset(WORDS["harmless_if_over"]), frozenset(WORDS["harmless_beside_a_name"])
DENYING, EXCEPTIONS = frozenset(WORDS["denying"]), frozenset(WORDS["exceptions"])
UNFINISHED = re.compile("|".join(WORDS["unfinished"]))
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
CLAUSE_END = re.compile(r"[,;.!?\n…]+|\bbut\b")
ASKS_US, PRODUCT = re.compile(WORDS["asks_us"]), re.compile(WORDS["products"])
# The scores from which on a part says nothing more than "no". After an exception it must be clearer.
MIN_SCORES = {NONE: 0.45, "empty": 0.55}
MIN_SCORES_AFTER_EXCEPTION = {NONE: 0.5, "empty": 0.6}

Scores = Mapping[str, float]


class Part(NamedTuple):
    """A part of a message, and its place there."""

    text: str
    start: int
    end: int


def unread_part(
    text: str,
    slot: str,
    entities: Sequence[Entity],
    parts: Sequence[str],
    is_denial: bool,
    is_doubted: bool,
    scores: Callable[[str], Scores],
) -> Entity | None:
    """Returns an entity for the first words that nobody could read, or None if there are none.

    Args:
        text: the message.
        slot: the open question.
        entities: what was found in it.
        parts: the parts of the message that have scores.
        is_denial: whether the classifier takes the message for a "no".
        is_doubted: whether the reader sees something of the list in the message, though nothing is named.
        scores: returns the reader's scores for one part.
    """
    if slot not in LISTS or any(_answers(entity, slot) for entity in entities):
        return None
    if is_unfinished(text):
        return _entity(Part(text, 0, len(text)))
    if not (is_denial or any(_says_none(entity, slot) for entity in entities)):
        return None
    if is_doubted:
        return _entity(Part(text, 0, len(text)))
    found = (part for part in _parts(text, parts) if _is_unread(part, slot, entities, scores))
    return next(map(_entity, found), None)


def is_unfinished(text: str) -> bool:
    """Whether a message is no answer at all, such as "um", "I have" or "as I said"."""
    return bool(UNFINISHED.search(normalise.for_classifier(text)))


def _entity(part: Part) -> Entity:
    return {"entity": UNREAD, "value": part.text, "start": part.start, "end": part.end}


def _answers(entity: Entity, slot: str) -> bool:
    """Whether an entity is a value of the list."""
    return entity["entity"] == slot and entity["value"] != NONE and not entity.get("role")


def _says_none(entity: Entity, slot: str) -> bool:
    return (entity["entity"], entity["value"]) in {(slot, NONE), (REPLY, "no")} and entity.get("role") != "denied"


def _parts(text: str, parts: Sequence[str]) -> Iterator[Part]:
    """Yields the parts of a message, and what stands between them."""
    place = 0
    for part in parts:
        start = text.find(part, place)
        if start > place:
            yield Part(text[place:start], place, start)
        if start >= 0:
            yield Part(part, start, start + len(part))
            place = start + len(part)
    if text[place:].strip():
        yield Part(text[place:], place, len(text))


def is_read(text: str, entities: Sequence[Entity]) -> bool:
    """Whether no word of a text is left that is neither named nor harmless."""
    return not _has_content(Part(text, 0, len(text)), [entity for entity in entities if _is_name(entity)])


def _is_unread(part: Part, slot: str, entities: Sequence[Entity], scores: Callable[[str], Scores]) -> bool:
    inside = [entity for entity in entities if entity["start"] < part.end and entity["end"] > part.start and _is_name(entity)]
    if any(entity["entity"] == slot and entity["value"] != NONE for entity in inside) or not _has_content(part, inside):
        return False
    if ASKS_US.match(part.text.lower()):
        return False  # "no, and is it painful?"
    words = _words(part.text)
    if not EXCEPTIONS.isdisjoint(words[1:]):
        return True
    needed = MIN_SCORES_AFTER_EXCEPTION if words[0] in EXCEPTIONS else MIN_SCORES
    found = scores(part.text)
    return not any(found.get(label, 0) >= score for label, score in needed.items())


def _is_name(entity: Entity) -> bool:
    """Whether an entity is a name in the text, and not a reading of the whole message."""
    return entity["entity"] != "language" and entity.get("extractor") != "AnswerReader"


def _has_content(part: Part, inside: Sequence[Entity]) -> bool:
    """Whether words are left that are neither named nor harmless. An exception that names something is read: "only biotin"."""
    text = part.text
    places = [_place(entity, part) for entity in inside]
    for start, end in places:
        text = text[:start] + "".join(" " if letter.isalnum() else letter for letter in text[start:end]) + text[end:]
    is_over = any(entity.get("status") == PAST for entity in inside)
    for start, end in _clauses(part.text):
        named = [entity for (place, _), entity in zip(places, inside, strict=True) if start <= place < end]
        if _clause_has_content(part.text[start:end], text[start:end], is_over, named):
            return True
    return False


def _place(entity: Entity, part: Part) -> tuple[int, int]:
    """Returns the place of an entity in a part. "Tablets" after the name of a medicine belong to it."""
    start, end = max(0, entity["start"] - part.start), min(entity["end"] - part.start, len(part.text))
    product = PRODUCT.match(part.text.lower(), end) if entity.get("concept") else None
    return start, product.end() if product else end


def _names_concept(entity: Entity) -> bool:
    return bool(entity.get("concept")) or entity["entity"] == CONCEPT


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for found in CLAUSE_END.finditer(text):
        yield start, found.start()
        start = found.end()
    yield start, len(text)


def _clause_has_content(clause: str, left: str, is_over: bool, named: Sequence[Entity]) -> bool:
    words = {word for word in _words(left) if not (is_over and word.isdigit())}
    denies = DENYING.intersection(_words(clause)) or any(entity["value"] == NONE for entity in named)
    harmless = HARMLESS | IF_DENIED if denies else HARMLESS
    harmless = harmless | IF_OVER if is_over else harmless
    harmless = harmless | BESIDE_NAME | EXCEPTIONS if any(map(_names_concept, named)) else harmless
    return not words <= harmless


def _words(text: str) -> list[str]:
    return WORD.findall(normalise.for_classifier(text))
