"""Splits a message into the parts that may ask or report something of their own."""

from __future__ import annotations

import re
from collections.abc import Sequence

MAX_PARTS = 12  # of a long message the first half and the last half of these
MIN_PART_LENGTH = 6  # characters
SENTENCE = re.compile(r"(?<=[.?!;\n…])\s+|\n+")
ASKING = "what|why|how|when|where|who|which|does|do|did|is|are|can|could|should|will|would"
# "what does it cost and does it hurt": a second question begins behind "and", "also" or a comma.
SECOND_QUESTION = re.compile(rf"(?:,|\b(?:and|also|plus|or)\b){{1,3}}\s+(?=(?:also |and |then )?(?:{ASKING})\b)", re.I)
# "no, my eyes are swelling": what follows a reply is said by itself.
REPLY = re.compile(r"^\W*(?:no|nope|nah|yes|yeah|yep|none|nothing|ok|okay|sure|fine)\b[\s,.!;:-]+(?:but |and )?", re.I)
BUT = re.compile(r"\s?,?\s{1,2}but (?:now )?", re.I)  # bounded: a message may be thousands of blanks
QUESTION = re.compile(rf"\?|^\W*(?:also |and |then |so |but |ok |hi |hello )*(?:{ASKING}|any|whats|hows)\b", re.I)
SURE = 0.6  # a part must be that clear to count beside the whole


def split(text: str) -> list[str]:
    """Returns the parts of `text`, or nothing when it has only one: the whole."""
    sentences = [REPLY.sub("", sentence) for sentence in SENTENCE.split(text)]
    parts = [part.strip() for sentence in sentences for half in BUT.split(sentence) for part in SECOND_QUESTION.split(half)]
    parts = [part for part in parts if len(part) >= MIN_PART_LENGTH]
    if len(parts) > MAX_PARTS:
        parts = parts[: MAX_PARTS // 2] + parts[-MAX_PARTS // 2 :]
    return [] if parts == [text.strip()] else parts


def questions(parts: Sequence[str], intents: Sequence[tuple[str, float]]) -> list[str]:
    """Returns the intents of those parts that are clear questions, each once, in their order."""
    clear = [
        intent
        for part, (intent, confidence) in zip(parts, intents, strict=True)
        if confidence >= SURE and intent.startswith("ask_") and QUESTION.search(part)
    ]
    return list(dict.fromkeys(clear))
