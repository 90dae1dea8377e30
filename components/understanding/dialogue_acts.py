"""Decides what a message does: whether it answers, asks, commands or agrees.

The classifier reads a message by itself. This module reads it with the question that is open and with what was said last: "start"
is a yes to "Shall I start?". ROWS is the whole decision, one case per line. `follow_ups` decides what a follow-up such as "why"
is about. Needs no model.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from actions.questionnaire import CONSENT, LISTS, QUESTIONS, REQUESTED_SLOT
from components.intents import (
    AFFIRM,
    BOOK,
    CHECK_CANDIDACY,
    COMMANDS,
    DANGERS,
    DENY,
    DISTRESS,
    EXPLAIN_QUESTION,
    FALLBACK,
    GO_BACK,
    GOODBYE,
    INFORM,
    INTERRUPTIONS,
    MORE_DETAIL,
    OUT_OF_SCOPE,
    QUESTION_PREFIX,
    SMALL_TALK,
    VAGUE,
    WHO_IT_HELPS,
)
from components.understanding.follow_up_choice import Choice
from components.understanding.lexicon import REPLY
from components.understanding.question_form import has_question_phrase, is_question
from components.understanding.treatment_details import Target
from runtime.data_files import read_yaml
from runtime.paths import UNDERSTANDING_DATA
from runtime.shapes import Entity

TURN_PLAN = "turn_plan"  # slot: the actions of a turn; until the next turn is planned, those of the last one
RESULT, SAID_AGAIN, IN_SHORT = "utter_assessment", "utter_said_again", "utter_in_short"
NOT_EXACTLY = "utter_not_exactly"  # says that we have no text on exactly that, and what the last answer was about
SAID = "said"  # slot: the answers that we gave, the last one last
CONDITION = "hair_loss_type"
# What kind of question is open. Between questions, RESULT or an answer may still be what the visitor reacts to.
NOTHING, START, LIST, CHOICE = "nothing", "start", "list", "choice"
IN_CHECK = (LIST, CHOICE)

# Confidence that a command needs. These destroy something, so a message that may also be an answer needs more.
MIN_COMMAND = 0.75
MIN_COMMAND_OVER_REPLY = 0.95  # over "no", "not sure" and the like
MIN_COMMAND_OVER_ANSWER = 0.97  # over a value of the open question
MIN_QUESTION = 0.8  # for a statement that is read as a question while a question of the check is open
MIN_SMALL_TALK = 0.95  # for a short question without a subject
MIN_WISH_OVER_ANSWER = 0.9
MIN_DISTRESS_OVER_ANSWER = 0.97
WISHES = {BOOK, OUT_OF_SCOPE, *INTERRUPTIONS}
MAX_VAGUE_WORDS = 6  # longer messages say something
MAX_COMMAND_WORDS = 8  # "please cancel my appointment on Tuesday"
WORDS: dict[str, list[str]] = read_yaml(UNDERSTANDING_DATA / "acts.yml")
EMPTY_WORDS, ASKING_WORDS = frozenset(WORDS["words_without_content"]), frozenset(WORDS["asking_words"])
STARTING_WORDS, WORDS_WITH_START = frozenset(WORDS["starting_words"]), frozenset(WORDS["words_with_start"])
OPENINGS = frozenset(WORDS["openings"])
APPOINTMENTS, CANCELLING = frozenset(WORDS["appointments"]), frozenset(WORDS["cancelling"])
PUNCTUATION = set(string.punctuation + string.whitespace + "…¿¡")
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")


@dataclass(frozen=True)
class Utterance:
    """A message, and what it comes after.

    Attributes:
        text: the text.
        intent: what the classifier makes of it.
        confidence: how sure it is, from 0 to 1.
        entities: what the lexicon and the reader of answers found.
        slots: all slots before the message.
        offers: what the buttons of the last turn offer, in their order.
        likely: by topic, the detail that it would ask for if that were its topic.
        guess: if nobody understood it, what it is read as most likely.
        near: the topics that are nearly as likely as its intent.
        in_context: what it most likely asks for by the last answer, if it is a short message right after that.
    """

    text: str
    intent: str
    confidence: float = 1.0
    entities: Sequence[Entity] = ()
    slots: Mapping[str, Any] = field(default_factory=dict)
    offers: Sequence[Target] = ()
    likely: Mapping[str, str] = field(default_factory=dict)
    guess: str | None = None
    near: Collection[str] = ()
    in_context: Choice | None = None

    @property
    def open_question(self) -> str | None:
        asked = self.slots.get(REQUESTED_SLOT)
        return str(asked) if asked else None

    @property
    def kind(self) -> str:
        """The kind of the open question."""
        if self.open_question == CONSENT:
            return START
        if self.open_question in QUESTIONS:
            return LIST if self.open_question in LISTS else CHOICE
        return NOTHING

    @cached_property
    def words(self) -> list[str]:
        return WORD.findall(self.text.lower().replace("’", "'"))

    @property
    def replies(self) -> set[str]:
        """The bare replies in it: `yes`, `no`, `not_sure`, `declined`."""
        return {entity["value"] for entity in self.entities if entity["entity"] == REPLY and not entity.get("role")}

    @property
    def gives_value(self) -> bool:
        """Whether it can be read as a value of the open question."""
        return any(entity["entity"] == self.open_question and entity.get("role") != "asked" for entity in self.entities)

    @property
    def names_answer(self) -> bool:
        """Whether it names an answer to any question, or takes one back: "scratch the iron"."""
        return any(entity["entity"] in QUESTIONS and entity.get("role") != "asked" for entity in self.entities)

    @property
    def asks(self) -> bool:
        return has_question_phrase(self.text) or is_question(self.text)

    @property
    def asks_for_detail(self) -> bool:
        """Whether the classifier sees a detail of the topic that it takes the message for."""
        return self.intent.startswith(QUESTION_PREFIX) and self.intent != MORE_DETAIL and self.intent in self.likely

    @property
    def last_actions(self) -> Sequence[str]:
        return self.slots.get(TURN_PLAN) or ()

    @property
    def may_follow_up(self) -> bool:
        """Whether it may ask about the last answer: nothing else is asked, or only whether to start the check.

        A word that agrees or declines, and what is said of oneself, go to that question.
        """
        replies = bool(self.replies) or self.intent in (AFFIRM, DENY, INFORM, CHECK_CANDIDACY, *COMMANDS)
        return self.kind == NOTHING or self.kind == START and self.follows_answer and not replies

    @property
    def follows_answer(self) -> bool:
        """Whether the last turn answered a question about the topic that is spoken of, or came back to that answer."""
        answer = f"utter_{self.slots.get('topic')}"
        whole = (answer, f"{answer}_more", SAID_AGAIN, IN_SHORT, NOT_EXACTLY)
        return any(action in whole or action.startswith(f"{answer}/") for action in self.last_actions)


def says_start(said: Utterance) -> bool:
    """A word for a start, and nothing else: "begin", "start it". The classifier takes it for a command like "start over"."""
    starts = not STARTING_WORDS.isdisjoint(said.words) and (STARTING_WORDS | WORDS_WITH_START).issuperset(said.words)
    return said.intent in COMMANDS and starts


def cancels_a_visit(said: Utterance) -> bool:
    """A command to cancel or move an appointment. "Stop, I'll ask at my consultation" stops the check."""
    names_both = not APPOINTMENTS.isdisjoint(said.words) and not CANCELLING.isdisjoint(said.words)
    return said.intent in COMMANDS - {GOODBYE} and len(said.words) <= MAX_COMMAND_WORDS and names_both


def answers_by_value(said: Utterance) -> bool:
    """A command by the classifier, and an answer to the open question or to another one."""
    # "Actually I'm 44" goes back and gives the new answer at once, so it destroys nothing.
    commands = said.intent in COMMANDS - {GO_BACK}
    return commands and (said.gives_value or said.names_answer) and said.confidence < MIN_COMMAND_OVER_ANSWER


def answers_by_reply(said: Utterance) -> bool:
    """A command by the classifier, and a bare reply such as "no"."""
    return said.intent in COMMANDS and bool(said.replies) and said.confidence < MIN_COMMAND_OVER_REPLY


def commands_unclearly(said: Utterance) -> bool:
    """Something like a command, and nothing else."""
    return said.intent in COMMANDS and said.confidence < MIN_COMMAND


def states_a_value(said: Utterance) -> bool:
    """A value of the open question, told rather than asked."""
    read_as_question = said.intent.startswith(QUESTION_PREFIX)
    read_as_wish = said.intent in WISHES and said.confidence < MIN_WISH_OVER_ANSWER
    read_as_distress = said.intent == DISTRESS and said.confidence < MIN_DISTRESS_OVER_ANSWER
    return (read_as_question or read_as_wish or read_as_distress) and said.gives_value and not said.asks


def states_something_unread(said: Utterance) -> bool:
    """A sentence that only the classifier takes for a question, and not with much confidence."""
    told = len(said.words) > MAX_VAGUE_WORDS and not said.asks and not said.replies
    return told and said.intent.startswith(QUESTION_PREFIX) and said.confidence < MIN_QUESTION


def names_a_condition(said: Utterance) -> bool:
    """The name of a condition and nothing else: "ccca"."""
    if said.intent not in VAGUE:
        return False
    bare = said.text.strip(" .,!?")
    return any(
        entity["entity"] == CONDITION and said.text[entity.get("start", 0) : entity.get("end", 0)] == bare
        for entity in said.entities
    )


def asks_vaguely(said: Utterance) -> bool:
    """A short question without a word that says about what: "why", "is that normal", "so no then?"."""
    if not 0 < len(said.words) <= MAX_VAGUE_WORDS or not EMPTY_WORDS.issuperset(said.words):
        return False
    first = next((word for word in said.words if word not in OPENINGS), "")
    asks = first in ASKING_WORDS or said.text.rstrip().endswith("?")
    # "How do you do" is a greeting, and "what are you" has an answer of its own.
    needed = MIN_SMALL_TALK if said.intent in SMALL_TALK else MIN_COMMAND
    return asks and (said.intent in VAGUE - SMALL_TALK or said.confidence < needed)


def asks_vaguely_about_question(said: Utterance) -> bool:
    """A short question of that kind, while a question of the check is open and the words answer nothing."""
    return asks_vaguely(said) and not said.gives_value and not said.replies


def asks_for_more_than_question(said: Utterance) -> bool:
    """A wish for more detail, right after a question of the check that came without an answer."""
    return said.intent == MORE_DETAIL and not said.follows_answer and not said.gives_value


def says_nothing(said: Utterance) -> bool:
    """Punctuation and nothing else: "???". After an answer it asks about that answer."""
    is_about_answer = said.kind == NOTHING and bool(said.last_actions)
    return bool(said.text.strip()) and not set(said.text) - PUNCTUATION and not is_about_answer


def asks_vaguely_about_result(said: Utterance) -> bool:
    """A short question of that kind right after a result."""
    return RESULT in said.last_actions and asks_vaguely(said)


def _topic_for_condition(said: Utterance) -> str:
    """Returns the topic to continue with for a condition that is named by itself."""
    return str(said.slots.get("topic") or WHO_IT_HELPS)


class Row(NamedTuple):
    """One case: while a question of one of these kinds is open, a message for which `when` holds has the intent `becomes`."""

    open: tuple[str, ...]
    when: Callable[[Utterance], bool]
    act: str
    becomes: str | Callable[[Utterance], str | None]
    why: str


ANY = (NOTHING, START, LIST, CHOICE)
# The first row that applies decides. If none does, the classifier's reading stays.
ROWS: tuple[Row, ...] = (
    Row(ANY, cancels_a_visit, "asks", BOOK, "It is the visit that shall be cancelled, and only the clinic can do that."),
    Row((START,), says_start, "answers", AFFIRM, 'We asked "Shall I start?", so "start" is a yes.'),
    Row((START, *IN_CHECK), names_a_condition, "answers", INFORM, "A diagnosis is about the visitor, not a greeting."),
    Row(IN_CHECK, answers_by_value, "answers", INFORM, "A command destroys answers, so it must be much clearer than the answer."),
    Row(IN_CHECK, answers_by_reply, "answers", INFORM, "A command destroys answers, so it must be clearer than the reply."),
    Row(IN_CHECK, commands_unclearly, "remarks", FALLBACK, "We would rather ask again than throw answers away."),
    Row(IN_CHECK, states_a_value, "answers", INFORM, "We asked, so a statement that fits is the answer, and asks nothing."),
    Row(IN_CHECK, states_something_unread, "answers", INFORM, "An unrelated long answer is worse than our question again."),
    Row(ANY, says_nothing, "remarks", FALLBACK, "Punctuation answers nothing."),
    Row((START, *IN_CHECK), asks_vaguely_about_question, "asks", EXPLAIN_QUESTION, "The open question is what we said last."),
    Row(IN_CHECK, asks_for_more_than_question, "asks", EXPLAIN_QUESTION, "There is no answer that we could say more about."),
    Row((NOTHING,), says_start, "commands", CHECK_CANDIDACY, '"Start" starts the check; only the check can be started.'),
    Row((NOTHING,), names_a_condition, "asks", _topic_for_condition, "Somebody who names a condition wants to hear about it."),
    Row((NOTHING,), asks_vaguely_about_result, "asks", CHECK_CANDIDACY, "The result says why, so we show it again."),
    Row((NOTHING,), asks_vaguely, "asks", MORE_DETAIL, "Such a question is about the last answer."),
)


def row_for(said: Utterance) -> Row | None:
    """Returns the row that decides about a message, or None if the classifier's reading stays. Danger always stays."""
    if said.intent in DANGERS:
        return None
    return next((row for row in ROWS if said.kind in row.open and row.when(said)), None)


def intent_in_context(said: Utterance) -> str:
    """Returns what a message does, as an intent."""
    row = row_for(said)
    if not row:
        return said.intent
    return row.becomes if isinstance(row.becomes, str) else row.becomes(said) or said.intent
