"""Recognises questions about a danger that was reported: "what would the er cost", "should i wait till morning".

data/understanding/danger_questions.yml has the kinds and their words. Needs no model.
"""

from __future__ import annotations

import re

from components.understanding.follow_ups import kind_of
from components.understanding.named_treatments import WORDS
from components.understanding.patterns import alternatives
from components.understanding.question_form import is_question
from runtime.data_files import read_yaml
from runtime.paths import UNDERSTANDING_DATA

DANGER_QUESTION = "danger_question"  # slot: the kind of question
OTHER = "other"  # what only its place, right after the danger, makes something about it
DATA = read_yaml(UNDERSTANDING_DATA / "danger_questions.yml")
PLACE = re.compile(rf"\b{DATA['places']}(?!\w)", re.I)
ABOUT_IT = re.compile(rf"\b(?:{alternatives(DATA['about_it'])})(?!\w)", re.I)
KINDS = {
    kind: re.compile(rf"\b(?:{alternatives(patterns).replace('{places}', DATA['places'])})(?!\w)", re.I)
    for kind, patterns in DATA["kinds"].items()
}


def danger_question(text: str, is_next: bool) -> str | None:
    """Returns which question about the danger a text asks, or None if it asks about something else.

    Args:
        text: the message.
        is_next: whether the last reply was about the danger, so that "is that normal" is about it as well.
    """
    if WORDS["exosomes"].search(text) or not (is_next or PLACE.search(text)):
        return None
    kind = next((kind for kind, pattern in KINDS.items() if pattern.search(text)), None)
    return kind or (OTHER if _is_about_it(text) else None)


def _is_about_it(text: str) -> bool:
    """Whether a text can be about what was just reported. "How many sessions" names its subject; "why" has none of its own."""
    followed = kind_of(text)
    if followed:
        return not followed.is_elliptical
    return is_question(text) and bool(ABOUT_IT.search(text))
