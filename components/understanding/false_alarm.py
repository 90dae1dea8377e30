"""Recognises visitors who say that an alarm was a mistake. data/understanding/false_alarm.yml has the wordings, with examples."""

from __future__ import annotations

import re

from components.understanding import normalise
from components.understanding.question_form import opens_as_question
from runtime.data_files import read_yaml
from runtime.paths import UNDERSTANDING_DATA

WORDINGS = read_yaml(UNDERSTANDING_DATA / "false_alarm.yml")
SAYS_SO = re.compile("|".join(f"(?:{wording['pattern']})" for wording in WORDINGS["says_so"]))
UNLESS = re.compile("|".join(f"(?:{wording['pattern']})" for wording in WORDINGS["unless"]))
CLAUSE = re.compile(r"[^.,;!\n]+")
MAX_WORDS = 40  # a longer message tells something new


def says_so(text: str) -> bool:
    """Whether `text` says that nothing is wrong, and not just that it eased or that something else is wrong.

    When in doubt it does not, as with a question: "it's not an emergency, is it?"
    """
    plain = normalise.for_lexicon(text).lower()
    if len(plain.split()) > MAX_WORDS or any(map(opens_as_question, CLAUSE.findall(plain))):
        return False
    return bool(SAYS_SO.search(plain)) and not UNLESS.search(plain)
