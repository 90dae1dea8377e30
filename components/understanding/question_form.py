"""Decides whether a text is a question, by its form alone.

Each function is for one use, and they differ on purpose: splitting a message can be generous, but ignoring an answer to the check
cannot.
"""

from __future__ import annotations

import re

from components.intents import ASKING_PREFIXES
from runtime.data_files import read_yaml
from runtime.paths import UNDERSTANDING_DATA

# First words of a question. The short list also finds a second question in mid-sentence, where "may" or "was" do not start one.
QUESTION_WORDS = "what|why|how|when|where|who|which|does|do|did|is|are|can|could|should|will|would"
QUESTION_OPENERS = frozenset(read_yaml(UNDERSTANDING_DATA / "grammar.yml")["question_openers"])
OPENS_AS_QUESTION = re.compile(
    rf"\?|^\W*(?:also |and |then |so |but |ok |hi |hello )*(?:{QUESTION_WORDS}|any|whats|hows)\b", re.I
)
QUESTION_PHRASE = re.compile(
    r"\?|\b(what|how (much|long|many|often|does|do|is)|why|does it|is it|is there|can i|will it|wondering|want to know|tell me)\b"
)
# "Could be stress" is a guess, not a question.
GUESS = re.compile(
    r"^\W*(?:(?:could|may|might|would|can)(?: well| also| just| easily)? (?:be|have)\b"
    r"|can (?:tell|see|feel) (?:it'?s?|my|his|her|the|that|scalp|skin)\b)",
    re.I,
)
# "Was on warfarin", "did PRP twice": the subject is left out, so nothing is asked.
SUBJECTS = (
    r"i|you|u|ya|he|she|it|its|they|we|the|your|my|our|his|her|this|that|these|those|there|an?|any\w*|some\w*|people|patients|women|men"
    r"|most|many|doctors|dermatologists|insurance|exosomes?|results?|not"
)
OMITS_SUBJECT = re.compile(
    rf"^\W*(?:(?:is|are) (?:on|taking|using|allergic)\b|(?:did|do|have|has|was|were)(?:n'?t)? (?!(?:{SUBJECTS})\b))", re.I
)
# "Two weeks isn't long enough, is it": a tag at the end, with the opposite of the statement before it, asks nothing.
TAG = re.compile(
    r"[\s,](?:is|are|was|does|do|did|ca|can|will|wo|would|has|have)(?P<denied>n'?t)? (?:it|they|that|i|we|you|there)\W*$", re.I
)
# "I don't know what kind it is", "that's why I ask": a question that is only spoken of. Not "no idea how much it is".
EMBEDDED = re.compile(
    r"(?:(?:\b(?:no|not|never|cannot|nobody)\b|n'?t)(?: \w+){0,2}? (?:know|idea|sure|clue|say|tell|remember)|\b(?:dunno|idk))"
    r"(?: \w+)? (?:what|which|why|how|where|when|who)\b(?! (?:much|long|many|often|exosomes?|this treatment)\b)"
    r"|\b(?:that|which|this)(?:'?s| is| was) (?:what|why|how|where|when)\b",
    re.I,
)
DENIAL = re.compile(r"n'?t\b|\b(?:not|no|never|hardly)\b", re.I)
MAX_TAG_LENGTH, MAX_TAGGED_LENGTH = 40, 160  # characters


def has_question_phrase(text: str) -> bool:
    """Whether `text` contains a question mark or words like "how much" or "tell me"."""
    return bool(QUESTION_PHRASE.search(EMBEDDED.sub("", _without_tag(text)).lower()))


def _without_tag(text: str) -> str:
    """Returns `text` without "is it" after "it isn't", or "isn't it" after "it is"."""
    tag = TAG.search(text[-MAX_TAG_LENGTH:])
    if not tag:
        return text
    statement = text[: -len(tag.group())]
    is_denied = bool(DENIAL.search(statement[-MAX_TAGGED_LENGTH:]))
    return text if is_denied == bool(tag["denied"]) else statement


def is_guess(text: str) -> bool:
    """Whether `text` starts like "could be", which is no question."""
    return bool(GUESS.search(text))


def is_statement(text: str) -> bool:
    """Whether the words before a name start like a guess, or without a subject, as in "was on"."""
    return is_guess(text) or bool(OMITS_SUBJECT.search(text))


def opens_as_question(part: str) -> bool:
    """Whether one part of a message has a question mark or starts with a question word, maybe after "hi" or "and"."""
    return bool(OPENS_AS_QUESTION.search(part))


def is_question(text: str) -> bool:
    """Whether a message contains a question or starts with a question word. A pressed button ("/affirm") never does."""
    text = text.strip()
    first_word = text.lower().split(" ")[0].strip(",.")
    opens = first_word in QUESTION_OPENERS and not is_guess(text)
    return not text.startswith("/") and (has_question_phrase(text) or opens)


def is_meant_as_question(text: str, intent: str, in_check: bool) -> bool:
    """Whether a message is a question by its intent. During the check, visitors mostly answer, so its form must agree."""
    return intent.startswith(ASKING_PREFIXES) and (not in_check or has_question_phrase(text))
