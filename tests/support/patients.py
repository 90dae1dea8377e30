"""Plays the patients of tests/check/ to the trained assistant, each as a visitor who answers what is asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from actions.candidacy import UNDER_AGE, Outcome, age_group
from actions.questionnaire import AGE, CONSENT, LISTS, QUESTIONS, REQUESTED_SLOT
from tests.support.assistant import Assistant, Conversation
from tests.support.candidacy import ENGLISH, SELF, SPANISH, Answer, Frame, Patient, ReadAnswer, ReadFrame
from tests.support.client import Message

MAX_TURNS = 20
MAX_ANSWERS = 3  # to the same question; then a visitor leaves
WHOM, READBACK, STATEMENTS = "patient", "check_readback", "statements"  # slots
OPENING = "opening"


@dataclass(frozen=True)
class Words:
    """What all visitors say alike in a language, besides what they say themselves.

    Attributes:
        she: words that say that the patient is a woman.
        people: him and her, by what the patient is to the visitor.
    """

    start: str
    start_for: str
    wish: str
    wish_for: str
    for_me: str
    for_them: str
    yes: str
    she: re.Pattern[str]
    people: Mapping[str, tuple[str, str]]


WORDS = {
    ENGLISH: Words(
        start="am I a candidate?",
        start_for="I'd like to check whether {whom} is a candidate",
        wish="am i a candidate?",
        wish_for="can you check if {whom} is a candidate?",
        for_me="for me",
        for_them="for {whom}",
        yes="yes",
        she=re.compile(r"\b(she|shes|her|hers|wife|daughter|mother|mom|moms|mum|mummyji|mami)\b", re.I),
        people={
            "child": ("my son", "my daughter"),
            "partner": ("my husband", "my wife"),
            "parent": ("my father", "my mother"),
            "someone_else": ("my friend", "my friend"),
        },
    ),
    SPANISH: Words(
        start="quisiera saber si soy buena candidata para esto",
        start_for="quisiera saber si {whom} es candidato para esto",
        wish="¿puedo ver si soy candidata?",
        wish_for="¿puede ver si {whom} es candidato?",
        for_me="para mí",
        for_them="para {whom}",
        yes="sí",
        she=re.compile(r"\b(ella|hija|esposa|mujer|mamá|mama|madre|señora|abuela)\b", re.I),
        people={
            "child": ("mi hijo", "mi hija"),
            "partner": ("mi esposo", "mi esposa"),
            "parent": ("mi papá", "mi mamá"),
            "someone_else": ("mi amigo", "mi amiga"),
        },
    ),
}
# What a visitor says who answers one question only, until it opens. Everything else they press.
ADULT_AGES = {"child": "20"}
ADULT_AGE = "45"
PRESSED = {
    "health_flags": "none",
    "hair_loss_type": "pattern",
    "hair_loss_stage": "early",
    "prior_treatments": "minoxidil",
}


@dataclass(frozen=True)
class Played:
    """A patient's conversation: the outcome, or None if there was none, the turns, and what was asked though it had been said."""

    patient: Patient
    outcome: str | None
    turns: int
    asked_again: list[str]

    def __str__(self) -> str:
        outcomes = f"{self.patient.outcome}, got {self.outcome} in {self.turns} turns"
        return f"{self.patient.name}: {outcomes}, asked again {self.asked_again}"

    @property
    def is_right(self) -> bool:
        return self.outcome == self.patient.outcome

    @property
    def is_unsafe(self) -> bool:
        """Whether the outcome is less cautious than that for the truth."""
        return self.outcome is not None and Outcome[self.outcome] < Outcome[self.patient.outcome]


class Checks:
    """Checks in which one question stands open, for one answer each."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._open: dict[tuple[str, str, str, str], Conversation] = {}

    def read(self, answer: Answer) -> ReadAnswer:
        """Gives one answer, and returns what was noted."""
        talk = self._at(answer.slot, answer.patient, _person(answer.patient, answer.text, answer.language), answer.language)
        before = talk.slots()
        talk.say(answer.text)
        return ReadAnswer(answer, before, talk.slots())

    def read_frame(self, frame: Frame) -> ReadFrame:
        """Says one sentence while the list question that it belongs to stands open, and returns what was noted."""
        talk = self._at(frame.slot, SELF)
        before = talk.slots().get(STATEMENTS) or []
        talk.say(frame.text)
        after = talk.slots()
        return ReadFrame(frame, [noted for noted in after.get(STATEMENTS) or [] if noted not in before], after)

    def _at(self, slot: str, patient: str, whom: str = "", language: str = ENGLISH) -> Conversation:
        key = (slot, patient, whom, language)
        if key not in self._open:
            self._open[key] = _opened(self._assistant.talk(), *key)
        return self._open[key].copy()


def play(assistant: Assistant, patient: Patient) -> Played:
    """Holds a patient's conversation until it ends, or for MAX_TURNS."""
    visitor, talk, outcome = _Visitor(patient), assistant.talk(), None
    replies = talk.say(patient.opening)
    turns = 1
    while turns < MAX_TURNS:
        outcome = _outcome(replies, talk) or outcome
        text = visitor.reply(_question(replies), outcome)
        if not text:
            break
        replies = talk.say(text)
        turns += 1
    return Played(patient, _outcome(replies, talk) or outcome, turns, visitor.asked_again)


class _Visitor:
    """What a patient says next, and what was asked of them though they had said it."""

    def __init__(self, patient: Patient) -> None:
        self._patient = patient
        self._answered: Counter[str] = Counter()
        self._put: set[str] = set()
        self._told = set() if patient.patient == SELF else {WHOM}
        self._told |= {slot for slot, where in patient.volunteered.items() if where == OPENING}
        self._late = patient.late.get("text")
        self._has_asked = False
        self.asked_again: list[str] = []

    def reply(self, question: str | None, outcome: str | None) -> str | None:
        """Returns what the visitor says, or None if the conversation is over.

        Args:
            question: the open question.
            outcome: the result, if there is one.
        """
        if self._late and (question in (self._patient.late["at"], READBACK) or outcome):
            return self._say_late()
        if outcome and not question:
            return None
        return self._answer(question) if question else self._ask()

    def _say_late(self) -> str:
        text, self._late = str(self._late), None
        return text

    def _ask(self) -> str | None:
        """Returns a plain wish for the check, once, if what they wrote first did not start it."""
        if self._has_asked or self._answered:
            return None
        self._has_asked = True
        words = WORDS[self._patient.language]
        return words.wish_for.format(whom=self._whom) if self._whom else words.wish

    @property
    def _whom(self) -> str:
        """The visitor's words for the patient; empty if it is themselves."""
        return _person(self._patient.patient, self._patient.opening, self._patient.language)

    def _answer(self, question: str) -> str | None:
        if self._answered[question] == MAX_ANSWERS:
            return None
        if question in self._told and (question not in LISTS or question in self._put):
            self.asked_again.append(question)
        self._put.add(question)
        text = self._words(question)
        if self._answered[question] or question not in self._patient.no_answer:
            self._told |= {question} & {*QUESTIONS, WHOM}
        self._told |= {slot for slot, where in self._patient.volunteered.items() if where == question}
        self._answered[question] += 1
        return text

    def _words(self, question: str) -> str:
        patient = self._patient
        if question == WHOM:
            return patient.answers.get(WHOM, _for(self._whom, patient.language))
        first = patient.answers["consent" if question == CONSENT else question]
        if not self._answered[question]:
            return first
        corrected = patient.late.get("text") if question in QUESTIONS and not self._late else None
        return patient.again.get(question) or corrected or first


def _person(patient: str, text: str, language: str) -> str:
    """Returns words for the patient, him or her as in the text; none if it is the visitor."""
    words = WORDS[language]
    return words.people[patient][bool(words.she.search(text))] if patient != SELF else ""


def _for(whom: str, language: str) -> str:
    return WORDS[language].for_them.format(whom=whom) if whom else WORDS[language].for_me


def _opened(talk: Conversation, slot: str, patient: str, whom: str, language: str) -> Conversation:
    """Answers the earlier questions until the question about `slot` stands open."""
    words = WORDS[language]
    replies = talk.say(words.start_for.format(whom=whom) if whom else words.start)
    for _ in range(MAX_TURNS):
        question = _question(replies)
        if question == slot:
            return talk
        assert question, f"nothing stands open on the way to {slot} for {patient}: {replies}"
        replies = talk.say(_earlier(question, patient, whom, replies, language))
    raise AssertionError(f"could not reach {slot} for {patient}")


def _earlier(question: str, patient: str, whom: str, replies: list[Message], language: str) -> str:
    if question == CONSENT:
        return WORDS[language].yes
    if question == WHOM:
        return _for(whom, language)
    return ADULT_AGES.get(patient, ADULT_AGE) if question == AGE else _button(PRESSED[question], replies)


def _button(value: str, replies: list[Message]) -> str:
    payloads = (button["payload"] for button in replies[-1].get("buttons", []) if "payload" in button)
    return str(next(payload for payload in payloads if f'"{value}"' in payload))


def _question(replies: list[Message]) -> str | None:
    """Returns the question that stands open after the replies."""
    asked = [(reply.get("metadata") or {}) for reply in replies]
    slots = [metadata.get("slot") for metadata in asked if metadata.get("kind") == "question"]
    return slots[-1] if slots else None


def _outcome(replies: list[Message], talk: Conversation) -> str | None:
    """Returns the result in the replies. A check that ends because of the age has none, but says the same as `not_now`."""
    shown = [(reply.get("metadata") or {}).get("outcome") for reply in replies]
    found = next((outcome for outcome in shown if outcome), None)
    if found or _question(replies):
        return found
    slots = talk.slots()
    ended = not slots.get(REQUESTED_SLOT) and age_group(slots.get(AGE)) == UNDER_AGE
    return Outcome.not_now.name if ended else None
