"""Finds what a message says about the visitor's hair, treatments, age and health, and how it is meant.

`lexicon` finds the phrases, `context` works out how they are meant, `holders` whose they are, `statuses` since when, `ages` reads
the age, and this module combines them.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

from components.understanding import context, holders, normalise, statuses
from components.understanding.ages import read_age
from components.understanding.lexicon import LEXICON, Lexicon, Phrase, words_named
from components.understanding.statuses import CONSIDERED, DATED, GUESSED, HAD, PAST, POSSIBLE, SUGGESTED

# Things that may also be said about other people.
PERSONAL = {"health_flags", "hair_loss_type", "hair_loss_stage", "prior_treatments", "warning_signs"}
# What the triggers of `statuses` mean for each entity. Whoever stopped a treatment has tried it, a guess about the kind of hair
# loss is an answer, and an illness that a doctor brings up may be there.
STATUSES: dict[str, dict[str | None, str]] = {
    "health_flags": {CONSIDERED: CONSIDERED, SUGGESTED: POSSIBLE, PAST: PAST, HAD: PAST, POSSIBLE: POSSIBLE, GUESSED: POSSIBLE},
    "prior_treatments": {CONSIDERED: CONSIDERED, SUGGESTED: CONSIDERED},
    "hair_loss_type": {POSSIBLE: POSSIBLE},
}
HEALS = {"active_cancer", "scalp_infection"}  # with a date alone, these are over
# Whoever plans something for one of these has it, or will soon.
EVEN_IF_PLANNED = {"active_cancer", "pregnant_or_breastfeeding", "scalp_infection"}
NONE = "none"
WITHOUT_STATUS = {NONE, "not_sure", "past_cancer"}


@dataclass(frozen=True)
class Mention:
    """One thing that a message mentions.

    Attributes:
        entity: what it is about, e.g. `health_flags`.
        value: one of the values of that entity, e.g. `past_cancer`.
        start: index of its first character.
        end: index after its last character.
        role: None for a statement, `denied` for what does not apply, `asked` for what a question is about.
        concept: the medicine, illness or treatment that is named, by its id. None for everyday words.
        holder: whose it is: `self`, `child`, `partner`, `parent` or `someone_else`. None if the words do not say.
        status: `past` for what is over, `possible`, or `considered` for what is only planned. None for what holds now, and for a
            treatment that was tried.
    """

    entity: str
    value: str
    start: int
    end: int
    role: str | None = None
    concept: str | None = None
    holder: str | None = None
    status: str | None = None

    @property
    def is_of_others(self) -> bool:
        return holders.is_of_others(self.holder)


class MentionFinder:
    """Reads the lexicon once, for many messages."""

    def __init__(self, lexicon: Path = LEXICON) -> None:
        self._lexicon = Lexicon(lexicon)

    def find(
        self, text: str, open_question: str | None = None, is_question: bool = False, spoken_of: str | None = None
    ) -> list[Mention]:
        """Returns what `text` mentions, in order.

        Args:
            text: the message.
            open_question: the open question of the check; a bare "34", "no" or "not sure" answers it.
            is_question: True if the intent is a question, so that a bare noun is what it asks about.
            spoken_of: who was spoken of before, for "he" and "she" (see `holders`).
        """
        text = normalise.for_lexicon(text)
        phrases = self._lexicon.find(text)
        named, things = words_named(phrases), words_named(filter(_is_thing, phrases))
        mentions = [
            _mention(phrase, context.role(phrase.span, named, open_question == phrase.entity, is_question), things, spoken_of)
            for phrase in phrases
            if not _is_minutes(phrase)
        ]
        age = _age(text, open_question == "age", is_question)
        return sorted([*mentions, *([age] if age else [])], key=lambda mention: mention.start)


def _is_thing(phrase: Phrase) -> bool:
    """Whether somebody may have the phrase, rather than say with it how that is: "in remission", "waiting for the biopsy"."""
    return phrase.entity in PERSONAL and phrase.value not in WITHOUT_STATUS


def _mention(phrase: Phrase, role: str | None, things: Set[int], spoken_of: str | None) -> Mention:
    value, holder, status = phrase.value, None, None
    if value == NONE:
        role = None  # "none of these" is a denial itself
    elif phrase.entity in PERSONAL:
        holder = _holder(phrase, things, spoken_of)
        status = _status(phrase, things) if role != "denied" else None
    if value == "active_cancer" and status == PAST:
        value, status = "past_cancer", None
    return Mention(phrase.entity, value, phrase.start, phrase.end, role, holder=holder, status=status)


def _holder(phrase: Phrase, things: Set[int], spoken_of: str | None) -> str | None:
    holder = holders.holder(phrase.span, things, spoken_of)
    # Hair loss that runs in the family is a kind of its own.
    in_family = phrase.entity == "health_flags" and holders.is_in_family(phrase.span)
    return holders.SOMEONE_ELSE if in_family and not holder else holder


def _status(phrase: Phrase, things: Set[int]) -> str | None:
    if phrase.value in WITHOUT_STATUS:
        return None
    trigger = statuses.status(phrase.span, things)
    if trigger == DATED:
        return PAST if phrase.value in HEALS else None
    status = STATUSES.get(phrase.entity, {}).get(trigger)
    return None if status == CONSIDERED and phrase.value in EVEN_IF_PLANNED else status


def _is_minutes(phrase: Phrase) -> bool:
    """Whether "min" or "mins" follows a number, and so means minutes, not minoxidil."""
    span = phrase.span
    is_short = phrase.value == "minoxidil" and span.text in ("min", "mins")
    return is_short and span.start > 0 and bool(span.doc[span.start - 1].like_num)


def _age(text: str, is_asked: bool, is_question: bool) -> Mention | None:
    found = read_age(text, is_asked)
    if not found:
        return None
    years, start, end = found
    about_self = is_asked or not is_question or context.OWNED.search(text.lower())
    return Mention("age", str(years), start, end, None if about_self else "asked")
