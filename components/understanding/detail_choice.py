"""Chooses the detail that a question asks for, such as the deposit or the price abroad within `ask_cost`.

Each detail has a score of its own, from the same regression as the topics. The topics decide whether we understand a message at
all; here we only look within the most likely ones. Needs no model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from components.intents import ASKING_PREFIXES, WHO_SHOULD_AVOID

SEPARATOR = "/"  # between a topic and its detail, in labels, names of responses and tables
# We chose these in a trial with 60 details in 8 topics (docs/understanding.md). A detail needs the score `first` within the first
# topic, and `next` within one of the `next_topics` after it, which then becomes the topic. That topic's own score may be at most
# `gap` lower than the first one's: without that, 40 of 42 such changes were for the worse.
DEFAULTS: dict[str, float] = {"first": 0.2, "next": 0.25, "next_topics": 2, "gap": 0.2}

DetailScores = Mapping[str, Mapping[str, float]]  # by topic and detail


def label(topic: str, detail: str) -> str:
    """Returns the classifier's label for a detail."""
    return f"{topic}{SEPARATOR}{detail}"


def is_detail(label: str) -> bool:
    """Whether a label of the classifier is a detail, not a topic."""
    return SEPARATOR in label


class LikelyDetails(Mapping[str, str]):
    """The best detail of each topic, for the topics where it has at least the score `needed`. `known` has those that are settled.

    It looks at the scores of a topic when somebody asks for that topic.
    """

    def __init__(self, scores: DetailScores, needed: float, known: Mapping[str, str] | None = None) -> None:
        self._scores, self._needed, self._known = scores, needed, known or {}

    def __getitem__(self, topic: str) -> str:
        if topic in self._known:
            return self._known[topic]
        scores = self._scores[topic]
        best = max(scores, key=lambda detail: scores[detail])
        if scores[best] < self._needed:
            raise KeyError(topic)
        return best

    def __iter__(self) -> Iterator[str]:
        return (topic for topic in dict.fromkeys([*self._scores, *self._known]) if topic in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def better_topic(topics: Mapping[str, float], scores: DetailScores, config: Mapping[str, float]) -> str | None:
    """Returns the topic that a clear detail puts in place of the first topic, or None if that stays.

    "Is it cheaper in Turkey" may look most like a question about regulation, while its detail is one of the price. Only a
    question changes its topic like this. A question who should avoid it never does, nor does a report of danger or of distress.

    Args:
        topics: the most likely intents of the message and their scores, most likely first.
        scores: the scores of all details for it.
        config: the scores that a detail needs, as in `DEFAULTS`.
    """
    first, *others = list(topics)[: 1 + int(config["next_topics"])]
    if not first.startswith(ASKING_PREFIXES) or first == WHO_SHOULD_AVOID or first in LikelyDetails(scores, config["first"]):
        return None
    likely = LikelyDetails(scores, config["next"])
    near = [topic for topic in others if topics[first] - topics[topic] <= config["gap"]]
    clear = {topic: max(scores[topic].values()) for topic in near if topic in likely}
    return max(clear, key=lambda topic: clear[topic], default=None)


def of_topics(topics: Iterable[str], likely: Mapping[str, str]) -> dict[str, str]:
    """Returns the details that a message asks for: those of its topics."""
    return {topic: likely[topic] for topic in topics if topic in likely}
