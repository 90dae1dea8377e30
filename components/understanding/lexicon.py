"""Finds the phrases of data/understanding/entities.yml in a text. `context` works out how each one is meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import spacy
import yaml
from rapidfuzz import process
from rapidfuzz.distance import OSA
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from runtime.paths import UNDERSTANDING_DATA

LEXICON = UNDERSTANDING_DATA / "entities.yml"
REPLY = "reply"  # the entity of "yes", "no", "not sure" and the like
# spaCy strips characters off a word one by one and rereads the rest each time, so we cut very long words into pieces.
OVERLONG_WORD = re.compile(r"\S{100}(?=\S)")
MIN_SLIP_LENGTH, MIN_TWO_SLIPS_LENGTH = 5, 10  # minimum letters in a word to correct one typo, or two


@dataclass(frozen=True)
class Phrase:
    """A phrase from the lexicon, found in a text.

    Attributes:
        entity: what it is about, e.g. `health_flags`.
        value: one of the values of that entity, e.g. `past_cancer`.
        span: its words in the whole text, in lower case and with typos corrected.
        start: index of its first character in the text as typed.
        end: index after its last character.
    """

    entity: str
    value: str
    span: Span
    start: int
    end: int


class Lexicon:
    """Reads the file once. After that, `find` takes a few dictionary look-ups per word."""

    def __init__(self, path: Path = LEXICON) -> None:
        self._nlp = spacy.blank("en")
        self._phrases = PhraseMatcher(self._nlp.vocab, attr="LOWER")
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for entity, values in content["phrases"].items():
            for value, phrases in values.items():
                texts = {str(phrase) for phrase in phrases} | {f"{phrase}s" for phrase in phrases}
                self._phrases.add(f"{entity}/{value}", [self._nlp.make_doc(text) for text in sorted(texts)])
        self._mended_words: list[str] = content["mended"]

    def find(self, text: str) -> list[Phrase]:
        """Returns the phrases in `text`, in order. A phrase may have two values: Morr-F is minoxidil and finasteride."""
        typed = self._tokenise(text)
        mended = [self.mend(token.lower_) for token in typed]
        doc = Doc(typed.vocab, words=mended, spaces=[bool(token.whitespace_) for token in typed])
        spans = sorted(_longest(self._phrases(doc, as_spans=True)), key=lambda span: span.start)
        phrases = [_phrase(span, typed) for span in spans]
        named = words_named(phrases)
        # The "no" in "no health problems" is not a reply by itself.
        return [phrase for phrase in phrases if phrase.entity != REPLY or not named & _words(phrase)]

    def mend(self, word: str) -> str:
        """Returns the medical word that `word` is a typo of, or `word` itself."""
        if len(word) < MIN_SLIP_LENGTH or not word.isalpha():
            return word
        max_slips = 2 if len(word) >= MIN_TWO_SLIPS_LENGTH else 1
        found = process.extractOne(word, self._mended_words, scorer=OSA.distance, score_cutoff=max_slips)
        # The first letter is rarely the typo. Requiring it keeps other words out.
        return found[0] if found and found[0][0] == word[0] and found[0] + "s" != word else word

    def _tokenise(self, text: str) -> Doc:
        cuts = [overlong.end() for overlong in OVERLONG_WORD.finditer(text)]
        pieces = [self._nlp.make_doc(text[start:end]) for start, end in zip([0, *cuts], [*cuts, None], strict=True)]
        return Doc.from_docs(pieces, ensure_whitespace=False) if cuts else pieces[0]


def words_named(phrases: Iterable[Phrase]) -> set[int]:
    """Returns the indices of the words that name something. A bare "no" does not: before a list, it denies the list."""
    return {place for phrase in phrases if phrase.entity != REPLY for place in _words(phrase)}


def _words(phrase: Phrase) -> set[int]:
    return {token.i for token in phrase.span}


def _longest(spans: Iterable[Span]) -> list[Span]:
    """Keeps the longest of overlapping phrases per entity, but both across entities: "autoimmune" is an illness and a group."""
    by_entity: dict[str, list[Span]] = {}
    for span in spans:
        by_entity.setdefault(_entity(span), []).append(span)
    longest = {(entity, span.start, span.end) for entity, group in by_entity.items() for span in filter_spans(group)}
    return [span for entity, group in by_entity.items() for span in group if (entity, span.start, span.end) in longest]


def _entity(span: Span) -> str:
    return span.label_.split("/")[0]


def _phrase(span: Span, typed: Doc) -> Phrase:
    entity, value = span.label_.split("/")
    last = typed[span.end - 1]
    return Phrase(entity, value, span, typed[span.start].idx, last.idx + len(last))
