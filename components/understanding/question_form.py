"""Whether a text asks something, judged by its form alone.

Each of these functions answers that for one use, and they differ: what splits a message may be generous, what keeps an answer out
of the check may not.
"""

from __future__ import annotations

import re

import yaml

from components.intents import ASKING_PREFIXES
from runtime.paths import UNDERSTANDING_DATA

# Both are first words of a question. The short list also finds a second question in mid-sentence, where "may" or "was" open none.
QUESTION_WORDS = "what|why|how|when|where|who|which|does|do|did|is|are|can|could|should|will|would"
QUESTION_OPENERS = frozenset(yaml.safe_load((UNDERSTANDING_DATA / "grammar.yml").read_text(encoding="utf-8"))["question_openers"])
OPENS_AS_QUESTION = re.compile(
    rf"\?|^\W*(?:also |and |then |so |but |ok |hi |hello )*(?:{QUESTION_WORDS}|any|whats|hows)\b", re.I
)
QUESTION_PHRASE = re.compile(
    r"\?|\b(what|how (much|long|many|often|does|do|is)|why|does it|is it|is there|can i|will it|wondering|want to know|tell me)\b"
)


def has_question_phrase(text: str) -> bool:
    """Tells whether a question mark or words like "how much" or "tell me" stand anywhere in `text`."""
    return bool(QUESTION_PHRASE.search(text.lower()))


def opens_as_question(part: str) -> bool:
    """Tells whether one part of a message has a question mark, or opens with a question word after a "hi" or "and"."""
    return bool(OPENS_AS_QUESTION.search(part))


def is_question(text: str) -> bool:
    """Tells whether a whole message asks, anywhere or by its first word. A pressed button ("/affirm") never does."""
    text = text.strip()
    first_word = text.lower().split(" ")[0].strip(",.")
    return not text.startswith("/") and (has_question_phrase(text) or first_word in QUESTION_OPENERS)


def is_meant_as_question(text: str, intent: str, in_check: bool) -> bool:
    """Tells whether a message asks, by its intent. In the check people tell, so there its form must say so as well."""
    return intent.startswith(ASKING_PREFIXES) and (not in_check or has_question_phrase(text))
