"""How a text mentions something: as denied, or as the topic of a question.

`mention_holders` tells whose it is, `mention_statuses` whether it still applies.

Each rule looks at the words around a phrase, in the style of ConText (Harkema et al., J Biomed Inform 2009): a trigger word
applies to the words after it until another word ends its scope. These words are in data/understanding/grammar.yml. A phrase is a
spaCy span over words in lower case.
"""

from __future__ import annotations

import re
from collections.abc import Set

from spacy.tokens import Doc, Span, Token

from components.understanding.question_form import QUESTION_OPENERS, is_statement
from runtime.data_files import read_yaml
from runtime.paths import UNDERSTANDING_DATA

GRAMMAR = read_yaml(UNDERSTANDING_DATA / "grammar.yml")
NEGATORS, UNSURE_AFTER_NOT = set(GRAMMAR["negators"]), set(GRAMMAR["unsure_after_not"])
NOTHING = set(GRAMMAR["nothing"])
CORRECTING_AFTER_NO = set(GRAMMAR["correcting_after_no"])
LISTING_NEGATORS = set(GRAMMAR["listing_negators"])
SCOPE_BREAKERS, NEW_STATEMENT = set(GRAMMAR["scope_breakers"]), set(GRAMMAR["new_statement"])
FIRST_PERSON = set(GRAMMAR["first_person"])
OWNED = re.compile(GRAMMAR["owned"])
DENIED_BEFORE, DENIED_AFTER = (re.compile(rf"(?:{'|'.join(GRAMMAR['denied'][side])})(?!\w)") for side in ("before", "after"))
DOUBTS = set(GRAMMAR["denied"]["doubts"])
TESTED, NEGATIVE = re.compile(GRAMMAR["denied"]["tested"]), re.compile(GRAMMAR["denied"]["negative"])
NO_LONGER, HYPOTHETICAL, TOLD, IN_GENERAL, EFFECT_AFTER = (
    re.compile(GRAMMAR[name]) for name in ("no_longer", "hypothetical", "told", "in_general", "effect_after")
)
SPEAKER = {"i", "im", "ive", "i'm", "mine"}  # a denial before "I" is about something else: "can't believe I'm pregnant"
GUESSED = re.compile(r"\?\s*\?|\b(?:i think|i guess|maybe|probably|prob)\b")
CAN, TOLERATED = {"ca", "can"}, {"have", "take", "eat", "touch"}
SENTENCE_END = set(".?!;")
CLAUSE_END = {*SENTENCE_END, "\n", "but"}
FORM_MARKS = set("?:-=")  # between the label in a form and what is filled in
ANSWERS_NO, ANSWERS_YES = {"no", "nope", "negative"}, {"yes", "yep", "positive"}
NEVER, MARKS_BEFORE_NEVER = {"never"}, {*FORM_MARKS, ","}  # "finasteride for a year; minoxidil, never"
NEGATION_REACH = 7  # words
MAX_CLAUSE_WORDS = 40  # words to either side of a phrase


def role(phrase: Span, named: Set[int], answers_open_question: bool, is_question: bool) -> str | None:
    """Returns `denied` for what does not apply, `asked` for what a question is about, None for a statement.

    Args:
        phrase: the phrase.
        named: indices of the words of all phrases, including this one.
        answers_open_question: whether the phrase is about the open question of the check.
        is_question: whether the intent of the whole message is a question.
    """
    if is_denied(phrase, named):
        return "denied"
    return "asked" if is_asked_about(phrase, answers_open_question, is_question) else None


def is_denied(phrase: Span, named: Set[int]) -> bool:
    if is_followed_by(phrase, ANSWERS_YES) or denies(phrase):
        return False
    is_negated_here = is_negated(phrase, named) and not has_ended(phrase)
    is_answered = is_followed_by(phrase, ANSWERS_NO) or is_followed_by(phrase, NEVER, MARKS_BEFORE_NEVER)
    return is_answered or is_denied_by_verb(phrase, named) or is_negated_here


def denies(phrase: Span) -> bool:
    """Whether the phrase is a denial itself, to which a "no" before it agrees: "no, it did not help", "it didn't do nada"."""
    return not (NEGATORS | NOTHING).isdisjoint(token.lower_ for token in phrase)


def has_effect(phrase: Span) -> bool:
    """Whether a phrase is right before what it did: "the foam did nothing"."""
    doc = phrase.doc
    return bool(EFFECT_AFTER.match(doc[phrase.end : clause_end(phrase)].text.lower())) if phrase.end < len(doc) else False


def has_ended(phrase: Span) -> bool:
    """Whether a denial only says that it is over: "I don't have it any more"."""
    return bool(NO_LONGER.match(phrase.doc[phrase.end : clause_end(phrase)].text.lower()))


def is_denied_by_verb(phrase: Span, named: Set[int]) -> bool:
    """Whether words around the phrase deny it without a "no": "they ruled out lupus". "They haven't ruled it out" does not."""
    doc, first, last = phrase.doc, _statement_start(phrase), clause_end(phrase)
    end = next((place for place in range(phrase.end, last) if place in named), last)
    breaks = (place + 1 for place in range(phrase.start - 1, first - 1, -1) if doc[place].lower_ in SCOPE_BREAKERS)
    words = doc[next(breaks, first) : phrase.start]
    if DOUBTS & {token.lower_ for token in words}:
        return False
    before, after = words.text.lower(), doc[phrase.end : end].text.lower()
    is_negative = TESTED.search(before) and NEGATIVE.match(after)
    return bool(DENIED_BEFORE.search(before) or DENIED_AFTER.match(after) or is_negative)


def is_followed_by(phrase: Span, answers: Set[str], marks: Set[str] = FORM_MARKS) -> bool:
    """Whether one of `answers` follows, also after one of `marks`, as in a form: "pregnant: no, cancer yes"."""
    doc, place = phrase.doc, phrase.end
    if place < len(doc) and doc[place].text in marks:
        place += 1
    followed_by_word = place + 1 < len(doc) and doc[place + 1].is_alpha
    return place < len(doc) and doc[place].lower_ in answers and not followed_by_word


def is_negated(phrase: Span, named: Set[int]) -> bool:
    """Whether a negation before the phrase applies to it.

    In a list, the negation carries on from item to item ("no cancer, diabetes or pregnancy"). But only some negations go past a
    comma: "not pregnant, healthy, with alopecia" ends at the first one.
    """
    doc = phrase.doc
    reach, past_comma = NEGATION_REACH, False
    for place in range(phrase.start - 1, max(0, phrase.start - MAX_CLAUSE_WORDS) - 1, -1):
        if not reach:
            return False
        if place in named:
            reach = NEGATION_REACH
            continue
        if _ends_negation(doc, place):
            return False
        past_comma = past_comma or doc[place].text == ","
        if _is_negation(doc, place):
            return doc[place].lower_ in LISTING_NEGATORS or not past_comma
        reach -= 1
    return False


def _is_negation(doc: Doc, place: int) -> bool:
    follows = word_after(doc, place)
    # The "no" in "pregnant no, cancer yes" is about what comes before it.
    looks_back = follows in {",", ";"}
    # "I can't have latex" says why.
    if place > 0 and doc[place - 1].lower_ in CAN and follows in TOLERATED:
        return False
    corrects = doc[place].lower_ == "no" and follows in CORRECTING_AFTER_NO
    return doc[place].lower_ in NEGATORS and follows not in UNSURE_AFTER_NOT and not looks_back and not corrects


def _ends_negation(doc: Doc, place: int) -> bool:
    word = doc[place].lower_
    opens_statement = word in {",", "and"} and word_after(doc, place) in NEW_STATEMENT
    return opens_statement or word in SCOPE_BREAKERS or word in SENTENCE_END or word in SPEAKER


def word_after(doc: Doc, place: int) -> str:
    return str(doc[place + 1].lower_) if place + 1 < len(doc) else ""


def is_asked_about(phrase: Span, answers_open_question: bool, is_question: bool) -> bool:
    """Whether the phrase is the topic of a question, rather than something that visitors say about themselves in it."""
    if _is_hypothetical(phrase):
        return True
    if is_in_question(phrase, answers_open_question):
        return not is_about_speaker(phrase)
    is_told = _first_person_before(phrase, clause_start(phrase)) or _is_told(phrase)
    return is_question and not answers_open_question and not is_told


def _is_hypothetical(phrase: Span) -> bool:
    """Whether the words before the phrase only suppose it: "if I was on Eliquis, would you still do it"."""
    return bool(HYPOTHETICAL.search(phrase.doc[_statement_start(phrase) : phrase.start].text.lower()))


def is_in_question(phrase: Span, answers_open_question: bool = False) -> bool:
    """Whether the statement around the phrase starts with a question word or ends with a question mark.

    A new statement may start after a comma: "I take Eliquis, does it hurt?" An answer may be a guess: "early??"
    """
    doc, end = phrase.doc, clause_end(phrase)
    opener = next((token.lower_ for token in doc[_statement_start(phrase) : phrase.start] if token.is_alpha), "")
    has_question_mark = end < len(doc) and doc[end].text == "?"
    asks = opener in QUESTION_OPENERS and not is_statement(doc[_statement_start(phrase) : phrase.end].text)
    ends_it = has_question_mark and not any(token.text == "," for token in doc[phrase.end : end])
    is_guess = answers_open_question and bool(GUESSED.search(doc[_statement_start(phrase) : end + 2].text.lower()))
    return asks or ends_it and not is_guess and not _is_told(phrase)


def _is_told(phrase: Span) -> bool:
    """Whether the statement of the phrase tells what somebody has, whatever else the message asks."""
    words = phrase.doc[clause_start(phrase) : clause_end(phrase)].text.lower()
    return bool(TOLD.search(words)) and not IN_GENERAL.search(words)


def is_about_speaker(phrase: Span) -> bool:
    """Whether the words before the phrase say that the visitor has it: "since I have lupus, is it safe?"."""
    start = _statement_start(phrase)
    words = " ".join(token.lower_ for token in phrase.doc[start : phrase.start])
    return _first_person_before(phrase, start, but="me") and bool(OWNED.search(words))


def _first_person_before(phrase: Span, start: int, but: str = "") -> bool:
    return any(token.lower_ in FIRST_PERSON and token.lower_ != but for token in phrase.doc[start : phrase.start])


def _statement_start(phrase: Span) -> int:
    """Returns the index after the last comma before the phrase in its clause, or the start of the clause."""
    start = clause_start(phrase)
    return next((place + 1 for place in range(phrase.start - 1, start - 1, -1) if phrase.doc[place].text == ","), start)


def clause_start(phrase: Span) -> int:
    first = max(0, phrase.start - MAX_CLAUSE_WORDS)
    return next((place + 1 for place in range(phrase.start - 1, first - 1, -1) if _ends_clause(phrase.doc[place])), first)


def clause_end(phrase: Span) -> int:
    last = min(len(phrase.doc), phrase.end + MAX_CLAUSE_WORDS)
    return next((place for place in range(phrase.end, last) if _ends_clause(phrase.doc[place])), last)


def _ends_clause(token: Token) -> bool:
    return token.lower_ in CLAUSE_END
