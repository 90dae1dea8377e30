"""Decides how to read the answer to the open question of the check: as the lexicon found it, or as the reader scores it.

The part of `AnswerReader` that needs no model. There is one score, from about 0 to about 1, for each value of the question and
for each label below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import NamedTuple

from actions.candidacy import STOPS
from actions.questionnaire import AGE, LISTS, NONE, QUESTIONS, VALUES
from components.understanding.concepts import CONCEPT, CONCEPTS, CONSIDERED, follows
from components.understanding.lexicon import REPLY
from components.understanding.mention_holders import is_of_others, own
from runtime.shapes import Entity

# Labels in addition to the values: there is nothing to read; a number is stated, which `ages` reads.
EMPTY, STATED = "empty", "stated"
HEALTH, WARNING_SIGNS = "health_flags", "warning_signs"
DECLINED, NOT_SURE = "declined", "not_sure"
REPLIES = {NONE: "no", NOT_SURE: "not_sure", DECLINED: "declined"}


class Choice(NamedTuple):
    """A reading of a message: replace the entities of the kinds in `replaced` with `found`, pairs of entity and value.

    `holder` is whose that is, if the message says it of what else it names.
    """

    replaced: set[str]
    found: list[tuple[str, str]]
    holder: str | None = None

    def replaces(self, entity: Entity) -> bool:
        """Whether an entity gives way. What is said of other people stays: the reading is not about them."""
        return entity["entity"] in self.replaced and not is_of_others(entity.get("holder"))


def choose(
    slot: str,
    scores: Mapping[str, float],
    entities: Sequence[Entity],
    is_question: bool,
    is_read: bool,
    thresholds: Mapping[str, float],
) -> Choice | None:
    """Returns what to replace the lexicon's finds with, or None to keep them.

    Args:
        slot: the open question.
        scores: the reader's score for each of its labels.
        entities: what the lexicon found.
        is_question: whether the message has the form of a question.
        is_read: whether the lexicon leaves no word of the message that could mean anything (see `unread_parts`).
        thresholds: see `AnswerReader.get_default_config`.
    """
    if slot not in VALUES:
        agrees = any((entity["entity"], entity["value"]) == (REPLY, "yes") for entity in entities)
        return None if agrees and is_read and not is_question else _agreement(scores, is_question, thresholds)
    named, denied = _values(own(entities), slot, None), _values(entities, slot, "denied")
    of_others = {entity["value"] for entity in entities if is_of_others(entity.get("holder"))} | _over(slot, entities)
    is_told = is_read and any(entity["entity"] in (slot, CONCEPT) for entity in entities)
    listed = [] if is_question or is_told else _listed_values(slot, scores, thresholds, beside=named)
    added = [value for value in listed if value not in named | denied | of_others]
    if added:
        return Choice({REPLY}, [(slot, value) for value in added], _holder(slot, entities))
    if _is_said_in_so_many_words(slot, named, entities):
        return None
    if slot not in LISTS and is_read and named <= _implied(slot, entities) and _answers_another(slot, entities):
        return _unless_clear(slot, named, scores, thresholds)
    best = max(scores, key=lambda label: scores[label])
    if best == EMPTY:
        is_said = not is_question and (named - _implied(slot, entities) and is_read or _shrugs(entities))
        return Choice({slot, REPLY}, []) if scores[EMPTY] >= thresholds["empty"] and not is_said else None
    if best == NONE and slot == HEALTH and (denied or doubt(scores) >= thresholds["doubt"]):
        return None  # "no blood thinners" speaks of one thing on the list
    needed = "overrules" if best in of_others else _needed(slot, entities, is_question)
    if best in denied or scores[best] < thresholds[needed]:
        return None
    is_name = any(entity["entity"] == slot and entity.get("concept") and not entity.get("role") for entity in entities)
    return _choose_best(slot, best, named, overrules=scores[best] >= thresholds["overrules"] and not is_name)


def is_whole_answer(slot: str, scores: Mapping[str, float], thresholds: Mapping[str, float]) -> bool:
    """Whether a list question is answered by a clear "none", "not sure" or "rather not say".

    The caller asks whether all words of the message are known.
    """
    best = max(scores, key=lambda label: scores[label])
    if best == NONE and slot == HEALTH and doubt(scores) >= thresholds["no_doubt"]:
        return False
    return best in REPLIES and scores[best] >= thresholds["overrules"]


def doubt(scores: Mapping[str, float]) -> float:
    """Returns the best score of what speaks against "none of it" as the answer to the health question."""
    return max(scores.get(value, 0) for value in VALUES[HEALTH] if value not in (NONE, DECLINED))


def _over(slot: str, entities: Sequence[Entity]) -> set[str]:
    """Returns the values that would follow from what is named, but don't: it is over, only possible, or asked about."""
    is_meant = (str(entity.get("concept")) for entity in entities if entity.get("status") or entity.get("role") == "asked")
    named = {*is_meant, *(entity["value"] for entity in entities if entity["entity"] == CONCEPT)} & CONCEPTS.keys()
    return {value for concept in named for answered, value in follows(concept) if answered == slot}


def _implied(slot: str, entities: Sequence[Entity]) -> set[str]:
    """Returns the values that names only have as answers to this question: "I take eliquis" may tell no kind of hair loss."""
    concepts = [(str(entity["value"]), entity.get("concept")) for entity in entities if entity["entity"] == slot]
    return {value for value, concept in concepts if concept and (slot, value) not in follows(concept)}


def _unless_clear(slot: str, named: Set[str], scores: Mapping[str, float], thresholds: Mapping[str, float]) -> Choice | None:
    """Returns that a message, whose words all answer another question, says nothing about this one, unless that is very clear."""
    is_clear = any(scores.get(value, 0) >= thresholds["beside"] for value in named)
    return Choice({slot, REPLY}, []) if named and not is_clear else None


def _holder(slot: str, entities: Sequence[Entity]) -> str | None:
    """Returns whose everything is that the message names for the question, or None if it doesn't say or names several people."""
    concepts = (entity for entity in entities if entity["entity"] == slot or entity.get("concept"))
    holders = {entity.get("holder") for entity in concepts if entity["value"] != NONE}
    return holders.pop() if len(holders) == 1 else None


def _agreement(scores: Mapping[str, float], is_question: bool, thresholds: Mapping[str, float]) -> Choice | None:
    """Returns whether the visitor agrees, for "Shall I start?" and "Is that right?"."""
    best = max(scores, key=lambda label: scores[label])
    # "Why not" agrees, "but why" only asks.
    if is_question and best != EMPTY and scores[best] < 2 * scores[EMPTY]:
        return None
    if scores[best] < thresholds["empty" if best == EMPTY else "sure"]:
        return None
    return Choice({REPLY}, [] if best == EMPTY else [(REPLY, best)])


def _is_said_in_so_many_words(slot: str, named: set[str], entities: Sequence[Entity]) -> bool:
    return bool((slot in LISTS or slot == AGE) and named) or any(entity["value"] == DECLINED for entity in entities)


def _choose_best(slot: str, best: str, named: set[str], overrules: bool) -> Choice | None:
    """Returns the reading for the most likely label, once its score is high enough. Only a sure one overrules a named value."""
    if len(named) == 1 and not overrules:
        return None
    if best in REPLIES:
        return Choice({slot, REPLY} if named else {REPLY}, [(REPLY, REPLIES[best])])
    if best == STATED or slot in LISTS:
        return None
    return Choice({slot}, [(slot, best)])


def _listed_values(slot: str, scores: Mapping[str, float], thresholds: Mapping[str, float], beside: set[str]) -> list[str]:
    """Returns the values of a list question whose own score is high enough, higher `beside` others that are named."""
    if slot not in LISTS:
        return []
    # A mediocre score is never enough for a value that ends the check.
    is_read = beside - {NONE} or slot != HEALTH and beside  # beside "healthy", an illness counts as usual
    usual = "beside" if is_read else "value"
    needed = {value: thresholds["stops" if value in STOPS else usual] for value in VALUES[slot] if value not in REPLIES}
    listed = [value for value, threshold in needed.items() if scores.get(value, 0) >= threshold]
    best = max(scores, key=lambda label: scores[label])
    is_alone = not listed and not is_read and needed.get(best, 1) <= thresholds["value"] and scores[best] >= thresholds["sure"]
    return [best] if is_alone else listed


def _needed(slot: str, entities: Sequence[Entity], is_question: bool) -> str:
    """Returns the name of the threshold that the most likely label must reach."""
    if _shrugs(entities):
        return "overrules"
    if _answers_another(slot, entities):
        return "overrules"
    return "in_question" if is_question else "sure"


def _answers_another(slot: str, entities: Sequence[Entity]) -> bool:
    """Whether the message names an answer to another question or a warning sign, so that it is less likely to answer this one."""
    told = (*QUESTIONS, WARNING_SIGNS)
    others = [entity for entity in entities if entity["entity"] in told and entity["entity"] != slot]
    return any(not entity.get("role") or entity["entity"] == HEALTH and entity["role"] == "denied" for entity in others)


def _shrugs(entities: Sequence[Entity]) -> bool:
    """Whether the message says in so many words that its writer doesn't know: "so who knows"."""
    return any(entity["value"] == NOT_SURE and not (entity.get("role") or entity.get("concept")) for entity in entities)


def _values(entities: Sequence[Entity], slot: str, role: str | None) -> set[str]:
    """Returns what is named in one role, without what is only planned."""
    meant = (entity for entity in entities if entity["entity"] == slot and entity.get("role") == role)
    return {entity["value"] for entity in meant if entity.get("status") != CONSIDERED}
