"""Recognises visitors who say that an alarm was a mistake. data/understanding/false_alarm.yml has the wordings, with examples."""

from __future__ import annotations

import re

import yaml

from components.understanding import normalise
from runtime.paths import UNDERSTANDING_DATA

WORDINGS = yaml.safe_load((UNDERSTANDING_DATA / "false_alarm.yml").read_text(encoding="utf-8"))
SAYS_SO = re.compile("|".join(f"(?:{wording['pattern']})" for wording in WORDINGS["says_so"]))
UNLESS = re.compile("|".join(f"(?:{wording['pattern']})" for wording in WORDINGS["unless"]))
MAX_WORDS = 40  # a longer message tells something new


def says_so(text: str) -> bool:
    """Whether `text` says that nothing is wrong, and not just that it eased or that something else is wrong."""
    plain = normalise.for_lexicon(text).lower()
    return len(plain.split()) <= MAX_WORDS and bool(SAYS_SO.search(plain)) and not UNLESS.search(plain)
