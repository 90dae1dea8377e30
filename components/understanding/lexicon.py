"""Finds the phrases of data/understanding/entities.yml and the names of concepts in a text (`mention_roles`: what is meant)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import spacy
from rapidfuzz import process
from rapidfuzz.distance import OSA
from spacy.matcher import Matcher
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from components.understanding import concepts
from components.understanding.concepts import CONCEPT, CONCEPTS, PAST
from components.understanding.concepts import FOLDER as CONCEPT_FILES
from runtime.data_files import read_yaml
from runtime.paths import UNDERSTANDING_DATA
from runtime.prepared import prepared

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


class Names(NamedTuple):
    """The phrases of the file and the names of concepts, as spaCy splits them.

    Attributes:
        labels: what a phrase is, by its words in lower case. spaCy's PhraseMatcher takes ten times as long to set up.
        max_lengths: how many words a phrase has at most, by its first word.
        words: those that phrases are made of.
        corrected: those that we understand with a typo, by their first letter.
    """

    labels: dict[tuple[str, ...], list[str]]
    max_lengths: dict[str, int]
    words: set[str]
    corrected: dict[str, list[str]]


class Lexicon:
    """Reads the file once. After that, `find` takes a few dictionary look-ups per word."""

    def __init__(self, path: Path = LEXICON) -> None:
        self._nlp = spacy.blank("en")
        made_from = [
            Path(__file__),
            Path(concepts.__file__),
            Path(spacy.about.__file__),
            *sorted(CONCEPT_FILES.glob("*.yml")),
            path,
        ]
        self._names = prepared("names", made_from, lambda: self._read(path))
        self._alone = Matcher(self._nlp.vocab)
        for name, concept in CONCEPTS.items():
            if concept.alone:
                self._alone.add(f"{ALONE}/{name}", [[*map(_token_pattern, words.split())] for words in concept.alone])

    def _read(self, path: Path) -> Names:
        content = read_yaml(path)
        phrases: dict[str, Iterable[str]] = {}
        for name, concept in CONCEPTS.items():
            phrases |= {f"{CONCEPT}/{name}": concept.names, f"{OVER}/{name}": concept.past_names}
        for entity, values in content["phrases"].items():
            phrases |= {f"{entity}/{value}": map(str, said) for value, said in values.items()}
        labels: dict[tuple[str, ...], list[str]] = {}
        max_lengths: dict[str, int] = {}
        for label, said in phrases.items():
            for words in {self._words_of(text) for phrase in said for text in (phrase, f"{phrase}s")}:
                labels.setdefault(words, []).append(label)
                max_lengths[words[0]] = max(max_lengths.get(words[0], 0), len(words))
        corrected = _typo_corrected_words(content["typo_corrected"], set(content["never_corrected"]))
        return Names(labels, max_lengths, {word for words in labels for word in words}, corrected)

    def _words_of(self, phrase: str) -> tuple[str, ...]:
        """Returns a phrase as spaCy splits it. It never splits a word of letters, except for a few such as "cannot"."""
        words = phrase.lower().split(" ")
        if all(word.isalpha() and word not in self._nlp.Defaults.tokenizer_exceptions for word in words):
            return tuple(words)
        return tuple(token.lower_ for token in self._nlp.make_doc(phrase))

    def find(self, text: str, open_question: str | None = None) -> list[Phrase]:
        """Returns the phrases in `text`, in order. One phrase may be of two entities: "autoimmune" is an illness and a group."""
        typed = self._tokenise(text)
        corrected = [self.correct_typo(token.lower_) for token in typed]
        doc = Doc(typed.vocab, words=corrected, spaces=[bool(token.whitespace_) for token in typed])
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
            for end in range(start + 1, min(start + self._names.max_lengths.get(word, 0), len(words)) + 1):
                for label in self._names.labels.get(tuple(words[start:end]), ()):
                    yield Span(doc, start, end, label=label)

    def correct_typo(self, word: str) -> str:
        """Returns the medical word that `word` is a typo of, or `word` itself."""
        if len(word) < MIN_SLIP_LENGTH or not word.isalpha() or word in self._names.words:
            return word
        max_slips = 2 if len(word) >= MIN_TWO_SLIPS_LENGTH else 1
        # The first letter is rarely the typo. Requiring it keeps other words out.
        alike = self._names.corrected.get(word[0], [])
        found = process.extractOne(word, alike, scorer=OSA.distance, score_cutoff=max_slips)
        return found[0] if found else word

    def _tokenise(self, text: str) -> Doc:
        cuts = [overlong.end() for overlong in OVERLONG_WORD.finditer(text)]
        pieces = [self._nlp.make_doc(text[start:end]) for start, end in zip([0, *cuts], [*cuts, None], strict=True)]
        return Doc.from_docs(pieces, ensure_whitespace=False) if cuts else pieces[0]


def _typo_corrected_words(listed: Iterable[str], never: Set[str]) -> dict[str, list[str]]:
    names = {name for concept in CONCEPTS.values() for name in concept.names if name.isalpha() and len(name) >= MIN_NAME_LENGTH}
    words: dict[str, list[str]] = defaultdict(list)
    for word in sorted({*listed, *names} - never):
        words[word[0]].append(word)
    return dict(words)


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
