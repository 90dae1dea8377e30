"""Finds what a message says about the visitor's hair, treatments, age and health, and how it is meant.

`lexicon` finds the phrases, `context` works out how they are meant, `ages` reads the age, and this module combines them.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace
from pathlib import Path

from actions.questionnaire import LISTS
from components.understanding import context, normalise
from components.understanding.ages import read_ages
from components.understanding.concepts import CONCEPT, CONCEPTS, PAST, POSSIBLE, follows
from components.understanding.lexicon import LEXICON, Lexicon, Phrase, words_named

# Things that may also be said about other people.
PERSONAL = {"health_flags", "hair_loss_type", "hair_loss_stage", "prior_treatments", "warning_signs"}
NONE = "none"
TREATMENTS = "prior_treatments"
UNREAD = "unread"  # entity: part of an answer that nobody could read


@dataclass(frozen=True)
class Mention:
    """One thing that a message mentions.

    Attributes:
        entity: what it is about, e.g. `health_flags`.
        value: one of the values of that entity, e.g. `past_cancer`.
        start: index of its first character.
        end: index after its last character.
        role: None for a statement, `denied` for what does not apply, `asked` for what a question is about.
        concept: the entry of `data/understanding/concepts/` that was named, if one was.
        holder: whose it is, if the words say so: self, child, partner, parent or someone_else.
        status: None if it holds now, or else PAST, POSSIBLE or CONSIDERED.
    """

    entity: str
    value: str
    start: int
    end: int
    role: str | None = None
    concept: str | None = None
    holder: str | None = None
    status: str | None = None


class MentionFinder:
    """Reads the lexicon once, for many messages."""

    def __init__(self, lexicon: Path = LEXICON) -> None:
        self._lexicon = Lexicon(lexicon)

    def find(self, text: str, open_question: str | None = None, is_question: bool = False) -> list[Mention]:
        """Returns what `text` mentions, in order.

        Args:
            text: the message.
            open_question: the open question of the check; a bare "34", "no" or "not sure" answers it.
            is_question: True if the intent is a question, so that a bare noun is what it asks about.
        """
        text = normalise.for_lexicon(text)
        phrases = self._lexicon.find(text, open_question)
        named = words_named(phrases)
        mentions = [
            mention
            for phrase in phrases
            if not (_is_someone_elses(phrase) or _is_minutes(phrase))
            for mention in _mentions(phrase, named, _answers(phrase, open_question), is_question)
        ]
        mentions += _as_answers(mentions, open_question)
        ages = _ages(text, open_question == "age", is_question)
        return sorted([*mentions, *ages], key=lambda mention: mention.start)


def _mentions(phrase: Phrase, named: Set[int], answers_open_question: bool, is_question: bool) -> list[Mention]:
    # "None of these" is a denial itself.
    role = None if phrase.value == NONE else context.role(phrase.span, named, answers_open_question, is_question)
    meant = _meant(phrase, role) if phrase.concept else [(phrase.entity, phrase.value)]
    return [Mention(entity, value, phrase.start, phrase.end, role, phrase.concept) for entity, value in meant]


def _meant(phrase: Phrase, role: str | None) -> list[tuple[str, str]]:
    """Returns the entities and values that naming a concept means."""
    meant = follows(phrase.value, _status(phrase))
    if role == "asked":
        # A question about a medicine for hair is about the treatment, not about what it means for one's health.
        meant = [pair for pair in meant if pair[0] == TREATMENTS] or meant
    return meant or [(CONCEPT, phrase.value)]


def _status(phrase: Phrase) -> str | None:
    """Returns `past` for what the name says is over, and for a cancer that the words around it say is over."""
    has_cancer = ("health_flags", "active_cancer") in follows(phrase.value)
    return PAST if phrase.status or has_cancer and context.is_past(phrase.span) else None


def _answers(phrase: Phrase, open_question: str | None) -> bool:
    if not phrase.concept:
        return phrase.entity == open_question
    concept = CONCEPTS[phrase.concept]
    return open_question in concept.slots | set(concept.as_answer)


def _as_answers(mentions: list[Mention], slot: str | None) -> list[Mention]:
    """Returns what concepts also mean as the answer to the open question, if a question with one answer has no other one."""
    answered = {mention.value for mention in mentions if mention.entity == slot and not mention.role}
    if slot is None or answered and slot not in LISTS:
        return []
    named = {mention.concept: mention for mention in mentions if mention.concept and not mention.role}
    meant = {concept: CONCEPTS[concept].as_answer.get(slot) for concept in named}
    return [replace(named[concept], entity=slot, value=value) for concept, value in meant.items() if value]


def _is_someone_elses(phrase: Phrase) -> bool:
    is_personal = phrase.concept or phrase.entity in PERSONAL and phrase.value != NONE
    return bool(is_personal) and context.is_about_someone_else(phrase.span)


def _is_minutes(phrase: Phrase) -> bool:
    """Whether "min" or "mins" follows a number, and so means minutes, not minoxidil."""
    span = phrase.span
    is_short = phrase.concept == "minoxidil" and span.text in ("min", "mins")
    return is_short and span.start > 0 and bool(span.doc[span.start - 1].like_num)


def _ages(text: str, is_asked: bool, is_question: bool) -> list[Mention]:
    is_told = is_asked or not is_question or context.OWNED.search(text.lower())
    return [
        Mention(
            "age",
            str(age.years),
            age.start,
            age.end,
            role=None if is_told or age.holder else "asked",
            holder=age.holder,
            status=None if age.sure else POSSIBLE,
        )
        for age in read_ages(text, is_asked)
    ]
