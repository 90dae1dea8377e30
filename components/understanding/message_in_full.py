"""Completes a message that leaves out its subject: "minoxidil shedding: how long it is", or a name for "the second one".

The encoders and the classifier read it a second time like that, because what people say after an answer ("it's a year now") means
little by itself. Needs no model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.intents import (
    COMBINE_TREATMENTS,
    COMPARE_TREATMENTS,
    HAIR_LOSS_CAUSE,
    QUESTION_PREFIX,
    TREATMENT_OPTIONS,
    WHO_IT_HELPS,
    WHO_SHOULD_AVOID,
)
from components.understanding.dialogue_acts import Utterance
from components.understanding.named_treatments import with_names

# Topics whose details have subjects of their own: treatments, causes, groups of people.
OF_MANY_SUBJECTS = {
    COMBINE_TREATMENTS,
    COMPARE_TREATMENTS,
    HAIR_LOSS_CAUSE,
    TREATMENT_OPTIONS,
    WHO_IT_HELPS,
    WHO_SHOULD_AVOID,
}
MAX_WORDS = 14  # longer messages say what they are about


def in_context(text: str, slots: Mapping[str, Any]) -> list[str]:
    """Returns a short message right after an answer in full. For any other message: nothing."""
    said = Utterance(text, "", slots=slots)
    is_short = 0 < len(said.words) <= MAX_WORDS
    if not is_short or not said.follows_answer or not said.may_follow_up:
        return []
    named = with_names(text, slots)
    return [named if named != text else f"{_subject(slots)}: {text}"]


def _subject(slots: Mapping[str, Any]) -> str:
    """Returns the words in the name of the last answer that say what it is about: "fda status canada", "low iron"."""
    topic, detail = str(slots.get("topic")), slots.get("topic_detail")
    names = [detail] if detail and topic in OF_MANY_SUBJECTS else [topic.removeprefix(QUESTION_PREFIX), detail]
    return " ".join(name.replace("_", " ") for name in names if name)
