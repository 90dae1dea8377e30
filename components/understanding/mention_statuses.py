"""Whether a thing that a text mentions still applies: no longer, perhaps, or only planned.

Like `mention_roles`, in the style of ConText: a trigger counts for the phrases after or before it in the same statement. The
triggers are in data/understanding/grammar.yml. A phrase is a spaCy span over words in lower case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from typing import Any, NamedTuple

from spacy.tokens import Doc, Span

from components.understanding.concepts import PAST
from components.understanding.mention_roles import GRAMMAR, MAX_CLAUSE_WORDS, NEW_STATEMENT, SENTENCE_END, word_after
from components.understanding.patterns import alternatives

# Weaker triggers: what somebody brought up, a guess, "had", and a date.
SUGGESTED, GUESSED, HAD, DATED = "suggested", "guessed", "had", "dated"
GAP = r"(?:[^\w,]+[\w'-]+){0,6}[^\w,]*$"  # between a trigger and the phrase
BREAKERS = {"but", "however", "though", "although", "because", "whereas", "while", "now", "then", "instead", "except", "onto"}
BREAKERS |= {"final", "diagnosis"}
LIST_COMMA = ","
JOINS = {"and", "or", "&", "/", "plus", LIST_COMMA}


class Triggers(NamedTuple):
    """What gives a status to a phrase: words right before it, words right after it, and words around it that keep both out."""

    before: re.Pattern[str]
    after: re.Pattern[str] | None
    unless: re.Pattern[str]

    def follow(self, after: str) -> bool:
        return bool(self.after and self.after.match(after))

    def fit(self, before: str, after: str, around: str) -> bool:
        return bool(self.before.search(before) or self.follow(after)) and not self.unless.search(around)


def _triggers(words: Mapping[str, Any]) -> Triggers:
    before, after = (alternatives(words.get(side, [])) for side in ("before", "after"))
    return Triggers(
        re.compile(rf"(?:\b|(?=n'?t\b))(?:{before})(?!\w){GAP}"),
        re.compile(rf"(?:{after})(?!\w)") if after else None,
        re.compile(words["unless"]),
    )


TRIGGERS = {status: _triggers(words) for status, words in GRAMMAR["statuses"].items()}


ONGOING = re.compile(GRAMMAR["ongoing"])


def is_ongoing(text: str) -> bool:
    """Whether a text says that something in it is still, or again, the case."""
    return bool(TRIGGERS[PAST].unless.search(text.lower()) or ONGOING.search(text.lower()))


def status(phrase: Span, named: Set[int]) -> str | None:
    """Returns the first status whose triggers fit: a key of TRIGGERS, or None.

    Args:
        phrase: the phrase.
        named: indices of the words of all phrases, including this one.
    """
    doc, first, crosses_comma = phrase.doc, *_first_of_list(phrase, named)
    before = doc[_statement_start(doc, first, named) : first].text.lower()
    after = doc[phrase.end : _statement_end(phrase, named)].text.lower()
    around = f"{before} | {phrase.text} | {doc[phrase.end : _end_before_next(phrase, named)].text.lower()}"
    found = next((status for status, triggers in TRIGGERS.items() if triggers.fit(before, after, around)), None)
    # "I had ringworm, diabetes": after a comma, what is named next may well be there now, unless the words after it say no.
    is_open = found in (PAST, HAD, DATED) and crosses_comma and not TRIGGERS[found].follow(after)
    return None if is_open else found


def _first_of_list(phrase: Span, named: Set[int]) -> tuple[int, bool]:
    """Returns where the list of the phrase starts ("on warfarin and heparin"), and whether there is a comma in it."""
    doc, first, place, crosses_comma = phrase.doc, phrase.start, phrase.start - 1, False
    while place >= 0 and (place in named or doc[place].lower_ in JOINS):
        crosses_comma = crosses_comma or place not in named and doc[place].text == LIST_COMMA
        first = place if place in named else first
        place -= 1
    return first, crosses_comma and first != phrase.start


def _statement_start(doc: Doc, first: int, named: Set[int]) -> int:
    places = range(first - 1, max(0, first - MAX_CLAUSE_WORDS) - 1, -1)
    return next((place + 1 for place in places if place in named or _breaks(doc, place)), max(0, first - MAX_CLAUSE_WORDS))


def _statement_end(phrase: Span, named: Set[int]) -> int:
    last = _end_before_next(phrase, named)
    # "Lupus, but it's gone now": what follows may still be about the phrase.
    return next((place for place in range(phrase.end, last) if _breaks(phrase.doc, place, but={"but", "now"})), last)


def _end_before_next(phrase: Span, named: Set[int]) -> int:
    """Returns the index of the next phrase in the sentence, or of the end of the sentence."""
    doc, last = phrase.doc, min(len(phrase.doc), phrase.end + MAX_CLAUSE_WORDS)
    ends = SENTENCE_END - {"?"}
    return next((place for place in range(phrase.end, last) if place in named or doc[place].text in ends), last)


def _breaks(doc: Doc, place: int, but: Set[str] = frozenset()) -> bool:
    """Whether a word begins or ends a statement. `but` are words that do not here."""
    word = doc[place].lower_
    if word in but or word == "?" and but:
        return False
    opens_statement = word in {",", "and"} and word_after(doc, place) in NEW_STATEMENT
    return opens_statement or word in BREAKERS or word in SENTENCE_END
