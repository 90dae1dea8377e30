"""Turns a message into statements: what it says about whom, also as a reply to the open question. Plain Python on slots."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from actions.candidacy import STOPS
from actions.questionnaire import (
    AGE,
    ANSWERS,
    COVERED,
    DEPENDS_ON,
    EVERYDAY_WORDS,
    LISTS,
    NO_MEANS,
    NONE,
    PRECEDENCE,
    QUESTIONS,
    READBACK,
    REQUESTED_SLOT,
    STATEMENTS,
    TRIES,
    UNCLEAR_AGE,
    UNLISTED,
    YES_MEANS,
    is_answer,
    is_asked,
)
from components.dialogue.parsed_message import ParsedMessage
from components.dialogue.patient import UNCLEAR, is_other_patient, patient_after
from components.dialogue.statements import (
    Statement,
    about,
    added,
    answers_of,
    is_spoken_to_throughout,
    next_turn,
    statements_in,
    without,
)
from components.intents import AFFIRM, DECLINE_ANSWER, DENY, DISTRESS, GO_BACK, REMARKS
from components.understanding.about_whom import OTHERS, SELF, SOMEONE_ELSE, others_named, people_named
from components.understanding.ages import CORRECTION
from components.understanding.concepts import CONCEPT, CONSIDERED, PAST, POSSIBLE, follows
from components.understanding.mention_roles import GRAMMAR
from components.understanding.mentions import Mention
from components.understanding.unread_parts import UNREAD, is_unfinished

HEALTH, TYPE, STAGE = "health_flags", "hair_loss_type", "hair_loss_stage"
ACTIVE, PAST_CANCER = "active_cancer", "past_cancer"
REPLY_BY_INTENT = {AFFIRM: {"yes"}, DENY: {"no"}}  # for messages that mention no reply
IN_PASSING = {slot: re.compile(pattern) for slot, pattern in GRAMMAR["in_passing"].items()}
END_OF_ITEM = re.compile(r"[,.;:!?\n]")
UNKNOWN = ("declined", "not_sure")  # replies that leave a question open
MAX_TRIES = 2  # at the answer to a question, after the first
MAX_OTHER_WORDS = 2  # in an item of a list of answers
TAKES_BACK = {side: re.compile(pattern) for side, pattern in GRAMMAR["takes_back"].items()}
STATES_AGE = re.compile(r"^/|\b(i'?m|i am|he'?s|she'?s|he is|she is|my age|actually|meant|years? old)\b", re.I)
# What follows a reply that answers our question, even if the rest of the message asks something: "none. how much is it".
REPLY_STANDS_ALONE = re.compile(r"\s*(?:[,.;:!\n-]|\b(?:and|but|so|also|thanks|thank you)\b|$)", re.I)


@dataclass(frozen=True)
class Heard:
    """What a message says, and what the check knows after it.

    Attributes:
        before: all slots before the message.
        patient: whom the check is about.
        statements: everything that has been said, this message last.
        new: what this message says.
        unread: whether part of an answer could not be read.
        unclear_age: a number in it that may be an age, in years.
    """

    before: Mapping[str, Any] = field(default_factory=dict)
    patient: str = SELF
    statements: Sequence[Statement] = ()
    new: Sequence[Statement] = ()
    unread: bool = False
    unclear_age: str | None = None

    @cached_property
    def changed(self) -> dict[str, Any]:
        """The answers of the check that the message changes, with their new values."""
        answers = answers_of(self.statements, self.patient)
        # If everything on an answered list has been taken back, the answer to it is "none".
        answers |= {slot: [NONE] for slot in self.covered if not answers[slot] and about(self.statements, slot, self.patient)}
        return {slot: answer for slot, answer in answers.items() if answer != self.before.get(slot)}

    @property
    def covered(self) -> list[str]:
        """The list questions that were asked and answered, or answered part by part, for this patient."""
        earlier = [] if is_other_patient(self.before, self.patient) else self.before.get(COVERED) or []
        return [slot for slot in LISTS if slot in earlier or self._covers(slot)]

    @property
    def slots(self) -> dict[str, Any]:
        """The slots to set for what was heard."""
        if not self.new and not is_other_patient(self.before, self.patient):
            return dict(self.changed)
        return {**self.changed, STATEMENTS: list(self.statements), COVERED: self.covered or None}

    def _covers(self, slot: str) -> bool:
        said = [statement for statement in self.new if (statement["slot"], statement["holder"]) == (slot, self.patient)]
        if not said or self.unread:
            return False
        is_put = self.before.get(REQUESTED_SLOT) == slot
        is_answered = is_put and any(statement["holds"] for statement in said)
        return is_answered or is_spoken_to_throughout(self.statements, slot, self.patient)


def hear(parsed: ParsedMessage, slots: Mapping[str, Any]) -> Heard:
    """Returns what a message says.

    Args:
        parsed: the message.
        slots: all slots before the message.
    """
    patient = patient_after(parsed, slots)
    earlier = of_patient(statements_in(slots), patient)
    turn, asked = next_turn(earlier), slots.get(REQUESTED_SLOT)
    unread = asked in LISTS and any(mention.entity == UNREAD and _is_of(patient, mention.value) for mention in parsed.mentions)
    new = [
        statement
        for mention in parsed.mentions
        if (statement := _statement(mention, parsed, slots, patient, turn)) and not (unread and statement["value"] == NONE)
    ]
    if unread and slots.get(TRIES):
        unread, new = False, [*new, _said(str(asked), "not_sure", patient, turn, parsed)]  # we have asked what it meant
    new += [_said(slot, "not_sure", patient, turn, parsed) for slot in _guessed(parsed, new)]
    new += _taken_back(parsed, earlier, new, patient, turn)
    if asked in DEPENDS_ON:
        new += _untried(DEPENDS_ON[str(asked)], parsed, earlier, new, patient, turn)
    # "No, this is for my dad" answers nothing for him.
    if not any(_answers(statement, asked, patient) for statement in new) and not unread and not is_other_patient(slots, patient):
        reply = None if _doubts_of_others(parsed, patient) else reply_to(parsed, slots) or _given_up(parsed, slots, new)
        new += [_said(str(asked), reply, patient, turn, parsed)] if reply else []
    return Heard(slots, patient, _without_outdated(added(earlier, new), patient), new, unread, _unclear_age(parsed, patient))


def _given_up(parsed: ParsedMessage, slots: Mapping[str, Any], new: Sequence[Statement]) -> str | None:
    """Returns that the answer isn't known, if we couldn't read it however we asked. So the check goes on, and ends cautiously."""
    asked, is_last = slots.get(REQUESTED_SLOT), int(slots.get(TRIES) or 0) >= MAX_TRIES
    is_remark = parsed.intent in REMARKS and not parsed.topics and not new
    return "not_sure" if is_last and is_remark and asked in QUESTIONS and asked != AGE else None


def _is_of(patient: str, words: str) -> bool:
    """Whether what nobody could read may be the patient's, and not the writer's own: "me, I have the heart, but she nothing"."""
    return patient not in OTHERS or {person.whose for person in people_named(words)} != {SELF}


def _without_outdated(statements: list[Statement], patient: str) -> list[Statement]:
    """Drops statements on questions that no longer apply, such as how a treatment worked once we know that none was tried."""
    answers = answers_of(statements, patient)
    for slot in DEPENDS_ON:
        if not is_asked(slot, answers):
            statements = without(statements, slot, patient)
    return statements


def of_patient(statements: Sequence[Statement], patient: str) -> list[Statement]:
    """Returns the statements, with the patient as the holder of those that were made before we knew whom the check is about."""
    return [{**statement, "holder": patient} if statement["holder"] == UNCLEAR else statement for statement in statements]


def _doubts_of_others(parsed: ParsedMessage, patient: str) -> bool:
    """Whether a doubt is about somebody else: "my daughter is perhaps pregnant"."""
    return parsed.replies == ["not_sure"] and any(
        mention.status == POSSIBLE and mention.holder not in (None, patient) for mention in parsed.mentions
    )


def _taken_back(
    parsed: ParsedMessage, earlier: Sequence[Statement], new: Sequence[Statement], patient: str, turn: int
) -> list[Statement]:
    """Returns denials of what a correction takes back: "sorry, the aspirin is my wife's", "scratch the iron".

    A correction says that something is somebody else's, or has a word of its name.
    """
    text = parsed.text.lower()
    if not TAKES_BACK["with"].search(text) or TAKES_BACK["without"].search(text):
        return []
    named = {found["name"] for found in TAKES_BACK["named"].finditer(text)}
    told = {(statement["slot"], statement["value"], statement["holder"] == patient) for statement in new}
    had = {(statement["slot"], statement["value"]) for statement in earlier if statement["holder"] == patient}
    mistaken = {thing for thing in had if (*thing, False) in told and (*thing, True) not in told}
    mistaken |= {(each["slot"], each["value"]) for each in earlier if named & set(each["name"].lower().split())}
    return [_said(slot, value, patient, turn, parsed, holds=False) for slot, value in sorted(mistaken & had) if slot]


def _untried(
    slot: str, parsed: ParsedMessage, earlier: Sequence[Statement], new: Sequence[Statement], patient: str, turn: int
) -> list[Statement]:
    """Returns denials of all that we noted as tried, if the answer to how it worked is that nothing was tried: we misread it."""
    said = {statement["value"] for statement in new if (statement["slot"], statement["holder"]) == (slot, patient)}
    had = dict.fromkeys(statement["value"] for statement in about(earlier, slot, patient) if statement["value"] != NONE)
    return [_said(slot, value, patient, turn, parsed, holds=False) for value in had] if said == {NONE} else []


def _guessed(parsed: ParsedMessage, new: Sequence[Statement]) -> list[str]:
    """Returns the questions with a single answer that the message only guesses at: "could be hereditary, could be stress"."""
    if "not_sure" not in parsed.replies:
        return []
    values = {(statement["slot"], statement["value"]) for statement in new if statement["holds"]}
    slots = [slot for slot, _ in values if slot in PRECEDENCE]
    return sorted({slot for slot in slots if slots.count(slot) > 1})


def _answers(statement: Statement, asked: object, patient: str) -> bool:
    return (statement["slot"], statement["holder"], statement["holds"]) == (asked, patient, True)


def _statement(mention: Mention, parsed: ParsedMessage, slots: Mapping[str, Any], patient: str, turn: int) -> Statement | None:
    """Returns what a mention says, or None if it states nothing: it is asked about, or only an everyday word."""
    slot, holder = mention.entity, _holder(mention, parsed, patient)
    if mention.role == "asked" or slot not in (*ANSWERS, CONCEPT):
        return None
    if slot == CONCEPT:
        return _said("", "", holder, turn, parsed, mention, holds=False)
    value = _value(mention)
    if value == ACTIVE and slots.get(REQUESTED_SLOT) == TYPE and PAST_CANCER in (slots.get(HEALTH) or ()):
        value = PAST_CANCER  # "because of the chemo", of a cancer that is over
    if not value or not _counts(mention, parsed, slots, patient):
        return None
    return _said(slot, value, holder, turn, parsed, mention, holds=mention.role != "denied" and not _is_over(mention))


def _holder(mention: Mention, parsed: ParsedMessage, patient: str) -> str:
    """Returns who has what is mentioned. In a check about somebody else, the only age that isn't the writer's is theirs.

    "She takes warfarin" is about the patient of whom we still have to ask who she is.
    """
    if patient == UNCLEAR and mention.holder == SOMEONE_ELSE and not others_named(parsed.text):
        return UNCLEAR
    if mention.entity != AGE or patient not in OTHERS or mention.holder == SELF:
        return mention.holder or patient
    told = {each.holder for each in parsed.mentions if each.entity == AGE}
    return mention.holder if mention.holder and told & {None, patient} else patient


def _value(mention: Mention) -> str | None:
    """Returns the value that the check knows for a mention, or None.

    What is only possible counts as "not sure", unless its value would end the check. For a concept that is only possible, the
    table of concepts says what follows.
    """
    slot = mention.entity
    if mention.status == POSSIBLE and not mention.concept and mention.role != "denied":
        return mention.value if mention.value in STOPS else "not_sure"
    return mention.value if is_answer(slot, mention.value) else UNLISTED.get(slot)


def _is_over(mention: Mention) -> bool:
    """Whether it held once and no longer does. For a concept that is over, the table of concepts says what follows."""
    return mention.status == PAST and not mention.concept and mention.entity in (HEALTH, STAGE)


def _said(
    slot: str, value: str, holder: str, turn: int, parsed: ParsedMessage, mention: Mention | None = None, holds: bool = True
) -> Statement:
    concept = mention.concept or "" if mention else ""
    return {
        "slot": slot,
        "value": value,
        "holder": holder,
        "holds": holds,
        "concept": concept,
        "name": parsed.text[mention.start : mention.end] if mention and concept else "",
        "typed": not parsed.text.startswith("/"),
        "turn": turn,
    }


def _counts(mention: Mention, parsed: ParsedMessage, slots: Mapping[str, Any], patient: str) -> bool:
    slot = mention.entity
    if slot == AGE:
        is_patients = _holder(mention, parsed, patient) == patient
        return mention.status != POSSIBLE and (not is_patients or _may_change_age(parsed, slots))
    if mention.status == CONSIDERED:
        return False
    if slot in EVERYDAY_WORDS:
        return _is_about_check(mention, parsed, slots)
    return slot not in PRECEDENCE or not slots.get(slot) or _may_correct(slot, parsed, slots) or _is_name(mention)


def _is_name(mention: Mention) -> bool:
    """Whether a mention is what a name itself says, and not what the name also means here, such as the cause of hair loss."""
    return mention.concept is not None and (mention.entity, mention.value) in follows(mention.concept, mention.status)


def _may_correct(slot: str, parsed: ParsedMessage, slots: Mapping[str, Any]) -> bool:
    """Whether everyday words may change an answer: "flaky" beside another question tells no other kind of hair loss."""
    is_asked = slots.get(REQUESTED_SLOT) in (slot, READBACK) or not slots.get(REQUESTED_SLOT)
    return is_asked or parsed.intent == GO_BACK or bool(CORRECTION.search(parsed.text.lower()))


def _is_about_check(mention: Mention, parsed: ParsedMessage, slots: Mapping[str, Any]) -> bool:
    """Whether everyday words such as "early" or "a bit" are an answer here. In passing, they make no answer less cautious."""
    slot = mention.entity
    if slots.get(REQUESTED_SLOT) in (slot, READBACK):
        return True
    words = parsed.text[mention.start : mention.end].lower()
    if _describes_name(mention, parsed) or mention.end and not IN_PASSING[slot].search(words) and not _is_item(mention, parsed):
        return False
    if slot in DEPENDS_ON:
        return any(mention.entity == DEPENDS_ON[slot] and not mention.role for mention in parsed.mentions)
    order, earlier = PRECEDENCE[slot], slots.get(slot)
    is_cautious = earlier is None or mention.value in order and order.index(mention.value) <= order.index(earlier)
    return is_cautious or parsed.intent == GO_BACK


def _describes_name(mention: Mention, parsed: ParsedMessage) -> bool:
    """Whether everyday words only describe the illness that is named right after them: "mild haemophilia"."""
    illnesses = (other for other in parsed.mentions if other.concept and other.entity in (HEALTH, CONCEPT))
    return mention.entity == STAGE and any(parsed.text[mention.end : illness.start] == " " for illness in illnesses)


def _is_item(mention: Mention, parsed: ParsedMessage) -> bool:
    """Whether there is hardly anything else between two punctuation marks, in a list of answers: "34, AGA, still early"."""
    if all(other.entity == mention.entity for other in parsed.mentions):
        return False
    before, after = END_OF_ITEM.split(parsed.text[: mention.start])[-1], END_OF_ITEM.split(parsed.text[mention.end :])[0]
    return len(f"{before} {after}".split()) <= MAX_OTHER_WORDS


def _may_change_age(parsed: ParsedMessage, slots: Mapping[str, Any]) -> bool:
    """Whether a new age may replace the old one: if we are asking for it, or the visitor corrects it or states it again."""
    open_or_corrected = slots.get(REQUESTED_SLOT) in (AGE, READBACK) or parsed.intent == GO_BACK
    return not slots.get(AGE) or open_or_corrected or bool(STATES_AGE.search(parsed.text))


def _unclear_age(parsed: ParsedMessage, patient: str) -> str | None:
    unclear = (
        mention.value
        for mention in parsed.mentions
        if mention.entity == AGE and mention.status == POSSIBLE and _holder(mention, parsed, patient) == patient
    )
    return next(unclear, None)


def reply_to(parsed: ParsedMessage, slots: Mapping[str, Any]) -> str | None:
    """Returns what a bare reply ("no", "not sure", "skip") means as an answer to the open question."""
    asked = slots.get(REQUESTED_SLOT)
    if asked not in ANSWERS or _asks_or_laments(parsed):
        return None
    unclear = slots.get(UNCLEAR_AGE)
    if asked == AGE and unclear and ("yes" in replies_in(parsed) or _says_again(unclear, parsed)):
        return str(unclear)
    return bare_reply(parsed, str(asked))


def _says_again(age: str, parsed: ParsedMessage) -> bool:
    """Whether the answer to the question whether a number is the age is that number once more: "9 years"."""
    return {mention.value for mention in parsed.mentions if mention.entity == AGE and not mention.role} == {age}


def _asks_or_laments(parsed: ParsedMessage) -> bool:
    """Whether the message only asks or laments, and its reply, if any, belongs to that: "no idea what to do any more"."""
    laments = parsed.intent == DISTRESS and parsed.sure and not parsed.asks
    if not (parsed.topics and (parsed.asks or laments)):
        return False
    replies = [mention for mention in parsed.mentions if mention.entity == "reply" and not mention.role and mention.end]
    if laments:  # neither a "no" nor what the reader makes of all the words is enough
        replies = [reply for reply in replies if reply.value in UNKNOWN and reply.end - reply.start < len(parsed.text)]
    return not any(REPLY_STANDS_ALONE.match(parsed.text[reply.end :]) for reply in replies)


def replies_in(parsed: ParsedMessage) -> set[str]:
    """Returns the bare replies of a message. If no word in it is one, the intent counts as the reply."""
    return set(parsed.replies) or REPLY_BY_INTENT.get(parsed.intent, set())


def bare_reply(parsed: ParsedMessage, slot: str) -> str | None:
    """Returns what a bare reply means for a question."""
    replies = replies_in(parsed)
    for unknown in UNKNOWN:
        if unknown in replies:
            return unknown
    # If both mean something here, hearing both tells us nothing.
    meanings = [means[slot] for reply, means in (("yes", YES_MEANS), ("no", NO_MEANS)) if reply in replies and slot in means]
    if len(meanings) == 1:
        return meanings[0]
    return "declined" if parsed.intent == DECLINE_ANSWER and not is_unfinished(parsed.text) else None
