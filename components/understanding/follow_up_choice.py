"""Chooses the text that a short message right after an answer asks for.

The classifier reads such a message alone and in full (see `message_in_full`). A text is the more likely, the higher its scores
are in both readings, and more so if it is about the subject of the last answer: a conditional logit on the logarithms of the
scores. Needs no model.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from components.intents import ASKING_PREFIXES, MORE_DETAIL, OUT_OF_SCOPE
from components.understanding.detail_choice import DetailScores
from components.understanding.treatment_details import Target, condition_of, subject_of

# Weights, fitted to 330 follow-ups by two writers (the voices `follow_ups_warehouse` and `follow_ups_tablet` in data/nlu/),
# scored by a classifier that had not learned them. Fitted to one writer, the choice was right for 70 % of the other's
# (docs/understanding.md). A general text has no score as a detail; it gets `GENERAL` instead. No follow-up of theirs is
# answered by the last answer again, so that weight is ours.
DETAIL_ALONE, TOPIC_ALONE, DETAIL_IN_FULL, TOPIC_IN_FULL = 1.03, 1.31, 2.40, 1.83
GENERAL, SAME_SUBJECT, LAST_ANSWER = -5.26, 1.44, -2.0
SMOOTHING = 0.05  # added to a score, so that 0 has a logarithm


class Reading(NamedTuple):
    """The classifier's scores for a message: of all topics, and of their details."""

    topics: dict[str, float]
    details: DetailScores


class Choice(NamedTuple):
    """The most likely text, and how likely it is, from 0 to 1."""

    answer: Target
    probability: float


def choice_in_context(alone: Reading, in_full: Reading, last: Target) -> Choice:
    """Returns the text that a message most likely asks for after the answer `last`, or out of scope."""
    weights = {answer: math.exp(_score(answer, alone, in_full, last)) for answer in _answers(alone)}
    best = max(weights, key=lambda answer: weights[answer])
    return Choice(best, weights[best] / sum(weights.values()))


def _answers(reading: Reading) -> Iterator[Target]:
    yield Target(OUT_OF_SCOPE)
    for topic, details in reading.details.items():
        if topic.startswith(ASKING_PREFIXES) and topic != MORE_DETAIL:
            yield Target(topic)
            yield from (Target(topic, detail) for detail in details)


def _score(answer: Target, alone: Reading, in_full: Reading, last: Target) -> float:
    topic, detail = answer
    score = TOPIC_ALONE * _log(alone.topics[topic]) + TOPIC_IN_FULL * _log(in_full.topics[topic])
    if detail:
        score += DETAIL_ALONE * _log(alone.details[topic][detail]) + DETAIL_IN_FULL * _log(in_full.details[topic][detail])
    else:
        score += GENERAL
    subject = _subject(answer)
    return score + SAME_SUBJECT * (subject is not None and subject == _subject(last)) + LAST_ANSWER * (answer == last)


def _log(score: float) -> float:
    return math.log(max(score, 0) + SMOOTHING)


@cache
def _subject(answer: Target) -> str | None:
    """Returns the treatment or the condition that a text is about."""
    return subject_of(answer) or condition_of(answer)
