"""Folds the ways in which one text can be typed: curly apostrophes, capitals, invisible characters, runs of blanks.

Each part of the understanding was measured with the form of the text that it reads, so each has its own. They stand here side by
side, and what one folds and another does not is on purpose: a fold that a part was not measured with changes what it understands.
"""

from __future__ import annotations

import re
import unicodedata

CURLY_APOSTROPHES = str.maketrans("’‘", "''")
BACKTICK = str.maketrans("`", "'")
# Where case does not count, these pass for an i, an s and a k, but no table of words has them.
LETTER_LOOKALIKES = str.maketrans("İıſK", "iisk")
ZERO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
BLANKS = re.compile(r"[^\S\n]+")
STRETCHED = re.compile(r"([^\W\d_])\1{2,}")  # "breatheee"; the digits of 999 stay


def for_classifier(text: str) -> str:
    return text.lower().replace("’", "'")


def for_lexicon(text: str) -> str:
    """Returns `text` with straight apostrophes, since a curly one would hide "don't". Every character keeps its place."""
    return text.translate(CURLY_APOSTROPHES)


def for_ages(text: str) -> str:
    """Returns `text` in plain letters. Every character keeps its place."""
    return text.translate(LETTER_LOOKALIKES)


def for_danger(text: str) -> str:
    """Returns `text` in lower case, with straight apostrophes and single blanks, and without invisible characters."""
    text = unicodedata.normalize("NFKC", text).translate(ZERO_WIDTH).lower()
    text = text.translate(CURLY_APOSTROPHES | BACKTICK)
    return STRETCHED.sub(r"\1", BLANKS.sub(" ", text))
