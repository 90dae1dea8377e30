"""Finds what a message says about the visitor's hair, treatments, age and health, and in what sense it says it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import spacy
import yaml
from rapidfuzz import process
from rapidfuzz.distance import OSA
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from components.understanding.ages import read_age
from runtime.paths import UNDERSTANDING_DATA

LEXICON = UNDERSTANDING_DATA / "entities.yml"
GRAMMAR = yaml.safe_load((UNDERSTANDING_DATA / "grammar.yml").read_text(encoding="utf-8"))
NEGATORS, UNSURE_AFTER_NOT = set(GRAMMAR["negators"]), set(GRAMMAR["unsure_after_not"])
LISTING = set(GRAMMAR["listing_negators"])
SCOPE_BREAKERS, NEW_STATEMENT = set(GRAMMAR["scope_breakers"]), set(GRAMMAR["new_statement"])
FIRST_PERSON, OTHERS = set(GRAMMAR["first_person"]), set(GRAMMAR["others"])
QUESTION_OPENERS = set(GRAMMAR["question_openers"])
OWNED, PAST, STILL_THERE = (re.compile(GRAMMAR[name]) for name in ("owned", "past", "still_there"))
NEGATION_REACH = 7  # words
MAX_CLAUSE_WORDS = 40  # words to either side of a mention
# spaCy peels signs off a word one by one and reads the rest of it each time, so what has no blank is cut into pieces.
OVERLONG_WORD = re.compile(r"\S{100}(?=\S)")
SPEAKER = {"i", "im", "ive", "i'm"}  # a denial before "I" is about something else: "can't believe I'm pregnant"
MIN_SLIP_LENGTH, MIN_TWO_SLIPS_LENGTH = 5, 10  # letters a word must have for one slip, or two, to be mended
# What one can have in common with others, and so may be said of them.
PERSONAL = {"health_flags", "hair_loss_type", "hair_loss_stage", "prior_treatments", "warning_signs"}


@dataclass(frozen=True)
class Mention:
    """One thing that a message says.

    Attributes:
        entity: what it is about, e.g. `health_flags`.
        value: one of the values of that entity, e.g. `past_cancer`.
        start: index of its first character.
        end: index after its last character.
        role: None for a statement about the visitor, `denied` for what does not apply, `asked` for what a question is about.
    """

    entity: str
    value: str
    start: int
    end: int
    role: str | None = None


class MentionFinder:
    """Reads the lexicon once; `find` is then a few dictionary look-ups a word."""

    def __init__(self, lexicon: Path = LEXICON) -> None:
        """Builds the matchers from `lexicon` (YAML: entity, value, phrases)."""
        self._nlp = spacy.blank("en")
        self._phrases = PhraseMatcher(self._nlp.vocab, attr="LOWER")
        words = yaml.safe_load(lexicon.read_text(encoding="utf-8"))
        for entity, values in words["phrases"].items():
            for value, phrases in values.items():
                texts = {str(phrase) for phrase in phrases} | {f"{phrase}s" for phrase in phrases}
                self._phrases.add(f"{entity}/{value}", [self._nlp.make_doc(text) for text in sorted(texts)])
        self._mended = words["mended"]

    def _mend(self, word: str) -> str:
        """Returns the medical word that `word` is a slip of, or `word`."""
        if len(word) < MIN_SLIP_LENGTH or not word.isalpha():
            return word
        slips = 2 if len(word) >= MIN_TWO_SLIPS_LENGTH else 1
        # The first letter is rarely the slip; asking for it keeps other words out.
        found = process.extractOne(word, self._mended, scorer=OSA.distance, score_cutoff=slips)
        return found[0] if found and found[0][0] == word[0] and found[0] + "s" != word else word

    def find(self, text: str, asked_slot: str | None = None, asks: bool = False) -> list[Mention]:
        """Returns what `text` says, in its order.

        Args:
            text: the message.
            asked_slot: the question of the check that stands open; then a bare "34", "no" or "not sure" is its answer.
            asks: True when the message is a question by its intent, so that a bare noun is what it asks about.
        """
        # Smart quotes and the like would hide "don't".
        text = text.replace("’", "'").replace("‘", "'")
        cuts = [found.end() for found in OVERLONG_WORD.finditer(text)]
        pieces = [self._nlp.make_doc(text[start:end]) for start, end in zip([0, *cuts], [*cuts, None], strict=True)]
        typed = Doc.from_docs(pieces, ensure_whitespace=False) if cuts else pieces[0]
        words = [self._mend(token.lower_) for token in typed]
        doc = Doc(typed.vocab, words=words, spaces=[bool(token.whitespace_) for token in typed])
        mentions = list(self._from_lexicon(doc, typed, asked_slot, asks))
        age = read_age(text, asked=asked_slot == "age")
        if age:
            about_self = asked_slot == "age" or not asks or OWNED.search(text.lower())
            mentions.append(Mention("age", str(age[0]), *age[1:], None if about_self else "asked"))
        return sorted(mentions, key=lambda mention: mention.start)

    def _from_lexicon(self, doc: Doc, typed: Doc, asked_slot: str | None, asks: bool) -> Iterator[Mention]:
        # Of overlapping phrases the longest counts, within one entity: "autoimmune" is both an illness and a group. One name
        # may have two values: Morr-F is minoxidil and finasteride.
        by_entity: dict[str, list[Span]] = {}
        for span in self._phrases(doc, as_spans=True):
            by_entity.setdefault(span.label_.split("/")[0], []).append(span)
        longest = {(entity, span.start, span.end) for entity, group in by_entity.items() for span in filter_spans(group)}
        spans = [span for entity, group in by_entity.items() for span in group if (entity, span.start, span.end) in longest]
        named = {token.i for span in spans if not span.label_.startswith("reply/") for token in span}
        # The "no" of "no health problems" is no reply of its own.
        spans = [span for span in spans if not span.label_.startswith("reply/") or not named & {token.i for token in span}]
        for span in sorted(spans, key=lambda span: span.start):
            entity, value = span.label_.split("/")
            if entity in PERSONAL and value != "none" and self._about_someone_else(span):
                continue
            # A bare "no" is a reply, but in front of a list it is what denies it, so it is not among the named.
            role = self._role(span, named, asked_slot == entity, asks)
            if (
                entity == "prior_treatments"
                and value == "minoxidil"
                and span.text.lower() == "min"
                and span.start
                and doc[span.start - 1].like_num
            ):
                continue  # "30 min" are minutes
            if value == "active_cancer" and self._is_past(span):
                value = "past_cancer"
            if value == "none":
                role = None  # it is a denial itself
            start, end = typed[span.start].idx, typed[span.end - 1].idx + len(typed[span.end - 1])
            yield Mention(entity, value, start, end, role)

    @staticmethod
    def _clause(span: Span) -> tuple[int, int]:
        """Returns the token range of the clause around `span`: from the last full stop to the next."""
        doc, start, end = span.doc, span.start, span.end
        while (
            start > max(0, span.start - MAX_CLAUSE_WORDS)
            and doc[start - 1].text not in ".?!;\n"
            and doc[start - 1].lower_ not in {"but"}
        ):
            start -= 1
        while (
            end < min(len(doc), span.end + MAX_CLAUSE_WORDS) and doc[end].text not in ".?!;\n" and doc[end].lower_ not in {"but"}
        ):
            end += 1
        return start, end

    def _role(self, span: Span, taken: set, is_asked_slot: bool, asks: bool) -> str | None:
        if self._negated(span, taken):
            return "denied"
        start, end = self._clause(span)
        doc = span.doc
        ends_as_question = end < len(doc) and doc[end].text == "?"
        # After the last comma a new statement may begin: "I take Eliquis, does it hurt?"
        comma = max((i for i in range(start, span.start) if doc[i].text == ","), default=start - 1)
        own = next((i for i in range(span.end, end) if doc[i].text == ","), end)
        opener = next((doc[i].lower_ for i in range(comma + 1, span.start) if doc[i].is_alpha), "")
        first_person = any(doc[i].lower_ in FIRST_PERSON for i in range(start, span.start))
        questions = opener in QUESTION_OPENERS or (ends_as_question and own == end)
        if is_asked_slot and not questions:
            return None
        if questions:
            owner = any(doc[i].lower_ in FIRST_PERSON and doc[i].lower_ != "me" for i in range(comma + 1, span.start))
            return None if owner and self._owns(doc, comma + 1, span.start) else "asked"
        if asks and not first_person:
            return "asked"
        return None

    @staticmethod
    def _owns(doc: Doc, start: int, end: int) -> bool:
        words = " ".join(token.lower_ for token in doc[start:end])
        return bool(OWNED.search(words))

    @staticmethod
    def _negated(span: Span, taken: set) -> bool:
        doc = span.doc
        # A list filled in like a form: "pregnant: no, cancer no".
        following = span.end + (span.end < len(doc) and doc[span.end].text in "?:-=")
        answered_no = following < len(doc) and doc[following].lower_ in {"no", "nope", "negative"}
        if answered_no and (following + 1 == len(doc) or not doc[following + 1].is_alpha):
            return True
        reach, past_comma = NEGATION_REACH, False
        i = span.start - 1
        while i >= max(0, span.start - MAX_CLAUSE_WORDS) and reach > 0:
            word = doc[i].lower_
            if i in taken:
                i, reach = i - 1, NEGATION_REACH
                # A list goes on under its negation: "no cancer, diabetes or pregnancy".
                continue
            if word in SCOPE_BREAKERS or word in ".?!;" or word in SPEAKER:
                return False
            follows = doc[i + 1].lower_ if i + 1 < len(doc) else ""
            if word in {",", "and"} and follows in NEW_STATEMENT:
                return False
            past_comma = past_comma or word == ","
            if word in NEGATORS and follows not in UNSURE_AFTER_NOT and not (i and follows in {",", ";"}):
                # "no cancer, diabetes or pregnancy" is a list; "not pregnant, healthy, with alopecia" ends at the comma.
                return word in LISTING or not past_comma
            i, reach = i - 1, reach - 1
        return False

    def _about_someone_else(self, span: Span) -> bool:
        start, _ = self._clause(span)
        for i in range(span.start - 1, start - 1, -1):
            word = span.doc[i].lower_
            # "my dad was bald too, it's genetic" is about both.
            if word in SPEAKER or word == "me" or word == "," and span.doc[i + 1].lower_ in NEW_STATEMENT:
                return False
            if word in OTHERS:
                return True
        return False

    def _is_past(self, span: Span) -> bool:
        start, end = self._clause(span)
        clause = span.doc[start:end].text.lower()
        return bool(PAST.search(clause)) and not STILL_THERE.search(clause)
