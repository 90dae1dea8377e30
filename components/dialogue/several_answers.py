"""Several answers in one turn: each is shorter and has a heading, and together they have one set of buttons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, zip_longest
from typing import Any

from components.dialogue.answers import Responses, detail_of, followups, metadata_of, question_of, titled
from components.understanding.dialogue_acts import TURN_PLAN
from components.understanding.patterns import alternatives
from runtime.data_files import read_yaml
from runtime.paths import UNDERSTANDING_DATA

KIND = "answer"  # of a response that does not name one
# What a shorter answer keeps from any paragraph, because somebody's safety may depend on it.
URGENT_PLACEHOLDERS = ("{emergency_number}", "{crisis_line}")
SENTENCE_END = re.compile(r"(?<=[.?!])\s+")
MAX_FITTING = 2  # sentences about a question, after the first one
SENTENCE_WORDS = {
    topic: re.compile(rf"(?<!\w)(?:{alternatives(words)})(?!\w)", re.I)
    for topic, words in read_yaml(UNDERSTANDING_DATA / "answer_sentences.yml").items()
}


def answers_among(actions: Sequence[str], responses: Responses) -> list[str]:
    """Returns those of a turn's `actions` that answer questions, if there are several; otherwise an empty list."""
    answers = [action for action in actions if _answers_question(action, responses)]
    return answers if len(answers) > 1 else []


def answers_in_turn(name: str, slots: Mapping[str, Any], responses: Responses) -> list[str]:
    """Returns all answers of the present turn, if `name` is one of several; otherwise an empty list."""
    answers = answers_among(slots.get(TURN_PLAN) or (), responses)
    return answers if name in answers else []


def _answers_question(name: str, responses: Responses) -> bool:
    kind = metadata_of(name, responses, "kind") or KIND
    return kind == KIND and bool(metadata_of(titled(name), responses, "title"))


def shortened(name: str, text: str) -> str:
    """Returns the first paragraph of a topic's text, and any that says whom to call. The text about a detail is short enough."""
    if detail_of(name):
        return text
    first, *others = text.split("\n")
    return "\n".join([first, *filter(_is_urgent, others)])


def part_about(question: str | None, text: str) -> str:
    """Returns the first sentence of a text, which says what it is about, with one or two that are about a question.

    What is urgent stays in any case.

    Args:
        question: the topic that the question was read as.
        text: an answer.
    """
    first, *others = SENTENCE_END.split(text)
    words = SENTENCE_WORDS.get(question or "")
    fitting = [sentence for sentence in others if words and words.search(sentence)]
    kept = {*(fitting[:MAX_FITTING] or others[:1]), *filter(_is_urgent, others)}
    return " ".join([first, *(sentence for sentence in others if sentence in kept)])


def in_short(text: str) -> str:
    """Returns the first sentence of an answer, which says the most, and what is urgent."""
    first, *others = SENTENCE_END.split(text)
    return " ".join([first, *filter(_is_urgent, others)])


def _is_urgent(text: str) -> bool:
    return any(placeholder in text for placeholder in URGENT_PLACEHOLDERS)


def followups_of_all(answers: Sequence[str], responses: Responses) -> list[str]:
    """Returns what several answers offer to ask next, in turn, without what the turn answers."""
    return list(dict.fromkeys(_in_turn(answers, responses)))


def _in_turn(answers: Sequence[str], responses: Responses) -> Iterator[str]:
    answered = {question_of(name) for name in answers}
    for offer in chain.from_iterable(zip_longest(*(followups(name, responses) for name in answers))):
        if offer and offer not in answered:
            yield offer
