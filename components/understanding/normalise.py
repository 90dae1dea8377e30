"""Normalises different ways to type the same text: curly apostrophes, capitals, invisible characters, runs of blanks.

Each component was measured with its own form of the text, so there is one function for each. The differences between them are
intended: a component that gets a form it was not measured with may understand less.
"""

from __future__ import annotations

import re
import unicodedata

CURLY_APOSTROPHES = str.maketrans("’‘", "''")
BACKTICK = str.maketrans("`", "'")
# With re.IGNORECASE these match i, s and k, but our word tables do not contain them.
LETTER_LOOKALIKES = str.maketrans("İıſK", "iisk")
ZERO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
BLANKS = re.compile(r"[^\S\n]+")
STRETCHED = re.compile(r"([^\W\d_])\1{2,}")  # "breatheee", but not the digits of 999


def for_classifier(text: str) -> str:
    return text.lower().replace("’", "'")


def for_lexicon(text: str) -> str:
    """Returns `text` with straight apostrophes, since a curly one would hide "don't". Offsets do not change."""
    return text.translate(CURLY_APOSTROPHES)


def for_ages(text: str) -> str:
    """Returns `text` in plain letters. Offsets do not change."""
    return text.translate(LETTER_LOOKALIKES)


def for_danger(text: str) -> str:
    """Returns `text` in lower case, with straight apostrophes and single blanks, without invisible characters."""
    text = unicodedata.normalize("NFKC", text).translate(ZERO_WIDTH).lower()
    text = text.translate(CURLY_APOSTROPHES | BACKTICK)
    return STRETCHED.sub(r"\1", BLANKS.sub(" ", text))
