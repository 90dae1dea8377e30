"""Finds the phrases of data/understanding/entities.yml and the names of concepts in a text (`mention_roles`: what is meant)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

import spacy
from rapidfuzz import process
from rapidfuzz.distance import OSA
from spacy.matcher import Matcher
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from components.understanding.concepts import CONCEPT, CONCEPTS, PAST
from runtime.data_files import read_yaml
from runtime.paths import UNDERSTANDING_DATA

LEXICON = UNDERSTANDING_DATA / "entities.yml"
REPLY = "reply"  # the entity of "yes", "no", "not sure" and the like
# spaCy strips characters off a word one by one and rereads the rest each time, so we cut very long words into pieces.
OVERLONG_WORD = re.compile(r"\S{100}(?=\S)")
ALONE, OVER = "alone", "over"  # labels of the names that count only by themselves, and of those that say that it is over
NUMBER = "#"  # in such a name, any number
SPEAKER = {"i", "i'm", "im", "am", "'m", "m"}  # "I'm 12 weeks" still stands by itself
MIN_SLIP_LENGTH, MIN_TWO_SLIPS_LENGTH = 5, 10  # minimum letters in a word to correct one typo, or two
MIN_NAME_LENGTH = 7  # minimum letters in a name of one word to be corrected without being on the list of corrected words


@dataclass(frozen=True)
class Phrase:
    """A phrase from the lexicon, found in a text.

    Attributes:
        entity: what it is about, e.g. `hair_loss_stage`, or `concept` for the name of a medicine, a condition or a treatment.
        value: one of the values of that entity, e.g. `early`, or the id of the concept.
        span: its words in the whole text, in lower case and with typos corrected.
        start: index of its first character in the text as typed.
        end: index after its last character.
        status: `past` if the name itself says that it is over.
    """

    entity: str
    value: str
    span: Span
    start: int
    end: int
    status: str | None = None

    @property
    def concept(self) -> str | None:
        return self.value if self.entity == CONCEPT else None


class Lexicon:
    """Reads the file once. After that, `find` takes a few dictionary look-ups per word."""

    def __init__(self, path: Path = LEXICON) -> None:
        self._nlp = spacy.blank("en")
        # By its words, in lower case, the labels of a phrase. spaCy's PhraseMatcher takes ten times as long to set up.
        self._phrases: dict[tuple[str, ...], list[str]] = defaultdict(list)
        self._longest: dict[str, int] = defaultdict(int)  # by first word, how many words a phrase has at most
        self._alone = Matcher(self._nlp.vocab)
        self._words: set[str] = set()  # that phrases are made of
        content = read_yaml(path)
        for name, concept in CONCEPTS.items():
            self._add(f"{CONCEPT}/{name}", concept.names)
            self._add(f"{OVER}/{name}", concept.past_names)
            if concept.alone:
                self._alone.add(f"{ALONE}/{name}", [[*map(_token_pattern, words.split())] for words in concept.alone])
        for entity, values in content["phrases"].items():
            for value, phrases in values.items():
                self._add(f"{entity}/{value}", map(str, phrases))
        self._mended_words = _mended_words(content["mended"], set(content["never_mended"]))

    def _add(self, label: str, phrases: Iterable[str]) -> None:
        for words in {self._words_of(text) for phrase in phrases for text in (phrase, f"{phrase}s")}:
            self._phrases[words].append(label)
            self._longest[words[0]] = max(self._longest[words[0]], len(words))
            self._words.update(words)

    def _words_of(self, phrase: str) -> tuple[str, ...]:
        """Returns a phrase as spaCy splits it. It never splits a word of letters, except for a few such as "cannot"."""
        words = phrase.lower().split(" ")
        if all(word.isalpha() and word not in self._nlp.Defaults.tokenizer_exceptions for word in words):
            return tuple(words)
        return tuple(token.lower_ for token in self._nlp.make_doc(phrase))

    def find(self, text: str, open_question: str | None = None) -> list[Phrase]:
        """Returns the phrases in `text`, in order. One phrase may be of two entities: "autoimmune" is an illness and a group."""
        typed = self._tokenise(text)
        mended = [self.mend(token.lower_) for token in typed]
        doc = Doc(typed.vocab, words=mended, spaces=[bool(token.whitespace_) for token in typed])
        alone = [span for span in self._alone(doc, as_spans=True) if _counts_alone(span, open_question)]
        spans = sorted(_longest([*self._named(doc), *alone]), key=lambda span: span.start)
        phrases = [_phrase(span, typed) for span in spans]
        named = words_named(phrases)
        # The "no" in "no health problems" is not a reply by itself.
        return [phrase for phrase in phrases if phrase.entity != REPLY or not named & _words(phrase)]

    def _named(self, doc: Doc) -> Iterator[Span]:
        """Yields every phrase in `doc`, also those inside of longer ones."""
        words = [token.lower_ for token in doc]
        for start, word in enumerate(words):
            for end in range(start + 1, min(start + self._longest.get(word, 0), len(words)) + 1):
                for label in self._phrases.get(tuple(words[start:end]), ()):
                    yield Span(doc, start, end, label=label)

    def mend(self, word: str) -> str:
        """Returns the medical word that `word` is a typo of, or `word` itself."""
        if len(word) < MIN_SLIP_LENGTH or not word.isalpha() or word in self._words:
            return word
        max_slips = 2 if len(word) >= MIN_TWO_SLIPS_LENGTH else 1
        # The first letter is rarely the typo. Requiring it keeps other words out.
        alike = self._mended_words.get(word[0], [])
        found = process.extractOne(word, alike, scorer=OSA.distance, score_cutoff=max_slips)
        return found[0] if found else word

    def _tokenise(self, text: str) -> Doc:
        cuts = [overlong.end() for overlong in OVERLONG_WORD.finditer(text)]
        pieces = [self._nlp.make_doc(text[start:end]) for start, end in zip([0, *cuts], [*cuts, None], strict=True)]
        return Doc.from_docs(pieces, ensure_whitespace=False) if cuts else pieces[0]


def _mended_words(listed: Iterable[str], never: Set[str]) -> dict[str, list[str]]:
    """Returns the words that we understand with a typo, by their first letter."""
    names = {name for concept in CONCEPTS.values() for name in concept.names if name.isalpha() and len(name) >= MIN_NAME_LENGTH}
    words: dict[str, list[str]] = defaultdict(list)
    for word in sorted({*listed, *names} - never):
        words[word[0]].append(word)
    return words


def _token_pattern(word: str) -> dict[str, str | bool]:
    return {"LIKE_NUM": True} if word == NUMBER else {"LOWER": word}


def _counts_alone(span: Span, open_question: str | None) -> bool:
    """Whether a name that counts only by itself answers the open question: "healthy, 12 weeks"."""
    doc = span.doc
    words_before = [token.lower_ for token in doc[: span.start]]
    while words_before and words_before[-1] in SPEAKER:
        words_before.pop()
    begins = not words_before or not words_before[-1][-1:].isalnum()
    ends = span.end == len(doc) or doc[span.end].is_punct
    return begins and ends and open_question in CONCEPTS[_label(span)[1]].slots


def words_named(phrases: Iterable[Phrase]) -> set[int]:
    """Returns the indices of the words that name something. A bare "no" does not: before a list, it denies the list."""
    return {place for phrase in phrases if phrase.entity != REPLY for place in _words(phrase)}


def _words(phrase: Phrase) -> set[int]:
    return {token.i for token in phrase.span}


def _longest(spans: Sequence[Span]) -> list[Span]:
    """Keeps the longest of overlapping phrases about one thing, but all across things: "autoimmune" is an illness and a group."""
    groups: dict[str, list[Span]] = defaultdict(list)
    for span in spans:
        for group in _groups(span):
            groups[group].append(span)
    longest = {group: {(span.start, span.end) for span in filter_spans(overlapping)} for group, overlapping in groups.items()}
    return [span for span in spans if all((span.start, span.end) in longest[group] for group in _groups(span))]


def _groups(span: Span) -> set[str]:
    """Returns what a phrase competes for: the name of a concept with other concepts, and for each slot that follows."""
    entity, value = _label(span)
    return {entity, *CONCEPTS[value].slots} if entity == CONCEPT else {entity}


def _label(span: Span) -> tuple[str, str]:
    entity, value = span.label_.split("/")
    return (CONCEPT if entity in (ALONE, OVER) else entity), value


def _phrase(span: Span, typed: Doc) -> Phrase:
    entity, value = _label(span)
    last = typed[span.end - 1]
    status = PAST if span.label_.startswith(f"{OVER}/") else None
    return Phrase(entity, value, span, typed[span.start].idx, last.idx + len(last), status)
