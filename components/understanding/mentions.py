"""Finds what a message says about the visitor's hair, treatments, age and health, and how it is meant.

`lexicon` finds the phrases, `mention_roles` works out how they are meant, `mention_holders` whose they are, `mention_statuses`
whether they still apply, `ages` reads the age, and this module combines them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from actions import questionnaire
from actions.questionnaire import EVERYDAY_WORDS, LISTS, PRECEDENCE
from components.understanding import mention_holders, mention_roles, mention_statuses, normalise
from components.understanding.about_whom import OTHERS, SOMEONE_ELSE, kin_in, people_named
from components.understanding.ages import CORRECTION, StatedAge, read_ages
from components.understanding.answer_patterns import answers_by_pattern
from components.understanding.concepts import CONCEPT, CONCEPTS, CONSIDERED, NOW, PAST, POSSIBLE, follows
from components.understanding.gloss import in_english
from components.understanding.languages import ENGLISH
from components.understanding.lexicon import LEXICON, Lexicon, Phrase, words_named
from components.understanding.mention_roles import GRAMMAR
from components.understanding.mention_statuses import DATED, GUESSED, HAD, SUGGESTED
from components.understanding.question_form import opens_as_question
from components.understanding.status_reader import (
    ANSWERS,
    ASKED,
    DENIED,
    LEAD,
    LEAD_IN_GLOSS,
    NAME,
    READINGS,
    STATEMENTS,
    Statement,
    StatusReader,
    Surroundings,
    read_answers,
    read_sentences,
)
from runtime.paths import DATA, UNDERSTANDING_DATA
from runtime.prepared import prepared

# Things that somebody may have, and what may also be said about other people.
THINGS = {"health_flags", "hair_loss_type", "hair_loss_stage", "prior_treatments", "warning_signs"}
PERSONAL = {*THINGS, "treatment_response"}
HEALTH, TREATMENTS, TYPE, RESPONSE = "health_flags", "prior_treatments", "hair_loss_type", "treatment_response"
PREGNANT = "pregnant_or_breastfeeding"
# What the triggers of `mention_statuses` mean for each entity. Whoever stopped a treatment has tried it, a guess about the kind
# of hair loss is an answer, and an illness that a doctor brings up may be there.
STATUSES: dict[str, dict[str | None, str]] = {
    HEALTH: {CONSIDERED: CONSIDERED, SUGGESTED: POSSIBLE, PAST: PAST, HAD: PAST, POSSIBLE: POSSIBLE, GUESSED: POSSIBLE},
    TREATMENTS: {CONSIDERED: CONSIDERED, SUGGESTED: CONSIDERED},
    "hair_loss_type": {POSSIBLE: POSSIBLE},
    "hair_loss_stage": {PAST: PAST},
}
# What the rules say, as readings of the `StatusReader`.
COME_TO: dict[str, set[str]] = {
    **{reading: {reading} for reading in READINGS},
    **{HAD: {PAST}, DATED: {NOW, PAST}, GUESSED: {POSSIBLE}, SUGGESTED: {POSSIBLE, CONSIDERED}},
}
ONE_ANSWER_IN = 2  # The `StatusReader` learns from every second answer; from all of them, it would trust the rules too much.
MAX_READ = 20  # names in a message that it reads; the rest is left to the rules, so that no message takes long
MAX_AROUND = 200  # characters to either side of a name that it sees
HOLDS = {HEALTH: {NOW}, TREATMENTS: {NOW, PAST}}  # the readings with which a thing is noted as an answer
HEALS = {"active_cancer", "scalp_infection"}  # with a date alone, these are over
# Whoever plans something for one of these has it, or will soon.
EVEN_IF_PLANNED = {"active_cancer", PREGNANT, "scalp_infection"}
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


class Usage(NamedTuple):
    """How a phrase is meant: its role and holder as in a `Mention`, and what gives it a status (a key of `STATUSES`)."""

    role: str | None
    trigger: str | None
    holder: str | None


class MentionFinder:
    """Reads the lexicon once, and what was learned of how things are meant, for many messages."""

    def __init__(self, lexicon: Path = LEXICON) -> None:
        self._lexicon = Lexicon(lexicon)
        languages = sorted(folder.name for folder in STATEMENTS.iterdir())
        self._reader = self._learned("status_reader", [ENGLISH], LEAD)
        self._gloss_reader = self._learned("gloss_status_reader", languages, LEAD_IN_GLOSS)

    def _learned(self, name: str, languages: Sequence[str], lead: float) -> StatusReader:
        """Returns what was learned from the sentences of some languages."""
        words = (path for path in UNDERSTANDING_DATA.rglob("*.yml") if path.parent.name != "danger")
        made_from = [ANSWERS, DATA / "check.yml", Path(questionnaire.__file__), *Path(__file__).parent.glob("*.py"), *words]
        return prepared(name, sorted(made_from), lambda: StatusReader([*chain(*map(self._statements, languages))], lead))

    def find(
        self,
        text: str,
        open_question: str | None = None,
        is_question: bool = False,
        last_person: str | None = None,
        is_rendered: bool = False,
    ) -> list[Mention]:
        """Returns what `text` mentions, in order.

        Args:
            text: the message.
            open_question: the open question of the check; a bare "34", "no" or "not sure" answers it.
            is_question: True if the intent is a question, so that a bare noun is what it asks about.
            last_person: who was spoken of before, for "he" and "she" (see `mention_holders`).
            is_rendered: True if the text is the English that a `gloss` made of another language.
        """
        text = normalise.for_lexicon(text)
        phrases = self._phrases(text, open_question)
        only_asks = is_question and not read_ages(text, asked=False)  # "26m, alopecia areata, can I do it" tells
        named, things = words_named(phrases), words_named(filter(_is_thing, phrases))
        mentions = []
        read = set(islice((place for place, phrase in enumerate(phrases) if _is_learned(phrase)), MAX_READ))
        reader = self._gloss_reader if is_rendered else self._reader
        for place, phrase in enumerate(phrases):
            usage = _usage(phrase, named, things, last_person, _role(phrase, named, open_question, only_asks))
            if place in read:
                usage = _as_read(phrase, usage, reader, _surroundings(text, phrase, phrases, usage))
            mentions += _mentions(phrase, usage)
        mentions = _as_unused(_as_history(_without_corrected(mentions, text), text), text)
        mentions += [] if open_question == TYPE and LATE.search(text.lower()) else _as_answers(mentions, open_question)
        mentions += _by_pattern(mentions, text, open_question)
        mentions += _untried(mentions, text, open_question)
        mentions += _told_kinds(mentions, text, open_question)
        ages = _ages(text, open_question == "age", is_question, last_person)
        return sorted([*mentions, *ages], key=lambda mention: mention.start)

    def _phrases(self, text: str, open_question: str | None = None) -> list[Phrase]:
        phrases = self._lexicon.find(text, open_question)
        return [
            phrase
            for phrase in phrases
            if not _is_person(phrase) and not _is_part_of_name(phrase, phrases) and not _is_minutes(phrase)
        ]

    def _statements(self, language: str) -> Iterator[Statement]:
        """Yields what we learn from: the named thing in each sentence, and what the rules read rightly in an English answer."""
        for reading, text, name in read_sentences(language):
            concepts = {phrase.concept for phrase in self._phrases(normalise.for_lexicon(in_english(name, language)))}
            named = (each for each in self._named(in_english(text, language)) if each.phrase.concept in concepts)
            yield from (Statement(surroundings, reading) for _, surroundings in islice(named, 1))
        for slot, text, values in islice(read_answers(), 0, None, ONE_ANSWER_IN) if language == ENGLISH else ():
            for phrase, surroundings in self._named(text, slot):
                (reading, *others) = COME_TO[surroundings.rule]
                noted = {value for entity, value in follows(str(phrase.concept)) if entity == slot}
                is_right = not others and bool(noted & set(values)) == (reading in HOLDS[slot])
                if noted and is_right and not surroundings.is_empty and not mention_holders.is_of_others(surroundings.holder):
                    yield Statement(surroundings, reading)

    def _named(self, typed: str, open_question: str | None = None) -> Iterator[Named]:
        text = normalise.for_lexicon(typed)
        phrases = self._phrases(text, open_question)
        named, things = words_named(phrases), words_named(filter(_is_thing, phrases))
        for phrase in phrases:
            if _is_learned(phrase):
                usage = _usage(phrase, named, things, None, _role(phrase, named, open_question, text.endswith("?")))
                yield Named(phrase, _surroundings(text, phrase, phrases, usage))


def _is_learned(phrase: Phrase) -> bool:
    """Whether a phrase names an illness, a medicine or a treatment, of which the `StatusReader` knows whether it holds.

    Kinds of hair loss ("the biopsy said LPP") and pregnancies ("five months gone") have ways of their own.
    """
    slots = _slots(phrase)
    values = {value for _, value in follows(phrase.concept)} if phrase.concept else set()
    return (
        bool(values) and not phrase.status and TYPE not in slots and PREGNANT not in values and bool(slots & {HEALTH, TREATMENTS})
    )


class Named(NamedTuple):
    """The name of a thing in a text, and what stands around it."""

    phrase: Phrase
    surroundings: Surroundings


def _usage(phrase: Phrase, named: Set[int], things: Set[int], last_person: str | None, role: str | None) -> Usage:
    """Returns how a phrase is meant by the rules."""
    is_personal = (phrase.concept or phrase.entity in PERSONAL) and phrase.value not in WITHOUT_HOLDER
    holder = _holder(phrase, things, last_person) if is_personal else None
    trigger = mention_statuses.status(phrase.span, things) if role != DENIED and phrase.value not in WITHOUT_STATUS else None
    return Usage(role, trigger, holder)


def _as_read(phrase: Phrase, usage: Usage, reader: StatusReader, surroundings: Surroundings) -> Usage:
    """Returns how a phrase is meant: as the rules say, unless we learned that it is clearly more likely meant otherwise."""
    reading = reader.read(surroundings, COME_TO[surroundings.rule])
    is_used = TREATMENTS in _slots(phrase) and mention_roles.has_effect(phrase.span)
    if reading is None or is_used and reading in (DENIED, ASKED, CONSIDERED):
        return usage
    role = reading if reading in (DENIED, ASKED) else None
    return usage._replace(role=role, trigger=None if role or reading == NOW else reading)


def _surroundings(text: str, phrase: Phrase, phrases: Iterable[Phrase], usage: Usage) -> Surroundings:
    start, end = max(0, phrase.start - MAX_AROUND), phrase.end + MAX_AROUND
    others = [other for other in phrases if other.concept and (other.end <= phrase.start or other.start >= phrase.end)]
    before, after = (_without_names(text, *part, others) for part in ((start, phrase.start), (phrase.end, end)))
    return Surroundings(before, after, usage.role or usage.trigger or NOW, usage.holder)


def _without_names(text: str, start: int, end: int, named: Iterable[Phrase]) -> str:
    """Returns a part of a text with `NAME` for each name in it."""
    pieces, place = [], start
    for phrase in named:
        if place <= phrase.start and phrase.end <= end:
            pieces += [text[place : phrase.start], NAME]
            place = phrase.end
    return "".join([*pieces, text[place:end]])


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
    return None if role == DENIED and TREATMENTS in _slots(phrase) and mention_roles.has_effect(phrase.span) else role


def _answers(phrase: Phrase, open_question: str | None) -> bool:
    if not phrase.concept:
        return phrase.entity == open_question
    concept = CONCEPTS[phrase.concept]
    return open_question in concept.slots | set(concept.as_answer)


def _mentions(phrase: Phrase, usage: Usage) -> list[Mention]:
    """Returns a mention for each thing that a phrase means."""
    role, trigger, holder = usage
    if phrase.entity == RESPONSE and (role is None or role == DENIED and phrase.value == "helped"):
        return [Mention(RESPONSE, _effect(phrase, role), phrase.start, phrase.end, holder=holder)]
    status = _status(phrase, trigger) if role != DENIED else None
    meant = _meant(phrase, role, status)
    return [Mention(*pair, phrase.start, phrase.end, role, phrase.concept, holder, status) for pair in meant]


def _effect(phrase: Phrase, role: str | None) -> str:
    """Returns what a phrase says that a treatment did. A denial is an answer, too: "it ain't helped", "it hasn't helped yet"."""
    is_none = phrase.value == DID_NOT_HELP or role == DENIED
    is_yet = mention_roles.word_after(phrase.span.doc, phrase.span.end - 1) == "yet"
    return (EARLY if is_yet else DID_NOT_HELP) if is_none else phrase.value


def _meant(phrase: Phrase, role: str | None, status: str | None) -> list[tuple[str, str]]:
    """Returns the entities and values that a phrase means."""
    if not phrase.concept:
        is_over = phrase.value == "active_cancer" and status == PAST
        return [(phrase.entity, "past_cancer" if is_over else phrase.value)]
    if role == ASKED:
        # A question about a medicine for hair is about the treatment, not about what it means for one's health.
        now = follows(phrase.concept)
        return [pair for pair in now if pair[0] == TREATMENTS] or now or [(CONCEPT, phrase.concept)]
    # What is only planned keeps its name for an answer about it.
    return follows(phrase.concept, None if status == CONSIDERED else status) or [(CONCEPT, phrase.concept)]


def _holder(phrase: Phrase, things: Set[int], last_person: str | None) -> str | None:
    is_of_child = bool(phrase.concept) and (HEALTH, PREGNANT) in follows(str(phrase.concept))
    holder = mention_holders.holder(phrase.span, things, last_person, reads_on=not is_of_child)
    # Hair loss that runs in the family is a kind of its own.
    in_family = HEALTH in _slots(phrase) and mention_holders.is_in_family(phrase.span)
    return SOMEONE_ELSE if in_family and not holder else holder


def _status(phrase: Phrase, trigger: str | None) -> str | None:
    if phrase.status:
        return phrase.status  # the name itself says so: "cancer survivor"
    values = {value for _, value in follows(phrase.concept)} if phrase.concept else {phrase.value}
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


def _by_pattern(mentions: list[Mention], text: str, slot: str | None) -> list[Mention]:
    """Returns what a text answers by its pattern alone, if it names nothing that the open question asks for.

    Beside a treatment, that may also be what it did.
    """
    is_told = slot == TREATMENTS and any(mention.entity == slot and not mention.role for mention in mentions)
    slots = [RESPONSE] if is_told else [slot]
    named = {mention.entity for mention in mentions}
    found = [(each, answer) for each in slots if each not in named for answer in answers_by_pattern(text, each)]
    return [
        Mention(str(each), answer.value, answer.start, answer.end)
        for each, answer in found
        if not (is_told and answer.value == EARLY)
    ]


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
    is_untried = all(mention.role == DENIED or mention.status == CONSIDERED for mention in own)
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
