"""Finds out what a follow-up asks: "why", "and for women?", "how far apart", "what if I'm diabetic", or a yes to what we offered.

Such a message takes its subject from what was said before: the last answer, the treatments and the conditions that were named.
data/understanding/follow_ups.yml has the kinds, how people say them, and what answers them. Needs no model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from components.intents import (
    AFFIRM,
    ASKING_PREFIXES,
    BOOK,
    CHECK_CANDIDACY,
    COMBINE_TREATMENTS,
    COMPARE_TREATMENTS,
    DECLINE_ANSWER,
    FALLBACK,
    HAIR_LOSS_CAUSE,
    INFORM,
    MORE_DETAIL,
    OUT_OF_SCOPE,
    QUESTION_PREFIX,
    REMARKS,
    TREATMENT_OPTIONS,
    WHO_IT_HELPS,
    WHO_SHOULD_AVOID,
)
from components.understanding.about_whom import CHILD, UNDER_18, WHOM, about_whom
from components.understanding.dialogue_acts import MAX_VAGUE_WORDS, RESULT, SAID, Utterance, asks_vaguely
from components.understanding.mention_holders import own
from components.understanding.named_treatments import (
    EXOSOMES,
    GIVES_WAY,
    MAX_REMEMBERED,
    MEMORY,
    OTHERS,
    WORDS,
    current_treatment,
    is_exosomes,
    named_in,
)
from components.understanding.patterns import alternatives
from components.understanding.question_form import is_question
from components.understanding.text_cache import remembered
from components.understanding.treatment_details import (
    ANYTHING,
    CONDITION_TEXTS,
    SUBJECT,
    Target,
    about_exosomes,
    about_treatment,
    condition_of,
    question_of,
    subject_of,
    target,
    versus,
)
from runtime.data_files import read_yaml
from runtime.paths import UNDERSTANDING_DATA

THAT_ONE = "that_one"  # the kind of "the second one"
EXOSOMES_FOR_IT = "exosomes_for_it"  # the kind of "would exosomes help with that"
ABOUT_TREATMENTS = {*GIVES_WAY, TREATMENT_OPTIONS}  # questions that can be about any treatment
CONDITIONS = "conditions_named"  # slot: the conditions and groups of people that were named, in order
TWO_OTHERS, OR_EXOSOMES = "two_others", "_or_exosomes"  # keys for the two treatments that were named last
BOTH_TREATMENTS = {COMPARE_TREATMENTS, COMBINE_TREATMENTS}  # questions about the named treatment and the current subject
ABOUT_SOMEBODY = {WHO_IT_HELPS, WHO_SHOULD_AVOID}  # after these, "I have lupus" asks about lupus
SAME_TOPIC, GUESS, IN_CONTEXT = "same_topic", "guess", "in_context"  # the kinds of what only follows by its place
LAST_ANSWER, IN_SHORT = "last_answer", "in_short"  # in the table: the last answer again, or its first sentence
TELLS = {*REMARKS, DECLINE_ANSWER}  # readings of news: outside the check, nobody declines to answer
MAX_LENGTH = 500  # characters of a follow-up; matching its forms against a long text takes long
MAX_OUT_OF_SCOPE = 0.8  # confidence; what is more clearly out of scope is no follow-up
# The probability that a text in context needs: over a detail that the message asks for by itself, over anything else, and to come
# again right after it was said, if the message asks nothing clear. Texts with 0.1 to 0.2 were right about half of the time.
MIN_OVER_DETAIL, MIN_LIKELY, MIN_AGAIN = 0.25, 0.12, 0.5
MIN_CLEAR = 0.9  # confidence in a question that is asked whatever was spoken of: "what is the evidence"
MAX_WORDS_UNKNOWN = 1  # besides the frame, what it names and the words that may stand with it
# What a reply without buttons offers, as the intent that a "yes" to it stands for.
OFFERS = {
    "utter_check_left": CHECK_CANDIDACY,
    "utter_check_paused": CHECK_CANDIDACY,
    "utter_inform": CHECK_CANDIDACY,
    "utter_go_back": CHECK_CANDIDACY,
    "utter_start_over": CHECK_CANDIDACY,
    "utter_explain_question": MORE_DETAIL,
}
DATA: dict[str, Any] = read_yaml(UNDERSTANDING_DATA / "follow_ups.yml")
ACTS: dict[str, list[str]] = read_yaml(UNDERSTANDING_DATA / "acts.yml")
ACKNOWLEDGEMENTS = frozenset(ACTS["acknowledgements"])
GRAMMAR: dict[str, Any] = read_yaml(UNDERSTANDING_DATA / "grammar.yml")
NEGATORS = frozenset(GRAMMAR["negators"])
FILLERS = frozenset(DATA["groups"]["words"])
BEFORE, AFTER = (alternatives(DATA["around"][place]) for place in ("before", "after"))
Place = tuple[int, int]  # the first character, and the one after the last
BARE: Place = (0, 0)  # the frame of a message that has none
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
SENTENCE = re.compile(r"[^?.!;\n]+[?.!;\n]*")
# A remark without a mark before it: "what can I do in the meantime I don't want to wait".
UNFINISHED = re.compile(rf"\b(?:{alternatives(DATA['around']['unfinished'])})$", re.I)
REMARK = re.compile(rf"\s+(?=(?:{alternatives(DATA['around']['remarks'])})\b)", re.I)


class FollowUp(NamedTuple):
    """What a follow-up asks.

    Attributes:
        kind: its kind in the table.
        answer: the text that answers it.
        is_elliptical: whether it is a question about exosomes that leaves them out, such as "how many".
        treatment: the other treatment that it names.
        gives_way: whether another text takes its place if the conversation is about another treatment than exosomes.
    """

    kind: str
    answer: Target
    is_elliptical: bool = False
    treatment: str | None = None
    gives_way: bool = False


class Kind(NamedTuple):
    """One kind of follow-up.

    Attributes:
        name: its name.
        pattern: how people say it.
        needs: what has to be in it as well.
        answers: what answers it, by what was spoken of.
        is_elliptical: whether it leaves out its subject.
        gives_way: whether another text takes its place if the conversation is about another treatment.
        may_repeat: whether the last answer may answer it as well.
        yields: whether another detail of the last topic, if the classifier sees one in the message, goes before it.
    """

    name: str
    pattern: re.Pattern[str]
    needs: re.Pattern[str]
    answers: Mapping[str, str]
    is_elliptical: bool
    gives_way: bool
    may_repeat: bool
    yields: bool


class Group(NamedTuple):
    """A condition or a group of people that a follow-up may be about: its words, and its values in the lexicon.

    The lexicon leaves out what somebody else has, so that "what if she is pregnant" needs the words.
    """

    name: str
    pattern: re.Pattern[str] | None
    values: frozenset[str]
    answers: Mapping[str, str]


def _kinds() -> Iterator[Kind]:
    for name, kind in DATA["kinds"].items():
        patterns = alternatives(kind["patterns"])
        for fragment, words in DATA["fragments"].items():
            patterns = patterns.replace(f"{{{fragment}}}", words)
        whole = re.compile(rf"^\W*(?:(?:{BEFORE})\b\W+)*(?:{patterns})(?:\W+(?:{AFTER}))*\W*$", re.I)
        needs = re.compile(alternatives(kind.get("needs", [""])), re.I)
        is_elliptical = kind.get("elliptical", False)
        gives_way = kind.get("gives_way", is_elliptical)
        may_repeat = kind.get("may_repeat", gives_way)
        yield Kind(name, whole, needs, kind["answers"], is_elliptical, gives_way, may_repeat, kind.get("yields", False))


def _groups() -> Iterator[Group]:
    for name, group in DATA["groups"]["named"].items():
        pattern = re.compile(rf"\b(?:{alternatives(group['words'])})(?!\w)", re.I) if "words" in group else None
        yield Group(name, pattern, frozenset(group.get("values", ())), group["answers"])


def _frames(frames: Sequence[str], endings: Sequence[str] = ()) -> re.Pattern[str]:
    beginning = rf"^\W*(?:(?:{BEFORE})\b\W+)*?(?:{alternatives(frames)})\b"
    return re.compile(alternatives([beginning, *endings]), re.I)


KINDS, GROUPS = tuple(_kinds()), tuple(_groups())
LEARNED_KINDS = {kind.name: kind for kind in KINDS}  # the details of MORE_DETAIL in the training data are their names
FRAMES = _frames(DATA["groups"]["frames"], DATA["groups"]["endings"])
ASKS_FOR_CHECK = re.compile(rf"\b(?:{alternatives(DATA['groups']['asks_for_check'])})(?!\w)", re.I)
FRAMES_IN_CHECK = _frames(DATA["groups"]["in_check"])
VERSUS, STILL = _frames(DATA["groups"]["comparing"]), _frames(DATA["around"]["still"])


def follow_up(said: Utterance) -> FollowUp | None:
    """Returns what a message asks as a follow-up, or None if it is none. While a question is open, few messages are."""
    if not said.may_follow_up:
        return _by_name(said, FRAMES_IN_CHECK) if said.asks and not said.gives_value else None
    # The result of the check says why itself, and is shown again.
    if RESULT in said.last_actions and asks_vaguely(said) or _wants_to_book(said):
        return None
    return (
        _accepted(said)
        or _by_kind(said, kind_of(said.text))
        or _by_name(said, FRAMES)
        or _by_kind(said, _kind_beside_remark(said))
        or _still(said)
        or _in_context(said)
        or _by_kind(said, _learned_kind(said))
        or _on_same_topic(said)
        or _told(said)
        or _guessed(said)
        or _alone(said)
    )


def _wants_to_book(said: Utterance) -> bool:
    """Whether a message plainly asks for a visit, whatever was spoken of: "I want to book an appointment" after the hours."""
    return said.intent == BOOK and said.confidence >= MIN_CLEAR and BOOK not in said.likely


def _guessed(said: Utterance) -> FollowUp | None:
    """What was not understood, right after an answer: it most likely asks something, and less certainty is enough."""
    if not said.guess or not said.follows_answer:
        return None
    return FollowUp(GUESS, Target(said.guess, said.likely.get(said.guess)), gives_way=True)


def _alone(said: Utterance) -> FollowUp | None:
    """A vague question that follows nothing, such as "would you do it": it asks what it is read as next."""
    others = [topic for topic in said.near if topic.startswith(QUESTION_PREFIX) and topic != MORE_DETAIL]
    if said.intent != MORE_DETAIL or MORE_DETAIL not in said.likely or said.slots.get("topic") or not others:
        return None
    return FollowUp(GUESS, Target(others[0], said.likely.get(others[0])), gives_way=True)


@remembered
def kind_of(text: str) -> Kind | None:
    """Returns the kind of follow-up that a text is by its form alone."""
    plain = text.replace("’", "'").strip()
    if len(plain) > MAX_LENGTH:
        return None
    return next((kind for kind in KINDS if kind.pattern.match(plain) and kind.needs.search(plain)), None)


def _kind_beside_remark(said: Utterance) -> Kind | None:
    """Returns the kind of a question with a remark beside it, right after an answer: "are you sure? my clinic said yes"."""
    if not said.follows_answer or len(said.text) > MAX_LENGTH:
        return None
    # Without a mark between them, a question that the classifier understands as a whole is one.
    kind = _only_question(said.text) or (None if said.asks_for_detail else _before_remark(said.text))
    return kind if kind and not _names_something(said) else None


def _only_question(text: str) -> Kind | None:
    """Returns the kind of the only sentence of several that asks anything."""
    sentences = [found.group().strip() for found in SENTENCE.finditer(text)]
    if len(sentences) < 2:
        return None
    kinds = {sentence: kind for sentence in sentences if (kind := kind_of(sentence))}
    others = (sentence for sentence in sentences if sentence not in kinds)
    return next(iter(kinds.values())) if len(kinds) == 1 and not any(map(is_question, others)) else None


def _before_remark(text: str) -> Kind | None:
    """Returns the kind of what comes before a remark."""
    beginnings = (text[: found.start()] for found in REMARK.finditer(text))
    return next((kind for begun in beginnings if not UNFINISHED.search(begun) and (kind := kind_of(begun))), None)


def _names_something(said: Utterance) -> bool:
    """Whether a message names another treatment, or a condition or group of people."""
    text = said.text.replace("’", "'").lower()
    return bool(named_in(said.entities, said.text)) or any(_places(group, said, text) for group in GROUPS)


def _learned_kind(said: Utterance) -> Kind | None:
    """Returns the kind that the classifier sees in a message right after an answer, if that may only ask about the answer."""
    asks_else = said.intent.startswith(QUESTION_PREFIX) or bool(named_in(said.entities, said.text))
    is_vague = said.intent in (MORE_DETAIL, FALLBACK) or MORE_DETAIL in said.near and not asks_else
    return LEARNED_KINDS.get(said.likely.get(MORE_DETAIL, "")) if said.follows_answer and is_vague else None


def _accepted(said: Utterance) -> FollowUp | None:
    """A yes to what the last reply offered, or the place of one of its buttons. "Ok" only takes note of it."""
    place = _place_of_button(said)
    if place is not None:
        return FollowUp("offer", said.offers[place])
    takes_note = ACKNOWLEDGEMENTS.issuperset(said.words)
    accepts = said.intent == AFFIRM and not takes_note and not kind_of(said.text)
    offered = _offered(said) if accepts else None
    return FollowUp("offer", offered) if offered else None


def _offered(said: Utterance) -> Target | None:
    """Returns what a yes stands for: more about the answer if we offered that, otherwise the first topic that we offered."""
    more = Target(MORE_DETAIL)
    if more in said.offers or said.follows_answer and not said.offers:
        return more
    by_text = next((Target(OFFERS[action]) for action in reversed(said.last_actions) if action in OFFERS), None)
    return by_text or next(iter(said.offers), None)


def _place_of_button(said: Utterance) -> int | None:
    """Returns which button "the first one" or "the second one" means, if it can mean no treatment."""
    if said.slots.get(MEMORY) or not said.offers:
        return None
    kind = kind_of(said.text)
    if not kind or kind.name != THAT_ONE:
        return None
    places = {"the_first": 0, "the_second": 1}
    found = next((place for words, place in places.items() if WORDS[words].search(said.text)), None)
    return found if found is not None and found < len(said.offers) else None


def _by_kind(said: Utterance, kind: Kind | None) -> FollowUp | None:
    if kind and kind.yields and said.asks_for_detail and said.intent == said.slots.get("topic"):
        return None
    if kind and kind.name == THAT_ONE and _last_question(said.slots) in ABOUT_TREATMENTS:
        return FollowUp(THAT_ONE, Target(_last_question(said.slots)), is_elliptical=True, gives_way=True)
    answer = _answer(kind.answers, said, is_about_answer=not kind.may_repeat) if kind else None
    return FollowUp(kind.name, answer, kind.is_elliptical, gives_way=kind.gives_way) if kind and answer else None


def _answer(
    answers: Mapping[str, str], said: Utterance, is_about_somebody: bool = False, is_about_answer: bool = False
) -> Target | None:
    """Returns the answer by what was said before. A question that names nothing needs a topic, or a condition that it can mean.

    A question about the last answer, such as "who decides that", gets another one than that, if the table has any.
    """
    keys = [*_spoken_of(said), *([ANYTHING] if is_about_somebody or said.slots.get("topic") else [])]
    found = [_target(answers[key], said.slots) for key in keys if key in answers]
    last = last_answer(said.slots) if is_about_answer and said.follows_answer else None
    return next((answer for answer in found if answer != last), next(iter(found), None))


def _target(answer: str, slots: Mapping[str, Any]) -> Target:
    special = {LAST_ANSWER: last_answer(slots), IN_SHORT: Target(MORE_DETAIL, IN_SHORT)}
    return special.get(answer) or target(answer)


def _spoken_of(said: Utterance) -> Iterator[str]:
    """Yields what was said before, as keys of the table: the last answer if it is fresh, then the conditions, newest first."""
    slots = said.slots
    if slots.get(WHOM) == CHILD:
        yield UNDER_18
    # "Can I have it while on finasteride" is about exosomes, but "should I stop it" after that means finasteride.
    detail = [last_answer(slots).name] if slots.get("topic_detail") else []
    yield from detail if said.follows_answer else ()
    yield from _two_treatments(slots.get(MEMORY) or [])
    named = [str(slots.get(slot)) for slot in ("topic_condition", "topic", "topic_treatment")]
    condition = slots.get(SUBJECT) if slots.get(SUBJECT) in CONDITION_TEXTS else None
    told = str(condition_of(last_answer(slots)))
    last = [*detail, told, str(condition or current_treatment(slots)), *named]
    if said.follows_answer:
        yield from last
    yield from reversed(slots.get(CONDITIONS) or [])
    yield from last


def _two_treatments(memory: Sequence[str]) -> Iterator[str]:
    others = [treatment for treatment in memory if treatment != EXOSOMES]
    if len(others) == MAX_REMEMBERED:
        yield TWO_OTHERS
    elif others:
        yield f"{others[0]}{OR_EXOSOMES}"


def last_answer(slots: Mapping[str, Any]) -> Target:
    return Target(str(slots.get("topic")), slots.get("topic_detail"))


def _last_question(slots: Mapping[str, Any]) -> str:
    return question_of(last_answer(slots))


def _by_name(said: Utterance, frames: re.Pattern[str]) -> FollowUp | None:
    """A follow-up that only names something else: "and for women?", "what if I'm diabetic", "how about minoxidil"."""
    text = said.text.replace("’", "'").lower()
    # A question that follows nothing has all that it asks in it, and the classifier has learned such questions.
    is_whole = said.intent.startswith(QUESTION_PREFIX) and not said.slots.get("topic")
    frame = _frame(text, frames, said)
    # "Who do I go to with 4c hair" names something, but the classifier sees what it asks.
    asks_by_itself = frame == BARE and said.asks_for_detail and len(said.words) > MAX_VAGUE_WORDS
    if is_whole or asks_by_itself or not frame:
        return None
    for group in GROUPS:
        places = _places(group, said, text)
        if places and _says_nothing_else(text, [*places, frame]) and (frame != BARE or _may_be_bare(group, said)):
            answers = _about_exosomes_only(group.answers) if WORDS["exosomes"].search(text) else group.answers
            answer = _answer(answers, said, is_about_somebody=True)
            return FollowUp(group.name, answer, gives_way=True) if answer else None
    if frame == BARE and current_treatment(said.slots) == EXOSOMES:
        return None
    return _another_treatment(said, text, frame) or _another_person(said, text)


def _about_exosomes_only(answers: Mapping[str, str]) -> Mapping[str, str]:
    """Returns what answers a question that names exosomes, whatever was spoken of: "and exosomes while nursing"."""
    return {ANYTHING: answers[ANYTHING]} if ANYTHING in answers else answers


def _in_context(said: Utterance) -> FollowUp | None:
    """What a message asks or tells by the subject of the last answer: "it's a year now" after shedding.

    The main text about a treatment is about nothing in particular, so it only answers what tells something.
    """
    choice = said.in_context
    if not choice or not said.follows_answer or not _may_go_on(said, choice.answer.topic):
        return None
    answer, needed = choice.answer, MIN_OVER_DETAIL if said.asks_for_detail else MIN_LIKELY
    if answer == last_answer(said.slots) and said.intent in (*TELLS, MORE_DETAIL):
        needed = MIN_AGAIN
    elif any(name.split()[0] == f"utter_{answer.name}" for name in said.slots.get(SAID) or ()):
        return None
    is_main = answer == about_treatment(subject_of(answer) or "", TREATMENT_OPTIONS)
    is_vague = not answer.detail or is_main and said.intent not in TELLS
    return FollowUp(IN_CONTEXT, answer, gives_way=True) if choice.probability >= needed and not is_vague else None


def _may_go_on(said: Utterance, topic: str) -> bool:
    """Whether a message says so little that it may be about another topic than the one that the classifier takes it for."""
    is_clear = said.confidence >= MIN_CLEAR and topic != said.intent
    return said.intent in (*TELLS, MORE_DETAIL) or said.intent.startswith(ASKING_PREFIXES) and not is_clear


def _told(said: Utterance) -> FollowUp | None:
    """What somebody tells of a person or a condition right after an answer, in many words: "52, periods ended two years ago"."""
    text = said.text.replace("’", "'").lower()
    tells = said.intent in TELLS or said.intent == CHECK_CANDIDACY and not (said.asks or ASKS_FOR_CHECK.search(text))
    if not said.follows_answer or not tells:
        return None
    is_unread = said.intent not in (INFORM, OUT_OF_SCOPE)
    named = (group for group in GROUPS if (is_unread or _may_be_bare(group, said)) and _affirms(group, said, text))
    found = ((group.name, _answer(group.answers, said, is_about_somebody=True)) for group in named)
    return next((FollowUp(name, answer, gives_way=True) for name, answer in found if answer), None)


def _still(said: Utterance) -> FollowUp | None:
    """A circumstance that the classifier does not know, right after an answer, which still holds: "even the tiny ones"."""
    asks_so = said.follows_answer and said.intent in TELLS and STILL.match(said.text)
    return FollowUp(LAST_ANSWER, last_answer(said.slots), gives_way=True) if asks_so else None


def _frame(text: str, frames: re.Pattern[str], said: Utterance) -> Place | None:
    """Returns the words that make a message a follow-up. Right after an answer, some need none."""
    found = frames.search(text)
    if found:
        return found.span()
    return BARE if said.may_follow_up else None


def _may_be_bare(group: Group, said: Utterance) -> bool:
    """Whether a message that only names something is a follow-up: "swimming?", "he's only nine".

    While another treatment is spoken of, it is. Otherwise the last answer must be one that this can be about, because a bare
    "I have lupus" is an answer to the check.
    """
    if current_treatment(said.slots) != EXOSOMES:
        return True
    if not said.follows_answer:
        return False
    last = last_answer(said.slots)
    fits = last.topic in ABOUT_SOMEBODY or not {last.name, last.topic}.isdisjoint(group.answers)
    return fits or group.name == UNDER_18


def _on_same_topic(said: Utterance) -> FollowUp | None:
    """A remark that asks nothing by itself, right after an answer: "I'm at week ten and see nothing".

    Another detail of the topic of that answer, or one that we offered, is what it most likely asks about, if the classifier sees
    it. So it is for a question that can be one of that topic as well, and asks for no detail of its own.
    """
    last = last_answer(said.slots)
    if not said.follows_answer:
        return None
    for answer in (Target(last.topic, said.likely.get(last.topic)), *said.offers):
        is_seen = answer.detail and said.likely.get(answer.topic) == answer.detail
        if is_seen and answer != last and _may_be_about(answer.topic, said):
            return FollowUp(SAME_TOPIC, answer, gives_way=True)
    return None


def _may_be_about(topic: str, said: Utterance) -> bool:
    """Whether a message may be about a topic that the classifier does not find the most likely."""
    if said.intent in TELLS:
        return said.intent != OUT_OF_SCOPE or said.confidence < MAX_OUT_OF_SCOPE
    is_open = said.intent.startswith(QUESTION_PREFIX) and said.intent not in said.likely
    return is_open and topic != said.intent and topic in said.near


def _another_treatment(said: Utterance, text: str, frame: Place) -> FollowUp | None:
    """The last question again, about another treatment."""
    named = [treatment for treatment in named_in(said.entities, said.text) if not is_exosomes(treatment, text)]
    places = [(treatment.start, treatment.end) for treatment in named]
    places += [found.span() for found in WORDS["exosomes"].finditer(text)]
    if len(places) != 1 or not _says_nothing_else(text, [*places, frame]):
        return None
    if frame == BARE and said.intent in BOTH_TREATMENTS:
        return None
    topic = _last_question(said.slots)
    if not named:
        return FollowUp(EXOSOMES, _about_exosomes(topic, said)) if said.slots.get("topic") else None
    answer = _compared(named[0].value, text, said.slots) or about_treatment(named[0].value, topic) or Target(TREATMENT_OPTIONS)
    return FollowUp(named[0].value, answer, treatment=named[0].value)


def _compared(treatment: str, text: str, slots: Mapping[str, Any]) -> Target | None:
    """Returns the text for "vs prp": a comparison with the treatment that is spoken of, or once more with exosomes."""
    if not VERSUS.match(text):
        return None
    current = EXOSOMES if _last_question(slots) == COMPARE_TREATMENTS else current_treatment(slots)
    if current in (EXOSOMES, treatment):
        return about_treatment(treatment, COMPARE_TREATMENTS)
    return versus(current, treatment) or Target(COMPARE_TREATMENTS, OTHERS)


def _about_exosomes(question: str, said: Utterance) -> Target:
    """The last question, about exosomes. After what helps a condition, it is whether they do."""
    for_it = next(kind.answers for kind in KINDS if kind.name == EXOSOMES_FOR_IT)
    known = _answer(for_it, said) if question in (TREATMENT_OPTIONS, HAIR_LOSS_CAUSE) else None
    return known or about_exosomes(question)


def _another_person(said: Utterance, text: str) -> FollowUp | None:
    """The last question again, for somebody else: "and for me?"."""
    is_known = bool(said.slots.get("topic"))
    person = about_whom(text) if is_known and _says_nothing_else(text, ()) else None
    return FollowUp(person, Target(_last_question(said.slots))) if person else None


def _places(group: Group, said: Utterance, text: str) -> list[Place]:
    by_words = [found.span() for found in group.pattern.finditer(text)] if group.pattern else []
    entities = (entity for entity in own(said.entities) if entity["value"] in group.values and entity.get("role") != "denied")
    return by_words or [(entity["start"], entity["end"]) for entity in entities]


def _affirms(group: Group, said: Utterance, text: str) -> bool:
    """Whether a message names a group, and denies nothing."""
    places = _places(group, said, text)
    return bool(places) and NEGATORS.isdisjoint(WORD.findall(_without(places, text)))


def _without(places: Sequence[Place], text: str) -> str:
    for start, end in places:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _says_nothing_else(text: str, places: Sequence[Place]) -> bool:
    """Whether a message says little besides the words at these places, and denies nothing."""
    rest = [word for word in WORD.findall(_without(places, text)) if word not in FILLERS]
    return len(rest) <= MAX_WORDS_UNKNOWN and NEGATORS.isdisjoint(rest)
