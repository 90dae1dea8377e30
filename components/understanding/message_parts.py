"""Splits a message into the parts that may ask or report something of their own, and says which of them are questions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from components.intents import GIVES_WAY_TO_A_QUESTION, QUESTION_PREFIX, STANDS_BEFORE_A_QUESTION
from components.understanding.question_form import QUESTION_WORDS, opens_as_question

MAX_PARTS = 12  # of a long message the first half and the last half of these
MIN_PART_LENGTH = 6  # characters
MIN_CLEAR_CONFIDENCE = 0.6  # a part must be that clear to count beside the whole
SENTENCE_END = re.compile(r"(?<=[.?!;\n…])\s+|\n+")
# "what does it cost and does it hurt": a second question begins behind "and", "also" or a comma.
SECOND_QUESTION = re.compile(rf"(?:,|\b(?:and|also|plus|or)\b){{1,3}}\s+(?=(?:also |and |then )?(?:{QUESTION_WORDS})\b)", re.I)
# "no, my eyes are swelling": what follows a reply is said by itself.
REPLY = re.compile(r"^\W*(?:no|nope|nah|yes|yeah|yep|none|nothing|ok|okay|sure|fine)\b[\s,.!;:-]+(?:but |and )?", re.I)
BUT = re.compile(r"\s?,?\s{1,2}but (?:now )?", re.I)  # bounded: a message may be thousands of blanks


def split(text: str) -> list[str]:
    """Returns the parts of `text`, or nothing when it has only one: the whole."""
    sentences = [REPLY.sub("", sentence) for sentence in SENTENCE_END.split(text)]
    parts = [part.strip() for sentence in sentences for half in BUT.split(sentence) for part in SECOND_QUESTION.split(half)]
    parts = [part for part in parts if len(part) >= MIN_PART_LENGTH]
    if len(parts) > MAX_PARTS:
        parts = parts[: MAX_PARTS // 2] + parts[-MAX_PARTS // 2 :]
    return [] if parts == [text.strip()] else parts


def questions(parts: Sequence[str], intents: Sequence[tuple[str, float]]) -> list[str]:
    """Returns the intents of those parts that are clear questions, each once, in their order.

    Args:
        parts: what `split` returned.
        intents: the likeliest intent of each part, and the confidence in it.
    """
    clear = [
        intent
        for part, (intent, confidence) in zip(parts, intents, strict=True)
        if confidence >= MIN_CLEAR_CONFIDENCE and intent.startswith(QUESTION_PREFIX) and opens_as_question(part)
    ]
    return list(dict.fromkeys(clear))


def gives_way(intent: str, confidence: float, asked: Sequence[str]) -> bool:
    """Tells whether the reading of a whole message gives way to the first question in it.

    "Hello, I'm new here. How much is it?" is a question about the price.

    Args:
        intent: the likeliest intent of the whole.
        confidence: the confidence in it.
        asked: what `questions` found in its parts.
    """
    if not asked or intent in asked or intent in STANDS_BEFORE_A_QUESTION:
        return False
    return len(asked) > 1 or intent in GIVES_WAY_TO_A_QUESTION or confidence < MIN_CLEAR_CONFIDENCE
