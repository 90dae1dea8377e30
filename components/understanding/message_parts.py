"""Splits a message into parts that may each ask or report something, and finds the questions among them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from components.intents import MORE_DETAIL, OVERRIDES_QUESTION, QUESTION_PREFIX, YIELDS_TO_QUESTION
from components.understanding.question_form import QUESTION_WORDS, opens_as_question

MAX_PARTS = 12  # for a long message, half of these from the start and half from the end
MIN_PART_LENGTH = 6  # characters
MIN_CLEAR_CONFIDENCE = 0.6  # a part needs this much to count in addition to the whole
SENTENCE_END = re.compile(r"(?<=[.?!;\n…])\s+|\n+")
# "what does it cost and does it hurt": a second question starts after "and", "also" or a comma.
SECOND_QUESTION = re.compile(rf"(?:,|\b(?:and|also|plus|or)\b){{1,3}}\s+(?=(?:also |and |then )?(?:{QUESTION_WORDS})\b)", re.I)
# "no, my eyes are swelling": what follows a reply stands on its own.
REPLY = re.compile(r"^\W*(?:no|nope|nah|yes|yeah|yep|none|nothing|ok|okay|sure|fine)\b[\s,.!;:-]+(?:but |and )?", re.I)
# What follows "but" or "also" stands on its own: "what does a package cost, also my chest is tight". Bounded, because a message
# may consist of thousands of spaces.
NEW_CLAUSE = re.compile(r"\s?,?\s{1,2}(?:but (?:now )?|(?:and )?also (?=(?:my|his|her|i|i'm|im|he|she)\b))", re.I)


def split(text: str) -> list[str]:
    """Returns the parts of `text`, or an empty list if it has only one."""
    sentences = [REPLY.sub("", sentence) for sentence in SENTENCE_END.split(text)]
    parts = [
        part.strip() for sentence in sentences for half in NEW_CLAUSE.split(sentence) for part in SECOND_QUESTION.split(half)
    ]
    parts = [part for part in parts if len(part) >= MIN_PART_LENGTH]
    if len(parts) > MAX_PARTS:
        parts = parts[: MAX_PARTS // 2] + parts[-MAX_PARTS // 2 :]
    return [] if parts == [text.strip()] else parts


def questions(parts: Sequence[str], intents: Sequence[tuple[str, float]]) -> list[str]:
    """Returns the intents of the parts that are clearly questions, in order and without duplicates.

    Args:
        parts: what `split` returned.
        intents: the most likely intent of each part, and its confidence.
    """
    clear = [
        intent
        for part, (intent, confidence) in zip(parts, intents, strict=True)
        if confidence >= MIN_CLEAR_CONFIDENCE and intent.startswith(QUESTION_PREFIX) and _asks(part, intent)
    ]
    return list(dict.fromkeys(clear))


def _asks(part: str, intent: str) -> bool:
    """Whether a part has the form of a question. "Did nothing" may be one about the last answer, with a question mark."""
    return opens_as_question(part) and (intent != MORE_DETAIL or part.rstrip().endswith("?"))


def yields_to_question(intent: str, confidence: float, asked: Sequence[str]) -> bool:
    """Whether the first question in a message replaces the reading of the whole message.

    "Hello, I'm new here. How much is it?" is a question about the price. So is a clear question beside a card number that makes
    the whole message unclear.

    Args:
        intent: the most likely intent of the whole message.
        confidence: its confidence.
        asked: what `questions` found in its parts.
    """
    is_clear = confidence >= MIN_CLEAR_CONFIDENCE
    if not asked or intent in OVERRIDES_QUESTION:
        return False
    if intent in asked:
        return asked == [intent] and not is_clear
    return len(asked) > 1 or intent in YIELDS_TO_QUESTION or not is_clear
