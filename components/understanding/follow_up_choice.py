"""Chooses the text that a short message right after an answer asks for.

The classifier reads such a message alone and in full (see `message_in_full`). The higher a text's scores in
both readings, the likelier it is, and more so if it is on the topic or about the subject of the last answer: a conditional
logit. Needs no model.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from components.intents import ASKING_PREFIXES, MORE_DETAIL, OUT_OF_SCOPE
from components.understanding.detail_choice import DetailScores
from components.understanding.treatment_details import Target, condition_of, subject_of

# Fitted to 532 follow-ups that we wrote (the voices `follow_ups_*` in data/nlu/), scored by a classifier that had not learned
# them. Fitted to three quarters, it was right about 57 % of the rest; the best score alone was about 35 %, in full 41 %.
ALONE, TOPIC_ALONE, IN_FULL, TOPIC_IN_FULL = 3.92, 2.36, 5.43, 4.14
GENERAL, SAME_TOPIC, SAME_SUBJECT, LAST_ANSWER = 0.68, 0.85, 1.46, -0.14


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
    score = TOPIC_ALONE * alone.topics[topic] + TOPIC_IN_FULL * in_full.topics[topic]
    if detail:
        score += ALONE * alone.details[topic][detail] + IN_FULL * in_full.details[topic][detail]
    else:
        score += GENERAL
    subject = _subject(answer)
    score += SAME_TOPIC * (topic == last.topic) + SAME_SUBJECT * (subject is not None and subject == _subject(last))
    return score + LAST_ANSWER * (answer == last)


@cache
def _subject(answer: Target) -> str | None:
    """Returns the treatment or the condition that a text is about."""
    return subject_of(answer) or condition_of(answer)
