"""Several answers in one turn: each is shorter and stands under a heading, and together they have one set of buttons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, zip_longest
from typing import Any

from components.dialogue.answers import MORE_SUFFIX, Responses, detail_of, followups, metadata_of, question_of
from components.understanding.dialogue_acts import TURN_PLAN

KIND = "answer"  # of a response that does not name one
# What a shorter answer keeps from any paragraph, because somebody's safety may depend on it.
URGENT_PLACEHOLDERS = ("{emergency_number}", "{crisis_line}")
SENTENCE_END = re.compile(r"(?<=[.?!])\s+")
MAX_SENTENCES = 2  # that stand for an answer when we come back to it


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


def titled(name: str) -> str:
    """Returns the response whose title is the heading over `name`."""
    return name if detail_of(name) else name.removesuffix(MORE_SUFFIX)


def shortened(name: str, text: str) -> str:
    """Returns the first paragraph of a topic's text, and any that says whom to call. The text about a detail is short enough."""
    if detail_of(name):
        return text
    first, *others = text.split("\n")
    return "\n".join([first, *(other for other in others if any(word in other for word in URGENT_PLACEHOLDERS))])


def beginning(text: str) -> str:
    """Returns the sentences at the beginning of a text that answer. What is urgent in it stays, wherever it stands."""
    sentences = SENTENCE_END.split(text)
    urgent = [sentence for sentence in sentences[MAX_SENTENCES:] if any(word in sentence for word in URGENT_PLACEHOLDERS)]
    return " ".join([*sentences[:MAX_SENTENCES], *urgent])


def followups_of_all(answers: Sequence[str], responses: Responses) -> list[str]:
    """Returns what several answers offer to ask next, in turn, without what the turn answers."""
    return list(dict.fromkeys(_in_turn(answers, responses)))


def _in_turn(answers: Sequence[str], responses: Responses) -> Iterator[str]:
    answered = {question_of(name) for name in answers}
    for offer in chain.from_iterable(zip_longest(*(followups(name, responses) for name in answers))):
        if offer and offer not in answered:
            yield offer
