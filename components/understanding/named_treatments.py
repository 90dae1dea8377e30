"""Tells which treatment a question is about: exosomes, or another one that it names or refers to.

"How much is PRP?" is about PRP, "been on minoxidil 3 years, how much is it" is about exosomes, and "the other one" is about one
of the treatments that were named before. The words are in data/understanding/references.yml. Needs no model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from actions.questionnaire import REQUESTED_SLOT, has_content
from components.intents import (
    COMBINE_TREATMENTS,
    COMPARE_TREATMENTS,
    DIY,
    EXOSOME_TOPICS,
    FALLBACK,
    INJECTION_OR_TOPICAL,
    MORE_DETAIL,
    SOURCE,
    TREATMENT_OPTIONS,
)
from components.understanding.concepts import CONCEPT
from components.understanding.mention_holders import own
from components.understanding.patterns import alternatives
from components.understanding.treatment_details import (
    COMPARED,
    CONDITION_TEXTS,
    EXOSOME_QUESTIONS,
    NAMED_AS,
    SUBJECT,
    TABLE,
    UNCHANGED,
    Target,
    about_treatment,
    pair_of,
    question_of,
    subject_of,
    target,
    versus,
)
from runtime.data_files import read_yaml
from runtime.paths import UNDERSTANDING_DATA
from runtime.shapes import Entity

TREATMENT = "prior_treatments"  # the entity of a treatment's name
EXOSOMES = "exosomes"
MEMORY = "treatments_named"  # slot: the last two treatments that the visitor named, in order
MAX_REMEMBERED = 2
OTHERS = "others"  # the detail that compares treatments other than exosomes
# Readings that give way to another treatment outside the check: nobody understood the message, or it only asks for more.
UNSPECIFIC = {FALLBACK, MORE_DETAIL}
GIVES_WAY = {*EXOSOME_TOPICS, *UNSPECIFIC}
MAX_WORDS_BETWEEN = 3  # between "while" and the treatment: "while I am on finasteride"
MAX_WORDS_COMPARED = 2  # between "like" and the treatment: "like with minoxidil"
MAX_WORDS_NAMING = 5  # before the question, to say what it is about: "hair transplant in Turkey, how much"


REFERENCES: dict[str, list[str]] = read_yaml(UNDERSTANDING_DATA / "references.yml")
PHRASES = {name: alternatives(phrases) for name, phrases in REFERENCES.items()}
WORDS = {name: re.compile(rf"\b(?:{phrases})(?!\w)", re.I) for name, phrases in PHRASES.items()}
NAMES = {treatment: re.compile(alternatives(names), re.I) for treatment, names in NAMED_AS.items()}
CIRCUMSTANCE = re.compile(rf"\b(?:{PHRASES['circumstances']})(?: [\w']+){{0,{MAX_WORDS_BETWEEN}}} $", re.I)
COMPARISON = re.compile(rf"\b(?:{PHRASES['comparisons']})(?: [\w']+){{0,{MAX_WORDS_COMPARED}}} $", re.I)
VERB_ASKS = re.compile(
    rf"(?:^\W*|[,;:]\s*|\b(?:{PHRASES['after']}) )(?P<first>{PHRASES['question_verbs']})\b"
    rf"|\b(?P<second>{PHRASES['question_verbs']})(?= (?:{PHRASES['subjects']})\b)",
    re.I,
)
TOGETHER_WITH = re.compile(rf"\b(?:{PHRASES['together_with']}) (?:{PHRASES['pronouns']})(?!\w)", re.I)
DETERMINER = re.compile(rf"\b(?:{PHRASES['determiners']})\s*$", re.I)
SENTENCE = re.compile(r"[^.?!;\n]+[.?!;\n]?")
END_OF_SENTENCE = re.compile(r"[.?!;\n]")
# Exosomes can be applied by microneedling, so "microneedling or injections?" asks about exosomes. So does "from my own blood?".
BELONGS_TO_EXOSOMES = {(INJECTION_OR_TOPICAL, "microneedling"), (DIY, "microneedling"), (SOURCE, "prp")}
SOURCES_OF_EXOSOMES = {"stem_cells"}  # "where are the stem cells from?"


class Named(NamedTuple):
    """A treatment that a message names: its value in the lexicon, and its first and last character."""

    value: str
    start: int
    end: int


class Clause(NamedTuple):
    """A part of a message that asks: its text, and where it starts in the message."""

    text: str
    start: int


class Meant(NamedTuple):
    """What a question is about: its intent, and the other treatment."""

    intent: str
    treatment: str


def named_in(entities: Sequence[Entity], text: str) -> list[Named]:
    """Returns the treatments among the entities of a message with this text."""
    found = [entity for entity in own(entities) if _is_treatment(entity, text) and entity.get("role") != "denied"]
    return [
        Named(exact(entity["value"], text[entity["start"] : entity["end"]]), entity["start"], entity["end"])
        for entity in sorted(found, key=lambda entity: entity["start"])
        if has_content(entity["value"]) and not any(_is_within(entity, other) for other in filter(_is_name, entities))
    ]


def _is_treatment(entity: Entity, text: str) -> bool:
    """Whether an entity names a treatment. A supplement is none to the check, but we have texts about some."""
    if entity["entity"] == CONCEPT:
        return any(pattern.fullmatch(text[entity["start"] : entity["end"]]) for pattern in NAMES.values())
    return entity["entity"] == TREATMENT


def exact(value: str, words: str) -> str:
    """Returns the treatment that words name. Where the lexicon has several under one value, the table has names of its own."""
    return next((treatment for treatment, pattern in NAMES.items() if pattern.fullmatch(words)), value)


def _is_name(entity: Entity) -> bool:
    """Whether an entity is a name in the text, and not a reading of the whole message."""
    return entity["entity"] != "language" and entity.get("extractor") != "AnswerReader"


def _is_within(inner: Entity, outer: Entity) -> bool:
    """Whether one name is part of a longer one of another kind: a "kidney transplant" is no hair transplant."""
    longer = outer["end"] - outer["start"] > inner["end"] - inner["start"]
    return longer and outer["entity"] != inner["entity"] and outer["start"] <= inner["start"] and inner["end"] <= outer["end"]


def meant(text: str, intent: str, named: Sequence[Named], slots: Mapping[str, Any]) -> Meant | None:
    """Returns what a question is about if another treatment than exosomes is meant, otherwise None.

    A question that names neither is about what the conversation is about.

    Args:
        text: the message.
        intent: its intent. Only a topic that speaks about exosomes gives way, or a message that nobody understood.
        named: the treatments that it names.
        slots: all slots before the message.
    """
    # While a question of the check is open, a treatment that nobody asks about is an answer.
    is_answer = slots.get(REQUESTED_SLOT) and intent in UNSPECIFIC
    if is_answer or intent not in {*GIVES_WAY, TREATMENT_OPTIONS}:
        return None
    if named or WORDS["exosomes"].search(text):
        others = [treatment for treatment in named if _is_another(treatment, intent, text)]
        treatment = _asked_about(text, others)
        return Meant(TREATMENT_OPTIONS, treatment) if treatment else None
    return _referred_to(text, intent, slots)


def answer_about(found: Meant, read: Target, slots: Mapping[str, Any]) -> Target:
    """Returns what answers one question of a message that is about another treatment.

    Args:
        found: the treatment that is meant.
        read: what the classifier takes the question for.
        slots: all slots before the message.
    """
    gives_way = read.topic in {*GIVES_WAY, TREATMENT_OPTIONS} and read.name not in UNCHANGED
    # "Spiro upset my periods, what else is there for women" asks for something else.
    is_read_well = read.topic == TREATMENT_OPTIONS and read.detail and found.treatment in NAMED_AS
    if subject_of(read) == found.treatment or is_read_well or not gives_way:
        return read
    # "Both" asks for a comparison, whatever the question was.
    by_table = about_treatment(found.treatment, read.name if found.intent == TREATMENT_OPTIONS else found.intent)
    if by_table:
        return by_table
    goes_on = read.topic in GIVES_WAY and slots.get("topic") == TREATMENT_OPTIONS
    return Target(found.intent, slots.get("topic_detail") if goes_on else read.detail)


def beside_exosomes(read: Target, text: str, named: Sequence[Named], slots: Mapping[str, Any]) -> Target | None:
    """Returns the text that answers a comparison or a combination, by the treatments that it is about.

    After PRP, "would exosomes be better" compares the two, and "or minoxidil?" PRP and minoxidil.
    """
    if read.topic not in (COMPARE_TREATMENTS, COMBINE_TREATMENTS):
        return None
    names = _two_of(text, read.topic, named, slots)
    if len(names) == MAX_REMEMBERED:
        return (versus(*names) if read.topic == COMPARE_TREATMENTS else pair_of(*names)) or Target(read.topic, OTHERS)
    # While a condition is spoken of, "could PRP help it along" is about PRP and nothing else.
    if names and named and slots.get(SUBJECT) in CONDITION_TEXTS and not WORDS["exosomes"].search(text):
        return about_treatment(names[0], TREATMENT_OPTIONS)
    # A treatment that the message names was read with it.
    known = TABLE.get(names[0], {}).get(read.topic) if names and not named else None
    return target(known) if known else None


def _two_of(text: str, topic: str, named: Sequence[Named], slots: Mapping[str, Any]) -> list[str]:
    """Returns the treatments other than exosomes that a comparison or combination is about: at most two."""
    others = list(dict.fromkeys(treatment.value for treatment in named if not is_exosomes(treatment, text)))
    current, memory = current_treatment(slots), slots.get(MEMORY) or []
    if WORDS["exosomes"].search(text):
        return others[:1] or [treatment for treatment in [current] if treatment != EXOSOMES]
    # After "finasteride or minoxidil", "is that stronger" compares the two. To combine both, a word must say so.
    means_both = not others and current in memory and (topic == COMPARE_TREATMENTS or WORDS["both_together"].search(text))
    treatments = memory if means_both else [current]
    return [*(treatment for treatment in treatments if treatment not in (EXOSOMES, *others)), *others][-MAX_REMEMBERED:]


def choice_between(text: str, named: Sequence[Named]) -> Target | None:
    """Returns the text that compares two treatments that a message offers as a choice, "finasteride or minoxidil", or None."""
    others = [treatment for treatment in named if not is_exosomes(treatment, text)]
    choices = [
        (first.value, second.value)
        for first, second in pairwise(others)
        if first.value != second.value and WORDS["or"].fullmatch(text[first.end : second.start].strip(" .,?/"))
    ]
    if not choices or WORDS["exosomes"].search(text):
        return None
    return versus(*choices[0]) or Target(COMPARE_TREATMENTS, OTHERS)


def compares_two(answer: Target) -> bool:
    """Whether a text compares two treatments other than exosomes."""
    return answer == Target(COMPARE_TREATMENTS, OTHERS) or answer in COMPARED.values()


def about_exosomes(read: Target, text: str, named: Sequence[Named], slots: Mapping[str, Any]) -> Target | None:
    """Returns the question about exosomes if it was read as one about another treatment that nobody spoke of."""
    asked = question_of(read)
    names_exosomes = read.name in EXOSOME_QUESTIONS and WORDS["exosomes"].search(text)
    is_about_exosomes = slots.get(SUBJECT) == EXOSOMES or names_exosomes
    is_misread = is_about_exosomes and not named and asked != read.topic
    return target(EXOSOME_QUESTIONS.get(read.name, asked)) if is_misread else None


def asks_about_exosomes(text: str, named: Sequence[Named]) -> bool:
    """Whether a message names another treatment only as history: "been on minoxidil 3 years, how much is it"."""
    others = [treatment for treatment in named if not is_exosomes(treatment, text)]
    clauses = [clause for clause in _asking_clauses(text) if clause.text != text]
    inside = [item for item in others for clause in clauses if clause.start <= item.start < clause.start + len(clause.text)]
    refers = any(WORDS["pronouns"].search(clause.text) for clause in clauses)
    return bool(others) and not inside and refers and not _antecedent(text, others, clauses)


def remember(text: str, named: Sequence[Named], before: Sequence[str]) -> list[str]:
    """Returns the last treatments named, in order, after a message that names `named`."""
    places = [(treatment.start, treatment.value) for treatment in named if not is_exosomes(treatment, text)]
    places += [(found.start(), EXOSOMES) for found in WORDS["exosomes"].finditer(text)]
    now = list(dict.fromkeys(value for _, value in sorted(places)))
    return [*(value for value in before if value not in now), *now][-MAX_REMEMBERED:]


def _is_another(treatment: Named, intent: str, text: str) -> bool:
    belongs = (intent, treatment.value) in BELONGS_TO_EXOSOMES
    return not (belongs or treatment.value in SOURCES_OF_EXOSOMES or is_exosomes(treatment, text))


def is_exosomes(treatment: Named, text: str) -> bool:
    """Whether the name is one of exosomes: the lexicon has "exosome injections" as a treatment that people tried."""
    return bool(WORDS["exosomes"].search(text[treatment.start : treatment.end]))


def _asked_about(text: str, others: Sequence[Named]) -> str | None:
    """Returns the treatment that the asking part of the message is about, or None if that is exosomes."""
    clauses = _asking_clauses(text)
    if any(WORDS["exosomes"].search(clause.text) for clause in clauses):
        return None
    for clause in clauses:
        inside = [item for item in others if clause.start <= item.start < clause.start + len(clause.text)]
        subject = next((item for item in inside if _is_subject(item, clause)), None)
        if subject:
            return subject.value
    return _antecedent(text, others, clauses)


def _antecedent(text: str, others: Sequence[Named], clauses: Sequence[Clause]) -> str | None:
    """Returns the treatment that "it" means if an earlier sentence names it: "she swears by prp. does it do anything".

    A treatment that the visitor has used is meant only by a question about its use: "is it supposed to work yet".
    """
    for clause in clauses:
        before = [item for item in others if item.end <= clause.start and END_OF_SENTENCE.search(text[item.end : clause.start])]
        if not before or any(item.start >= clause.start for item in others) or not WORDS["pronouns"].search(clause.text):
            continue
        if WORDS["in_use"].search(clause.text) or not WORDS["used"].search(text[: clause.start]):
            return before[-1].value
    return None


def _asking_clauses(text: str) -> list[Clause]:
    """Returns the parts of a message that ask. Without a question word, the whole message asks unless it is about the past."""
    clauses = [_asking_part(sentence.group(), sentence.start()) for sentence in SENTENCE.finditer(text)]
    found = [clause for clause in clauses if clause]
    if found:
        return found
    return [] if WORDS["own_history"].search(text) else [Clause(text, 0)]


def _asking_part(sentence: str, start: int) -> Clause | None:
    """Returns the question in a sentence, with the words before it unless they tell what the visitor has used."""
    asks_at = _question_start(sentence)
    before = sentence if asks_at is None else sentence[:asks_at]
    if WORDS["spoken_of"].search(before):
        return Clause(sentence, start)
    if asks_at is None:
        return None
    is_history = WORDS["used"].search(before) or len(before.split()) > MAX_WORDS_NAMING
    return Clause(sentence[asks_at:], start + asks_at) if is_history else Clause(sentence, start)


def _question_start(sentence: str) -> int | None:
    """Returns where the question in a sentence starts, or None if it asks nothing."""
    word, verb = WORDS["question_start"].search(sentence), VERB_ASKS.search(sentence)
    places = [word.start()] if word else []
    if verb:
        places.append(max(verb.start("first"), verb.start("second")))
    if not places and sentence.endswith("?"):
        places = [sentence.rfind(",") + 1]
    return min(places, default=None)


def _is_subject(treatment: Named, clause: Clause) -> bool:
    """Whether the clause is about this treatment, and not about the one of the conversation: "does IT work better than prp"."""
    before, after = clause.text[: treatment.start - clause.start], clause.text[treatment.end - clause.start :]
    if WORDS["pronouns"].search(DETERMINER.sub("", before)) or TOGETHER_WITH.search(after):
        return False
    if COMPARISON.search(before):
        return False
    # "While on finasteride, does it hurt?" is about something else than finasteride.
    return not (CIRCUMSTANCE.search(before) and WORDS["pronouns"].search(after))


def _referred_to(text: str, intent: str, slots: Mapping[str, Any]) -> Meant | None:
    """Returns what a message means that names no treatment: "the other one", or "does it hurt" after PRP."""
    current = current_treatment(slots)
    referred = _by_order(text, current, slots.get(MEMORY) or [])
    if referred:
        return referred if referred.treatment != EXOSOMES else None
    if current != EXOSOMES and intent in EXOSOME_TOPICS:
        return Meant(TREATMENT_OPTIONS, current)
    return None


def current_treatment(slots: Mapping[str, Any]) -> str:
    """Returns the treatment that the conversation is about."""
    subject = slots.get(SUBJECT)
    if subject:
        return str(subject) if subject in TABLE else EXOSOMES
    topic = str(slots.get("topic"))
    by_detail = subject_of(Target(topic, slots.get("topic_detail")))
    return by_detail or str(topic == TREATMENT_OPTIONS and slots.get("topic_treatment") or EXOSOMES)


def _by_order(text: str, current: str, memory: Sequence[str]) -> Meant | None:
    """Returns what "the other one", "the second one" or the like means. With one treatment named, exosomes are the other."""
    if not memory:
        return None
    first, second = memory if len(memory) == MAX_REMEMBERED else (EXOSOMES, memory[0])
    if WORDS["both"].search(text):
        compares = EXOSOMES in (first, second)
        return Meant(COMPARE_TREATMENTS if compares else TREATMENT_OPTIONS, second if first == EXOSOMES else first)
    treatments = _places(first, second, current)
    found = next((treatment for way, treatment in treatments.items() if WORDS[way].search(text)), None)
    return Meant(TREATMENT_OPTIONS, found) if found else None


def _places(first: str, second: str, current: str) -> dict[str, str]:
    """Returns what each way of saying "the other one" means after two treatments."""
    return {
        "the_other": first if current == second else second,
        "the_first": first,
        "the_second": second,
        "that_one": second,
    }


def with_names(text: str, slots: Mapping[str, Any]) -> str:
    """Returns a message with the treatment's name in place of "the second one": "does finasteride mess with sleep"."""
    memory = slots.get(MEMORY) or []
    if len(memory) < MAX_REMEMBERED:
        return text
    first, second = memory
    places = _places(first, second, current_treatment(slots))
    way = next((way for way in places if WORDS[way].search(text)), None)
    return WORDS[way].sub(places[way].replace("_", " "), text, count=1) if way else text
