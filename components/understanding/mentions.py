"""Finds what a message says about the visitor's hair, treatments, age and health, and how it is meant.

`lexicon` finds the phrases, `mention_roles` works out how they are meant, `mention_holders` whose they are, `mention_statuses`
since when, `ages` reads the age, and this module combines them.
"""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass, replace
from pathlib import Path

from actions.questionnaire import EVERYDAY_WORDS, LISTS, PRECEDENCE
from components.understanding import mention_holders, mention_roles, mention_statuses, normalise
from components.understanding.about_whom import OTHERS, SOMEONE_ELSE, kin_in, people_named
from components.understanding.ages import CORRECTION, StatedAge, read_ages
from components.understanding.concepts import CONCEPT, CONCEPTS, CONSIDERED, PAST, POSSIBLE, follows
from components.understanding.forms import answers_by_form
from components.understanding.lexicon import LEXICON, Lexicon, Phrase, words_named
from components.understanding.mention_roles import GRAMMAR
from components.understanding.mention_statuses import DATED, GUESSED, HAD, SUGGESTED
from components.understanding.question_form import opens_as_question

# Things that somebody may have, and what may also be said about other people.
THINGS = {"health_flags", "hair_loss_type", "hair_loss_stage", "prior_treatments", "warning_signs"}
PERSONAL = {*THINGS, "treatment_response"}
HEALTH, TREATMENTS, TYPE, RESPONSE = "health_flags", "prior_treatments", "hair_loss_type", "treatment_response"
# What the triggers of `mention_statuses` mean for each entity. Whoever stopped a treatment has tried it, a guess about the kind
# of hair loss is an answer, and an illness that a doctor brings up may be there.
STATUSES: dict[str, dict[str | None, str]] = {
    HEALTH: {CONSIDERED: CONSIDERED, SUGGESTED: POSSIBLE, PAST: PAST, HAD: PAST, POSSIBLE: POSSIBLE, GUESSED: POSSIBLE},
    TREATMENTS: {CONSIDERED: CONSIDERED, SUGGESTED: CONSIDERED},
    "hair_loss_type": {POSSIBLE: POSSIBLE},
    "hair_loss_stage": {PAST: PAST},
}
HEALS = {"active_cancer", "scalp_infection"}  # with a date alone, these are over
# Whoever plans something for one of these has it, or will soon.
EVEN_IF_PLANNED = {"active_cancer", "pregnant_or_breastfeeding", "scalp_infection"}
NONE, EARLY, DID_NOT_HELP = "none", "too_early", "did_not_help"
MAX_SHORT_QUESTION = 5  # words: "67 too old?"
PART_END, SENTENCE_END = re.compile(r"[.,;!?\n]\s"), re.compile(r"[.;!?\n]")
LATE, CONCLUSION = re.compile(GRAMMAR["late"]), re.compile(GRAMMAR["conclusion"])
INHERITED = re.compile(GRAMMAR["inherited_hair_loss"])
UNUSED = re.compile(GRAMMAR["unused"])
CAUSE = {side: re.compile(pattern) for side, pattern in GRAMMAR["cause_of_hair_loss"].items()}
SEXES = "m|f|male|female|man|woman|guy|lady"
SEX = {"before": re.compile(rf"\b(?:{SEXES})[/ ,]*$"), "after": re.compile(rf"[/ ,]*(?:{SEXES})\b")}
WITHOUT_HOLDER = {NONE, "pattern", "androgenetic_alopecia"}  # "the family pattern, my mom's side" is about the speaker
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
        concept: the id of the medicine, illness or treatment that is named. None for everyday words. What follows from it is in
            `entity` and `value`; if nothing does, the entity is `concept` and the value the id.
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
        return mention_holders.is_of_others(self.holder)


class MentionFinder:
    """Reads the lexicon once, for many messages."""

    def __init__(self, lexicon: Path = LEXICON) -> None:
        self._lexicon = Lexicon(lexicon)

    def find(
        self, text: str, open_question: str | None = None, is_question: bool = False, last_person: str | None = None
    ) -> list[Mention]:
        """Returns what `text` mentions, in order.

        Args:
            text: the message.
            open_question: the open question of the check; a bare "34", "no" or "not sure" answers it.
            is_question: True if the intent is a question, so that a bare noun is what it asks about.
            last_person: who was spoken of before, for "he" and "she" (see `mention_holders`).
        """
        text = normalise.for_lexicon(text)
        phrases = self._lexicon.find(text, open_question)
        phrases = [phrase for phrase in phrases if not _is_person(phrase) and not _is_part_of_name(phrase, phrases)]
        only_asks = is_question and not read_ages(text, asked=False)  # "26m, alopecia areata, can I do it" tells
        named, things = words_named(phrases), words_named(filter(_is_thing, phrases))
        mentions = [
            mention
            for phrase in phrases
            if not _is_minutes(phrase)
            for mention in _mentions(phrase, _role(phrase, named, open_question, only_asks), things, last_person)
        ]
        mentions = _as_unused(_as_history(_without_corrected(mentions, text), text), text)
        mentions += [] if open_question == TYPE and LATE.search(text.lower()) else _as_answers(mentions, open_question)
        mentions += _by_form(mentions, text, open_question)
        mentions += _untried(mentions, text, open_question)
        mentions += _told_kinds(mentions, text, open_question)
        ages = _ages(text, open_question == "age", is_question, last_person)
        return sorted([*mentions, *ages], key=lambda mention: mention.start)


def _is_person(phrase: Phrase) -> bool:
    """Whether the name of an illness is a person here: "my tia"."""
    span = phrase.span
    is_owned = span.start > 0 and span.doc[span.start - 1].lower_ in mention_holders.DETERMINERS - {"a", "the"}
    return bool(phrase.concept) and is_owned and any(len(span.text) == person.end - person.start for person in kin_in(span.text))


def _is_part_of_name(phrase: Phrase, phrases: list[Phrase]) -> bool:
    """Whether an everyday word only stands in a longer name: "thinner" in "blood thinner"."""
    return phrase.entity in EVERYDAY_WORDS and any(
        other.concept and other.start <= phrase.start and phrase.end <= other.end and len(other.span) > len(phrase.span)
        for other in phrases
    )


def _is_thing(phrase: Phrase) -> bool:
    """Whether somebody may have the phrase, rather than say with it how that is: "in remission", "waiting for the biopsy"."""
    if phrase.concept:
        return phrase.status is None
    return phrase.entity in THINGS and phrase.value not in WITHOUT_STATUS


def _role(phrase: Phrase, named: Set[int], open_question: str | None, is_question: bool) -> str | None:
    if phrase.value == NONE:
        return None  # "none of these" is a denial itself
    role = mention_roles.role(phrase.span, named, _answers(phrase, open_question), is_question)
    return None if role == "denied" and TREATMENTS in _slots(phrase) and mention_roles.has_effect(phrase.span) else role


def _answers(phrase: Phrase, open_question: str | None) -> bool:
    if not phrase.concept:
        return phrase.entity == open_question
    concept = CONCEPTS[phrase.concept]
    return open_question in concept.slots | set(concept.as_answer)


def _mentions(phrase: Phrase, role: str | None, things: Set[int], last_person: str | None) -> list[Mention]:
    """Returns a mention for each thing that a phrase means."""
    is_personal = (phrase.concept or phrase.entity in PERSONAL) and phrase.value not in WITHOUT_HOLDER
    holder = _holder(phrase, things, last_person) if is_personal else None
    if phrase.entity == RESPONSE and (role is None or role == "denied" and phrase.value == "helped"):
        return [Mention(RESPONSE, _effect(phrase, role), phrase.start, phrase.end, holder=holder)]
    status = _status(phrase, things) if role != "denied" else None
    meant = _meant(phrase, role, status)
    return [Mention(*pair, phrase.start, phrase.end, role, phrase.concept, holder, status) for pair in meant]


def _effect(phrase: Phrase, role: str | None) -> str:
    """Returns what a phrase says that a treatment did. A denial is an answer, too: "it ain't helped", "it hasn't helped yet"."""
    is_none = phrase.value == DID_NOT_HELP or role == "denied"
    is_yet = mention_roles.word_after(phrase.span.doc, phrase.span.end - 1) == "yet"
    return (EARLY if is_yet else DID_NOT_HELP) if is_none else phrase.value


def _meant(phrase: Phrase, role: str | None, status: str | None) -> list[tuple[str, str]]:
    """Returns the entities and values that a phrase means."""
    if not phrase.concept:
        is_over = phrase.value == "active_cancer" and status == PAST
        return [(phrase.entity, "past_cancer" if is_over else phrase.value)]
    if role == "asked":
        # A question about a medicine for hair is about the treatment, not about what it means for one's health.
        now = follows(phrase.concept)
        return [pair for pair in now if pair[0] == TREATMENTS] or now or [(CONCEPT, phrase.concept)]
    # What is only planned keeps its name for an answer about it.
    return follows(phrase.concept, None if status == CONSIDERED else status) or [(CONCEPT, phrase.concept)]


def _holder(phrase: Phrase, things: Set[int], last_person: str | None) -> str | None:
    is_of_child = bool(phrase.concept) and ("health_flags", "pregnant_or_breastfeeding") in follows(str(phrase.concept))
    holder = mention_holders.holder(phrase.span, things, last_person, reads_on=not is_of_child)
    # Hair loss that runs in the family is a kind of its own.
    in_family = HEALTH in _slots(phrase) and mention_holders.is_in_family(phrase.span)
    return SOMEONE_ELSE if in_family and not holder else holder


def _status(phrase: Phrase, things: Set[int]) -> str | None:
    if phrase.status:
        return phrase.status  # the name itself says so: "cancer survivor"
    if phrase.value in WITHOUT_STATUS:
        return None
    values = {value for _, value in follows(phrase.concept)} if phrase.concept else {phrase.value}
    trigger = mention_statuses.status(phrase.span, things)
    if trigger == DATED:
        return PAST if values & HEALS else None
    status = _meanings(phrase).get(trigger)
    return None if status == CONSIDERED and values & EVEN_IF_PLANNED else status


def _meanings(phrase: Phrase) -> dict[str | None, str]:
    """Returns what the triggers mean for a phrase. A medicine for hair that also says something about health is both."""
    slots = _slots(phrase)
    return {trigger: status for slot in STATUSES if slot in slots for trigger, status in STATUSES[slot].items()}


def _slots(phrase: Phrase) -> set[str]:
    return CONCEPTS[phrase.concept].slots if phrase.concept else {phrase.entity}


def _as_answers(mentions: list[Mention], slot: str | None) -> list[Mention]:
    """Returns what concepts also mean as the answer to the open question, if a question with one answer has no other one."""
    answered = {mention.value for mention in mentions if mention.entity == slot and not mention.role}
    if slot is None or answered and slot not in LISTS:
        return []
    named = {mention.concept: mention for mention in mentions if mention.concept and not mention.role}
    meant = {concept: CONCEPTS[concept].as_answer.get(slot) for concept in named}
    return [replace(named[concept], entity=slot, value=value) for concept, value in meant.items() if value]


def _by_form(mentions: list[Mention], text: str, slot: str | None) -> list[Mention]:
    """Returns what a text answers by its form alone, if it names nothing that the open question asks for.

    Beside a treatment, that may also be what it did.
    """
    is_told = slot == TREATMENTS and any(mention.entity == slot and not mention.role for mention in mentions)
    slots = [RESPONSE] if is_told else [slot]
    named = {mention.entity for mention in mentions}
    found = [(each, form) for each in slots if each not in named for form in answers_by_form(text, each)]
    return [Mention(str(each), form.value, form.start, form.end) for each, form in found if not (is_told and form.value == EARLY)]


def _as_unused(mentions: list[Mention], text: str) -> list[Mention]:
    """Returns the mentions with each treatment as only considered of which the text says next that it was never used."""
    if any(mention.entity == RESPONSE for mention in mentions):
        return mentions

    def is_unused(mention: Mention) -> bool:
        after = (other.start for other in mentions if other.concept and other.start > mention.start)
        rest = SENTENCE_END.split(text[mention.end : min(after, default=len(text))])[0]
        return mention.entity == TREATMENTS and not mention.role and bool(UNUSED.search(rest.lower()))

    return [replace(mention, status=CONSIDERED) if is_unused(mention) else mention for mention in mentions]


def _untried(mentions: list[Mention], text: str, slot: str | None) -> list[Mention]:
    """Returns that nothing was tried, if the answer to that question only names what was not: "sell it, but never used it"."""
    own = [mention for mention in mentions if mention.entity == TREATMENTS and not mention.is_of_others]
    is_untried = all(mention.role == "denied" or mention.status == CONSIDERED for mention in own)
    found = UNUSED.search(text.lower()) if slot == TREATMENTS and own and is_untried else None
    return [Mention(TREATMENTS, NONE, *found.span())] if found else []


def _told_kinds(mentions: list[Mention], text: str, slot: str | None) -> list[Mention]:
    """Returns the kind of hair loss that is told in passing: "it never came back after chemo", "it goes as with my father"."""
    if slot == TYPE or any(mention.entity == TYPE for mention in mentions):
        return []
    inherited = [Mention(TYPE, "pattern", *found.span()) for found in INHERITED.finditer(text.lower())]
    return _told_causes(mentions, text) or inherited[:1]


def _told_causes(mentions: list[Mention], text: str) -> list[Mention]:
    own = [mention for mention in mentions if mention.concept and not mention.role and mention.status in (None, PAST)]
    causes = {mention.concept: mention for mention in own if _is_cause(mention, text.lower())}
    told = ((cause, CONCEPTS[str(concept)].as_answer.get(TYPE)) for concept, cause in causes.items())
    return [replace(cause, entity=TYPE, value=value, status=None) for cause, value in told if value]


def _is_cause(mention: Mention, text: str) -> bool:
    """Whether the words around a thing say that it cost somebody hair."""
    before, after = SENTENCE_END.split(text[: mention.start])[-1], SENTENCE_END.split(text[mention.end :])[0]
    return bool(CAUSE["before"].search(before) or CAUSE["after"].match(after))


def _as_history(mentions: list[Mention], text: str) -> list[Mention]:
    """Returns the mentions with one reading of a cancer: where one part of it is over, such as the operation, the rest is too."""
    over = {mention.holder for mention in mentions if mention.value == "past_cancer" and not mention.role}
    if not over or mention_statuses.is_ongoing(text):
        return mentions
    return [
        replace(mention, value="past_cancer", status=PAST)
        if mention.value == "active_cancer" and mention.holder in over and not mention.role
        else mention
        for mention in mentions
    ]


def _without_corrected(mentions: list[Mention], text: str) -> list[Mention]:
    """Returns the mentions without those that the message itself corrects, or weighs: "moderate, no sorry, advanced"."""
    corrections = [found.start() for found in CORRECTION.finditer(text.lower())]
    conclusions = [found.start() for found in CONCLUSION.finditer(text.lower())]
    last = {mention.entity: mention.start for mention in mentions if mention.entity in PRECEDENCE and not mention.role}

    def is_corrected(mention: Mention) -> bool:
        places = corrections + conclusions if mention.entity in EVERYDAY_WORDS else corrections
        return any(mention.end <= place < last.get(mention.entity, 0) for place in places)

    return [mention for mention in mentions if not is_corrected(mention)]


def _is_minutes(phrase: Phrase) -> bool:
    """Whether "min" or "mins" follows a number, and so means minutes, not minoxidil."""
    span = phrase.span
    is_short = phrase.concept == "minoxidil" and span.text in ("min", "mins")
    return is_short and span.start > 0 and bool(span.doc[span.start - 1].like_num)


def _is_in_question(text: str, place: int) -> bool:
    """Whether the part of a text around a place asks something: "is 60 too old", but not "26m, is it worth it"."""
    start = max((found.end() for found in PART_END.finditer(text[:place])), default=0)
    part = PART_END.split(text[start:])[0]
    return opens_as_question(part.split("?")[0]) or "?" in part and len(part.split()) <= MAX_SHORT_QUESTION


def _has_sex(text: str, age: StatedAge) -> bool:
    """Whether somebody introduces themselves by an age and a sex: "m47 receding, good candidate?"."""
    return bool(SEX["before"].search(text[: age.start].lower()) or SEX["after"].match(text[age.end :].lower()))


def _ages(text: str, is_asked: bool, is_question: bool, last_person: str | None) -> list[Mention]:
    """Returns the ages in a text. Without a person in it, "he" and "she" are whoever was named before."""
    is_alone = last_person and not any(person.whose in OTHERS for person in people_named(text))
    known = dict.fromkeys(OTHERS, last_person) if is_alone else {}
    is_told = is_asked or not is_question
    return [
        Mention(
            "age",
            str(age.years),
            age.start,
            age.end,
            role=None if is_told or age.holder or _has_sex(text, age) or not _is_in_question(text, age.start) else "asked",
            holder=known.get(str(age.holder), age.holder),
            status=None if age.sure else POSSIBLE,
        )
        for age in read_ages(text, is_asked)
    ]
