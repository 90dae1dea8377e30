"""Reads whether a thing that a text names applies: now, no longer, not at all, perhaps, only planned, or only asked about.

The rules (`mention_roles`, `mention_statuses`) know the words that we thought of. This reader has learned from sentences by many
kinds of people (data/understanding/statements/): from the words around the name, and from what the rules say. It is a ridge
regression, which needs numpy alone, so a server can train it, too. Training writes it down (`runtime/prepared.py`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from actions.questionnaire import LISTS
from components.understanding import normalise
from components.understanding.arrays import Array, Indices
from components.understanding.concepts import CONSIDERED, NOW, PAST, POSSIBLE
from components.understanding.languages import ENGLISH
from components.understanding.ngrams import Grams, NGrams, character_ngrams, word_ngrams
from runtime.data_files import read_yaml
from runtime.paths import ROOT, UNDERSTANDING_DATA

ANSWERS = ROOT / "data" / "nlu" / "answers.yml"
STATEMENTS, FRAMES = UNDERSTANDING_DATA / "statements", UNDERSTANDING_DATA / "frames.yml"
NAMES = {"illness": "lupus", "medicine": "warfarin", "treatment": "prp", "any": "lupus"}  # for frames, by what fits them
DENIED, ASKED = "denied", "asked"
READINGS = (NOW, PAST, DENIED, POSSIBLE, CONSIDERED, ASKED)
NAME = "it"  # stands in the place of every name
WORD = re.compile(r"\w+(?:'\w+)?|[?.,;!]")
MAX_NEAR = 7  # words next to the name
MAX_PLACED = 3  # of these, words whose place counts, too
MIN_TEXTS = 2  # A feature counts if that many texts have it.
RIDGE = 0.2
# By how much a reading must be likelier than that of the rules, because the wrong one may take a risk away. The rules know lists,
# and a gloss has fewer words.
LEAD, LEAD_OF_NOW, LEAD_IN_GLOSS = 0.2, 0.6, 0.4

Features = tuple[Grams, ...]  # in groups of equal weight


class Sentence(NamedTuple):
    """A sentence to learn from: what it says of the thing with this name, one of `READINGS`."""

    reading: str
    text: str
    name: str


class Surroundings(NamedTuple):
    """What stands around the name of a thing.

    Attributes:
        before: the text before it, with `NAME` for other names.
        after: the text after it, likewise.
        rule: what the rules say about it: a role, a trigger of `mention_statuses`, or `now`.
        holder: whose it is, by the rules.
    """

    before: str
    after: str
    rule: str
    holder: str | None

    @property
    def is_empty(self) -> bool:
        return not WORD.search(self.before) and not WORD.search(self.after)


class Statement(NamedTuple):
    """A thing in a sentence to learn from, and how it is meant: one of `READINGS`."""

    surroundings: Surroundings
    reading: str


class StatusReader:
    """Learned weights of features."""

    def __init__(self, statements: Sequence[Statement], lead: float = LEAD) -> None:
        """Learns from `statements`, in a few seconds. `lead` is what a reading needs over that of the rules."""
        self._lead = lead
        texts = [_features(statement.surroundings) for statement in statements]
        self._groups = [NGrams.of_texts(group, MIN_TEXTS) for group in zip(*texts, strict=True)]
        rows = np.zeros((len(texts), sum(len(group.idf) for group in self._groups)), np.float32)
        for row, features in zip(rows, texts, strict=True):
            columns, values = self._row(features)
            row[columns] = values
        targets = np.array([[statement.reading == reading for reading in READINGS] for statement in statements], np.float32)
        alike = rows @ rows.T + np.float32(1)  # the one is the bias
        alike[np.diag_indices(len(alike))] += np.float32(RIDGE)
        solution = np.linalg.solve(alike, targets)
        self._weights, self._bias = rows.T @ solution, solution.sum(axis=0)

    def read(self, surroundings: Surroundings, by_rules: Collection[str]) -> str | None:
        """Returns the reading that is clearly more likely than those `by_rules`, or None if there is none."""
        if surroundings.is_empty:
            return None
        columns, values = self._row(_features(surroundings))
        scores = dict(zip(READINGS, values @ self._weights[columns] + self._bias, strict=True))
        best = max(scores, key=lambda reading: scores[reading])
        lead = scores[best] - max(scores[reading] for reading in by_rules)
        return best if lead > (LEAD_OF_NOW if best == NOW else self._lead) else None

    def _row(self, features: Features) -> tuple[Indices, Array]:
        """Returns the columns of one text's features, and their values; those of a group are of unit length together."""
        rows = [group.row(grams) for group, grams in zip(self._groups, features, strict=True)]
        starts = np.cumsum([0, *(len(group.idf) for group in self._groups[:-1])])
        columns = [start + group for start, (group, _) in zip(starts, rows, strict=True)]
        return np.concatenate(columns), np.concatenate([values for _, values in rows])


def read_sentences(language: str) -> Iterator[Sentence]:
    """Yields the sentences of a language in data/understanding/statements/, and of English also those of frames.yml."""
    for file in sorted((STATEMENTS / language).glob("*.yml")):
        for reading, by_holder in read_yaml(file).items():
            yield from (_sentence(reading, text) for texts in by_holder.values() for text in texts)
    for reading, by_kind in read_yaml(FRAMES)["status"].items() if language == ENGLISH else ():
        for kind, frames in by_kind.items():
            yield from (_sentence(reading, frame.replace("{x}", f"[{NAMES[kind]}]")) for frame in frames)


class Answer(NamedTuple):
    """An answer to a question of the check, from data/nlu/answers.yml, and the values that a careful reader notes."""

    slot: str
    text: str
    values: Collection[str]


def read_answers() -> Iterator[Answer]:
    """Yields the answers to the two questions that may name several things."""
    for group in read_yaml(ANSWERS)["nlu"]:
        for example in group["examples"]:
            slot, reading = example["metadata"]["slot"], example["metadata"]["reading"]
            if slot in LISTS:
                yield Answer(slot, example["text"], reading.split(" + "))


def _sentence(reading: str, marked: str) -> Sentence:
    """Reads a sentence with brackets around the name of the thing."""
    before, name, after = re.split(r"[\[\]]", marked)
    return Sentence(reading, before + name + after, name)


def _features(surroundings: Surroundings) -> Features:
    before, after = WORD.findall(surroundings.before.lower()), WORD.findall(surroundings.after.lower())
    whole = normalise.for_classifier(f"{surroundings.before}{NAME}{surroundings.after}")
    said = [f"rule {surroundings.rule}", f"holder {surroundings.holder}"]
    return [*said, *_near("before", before[::-1]), *_near("after", after)], word_ngrams(whole), character_ngrams(whole)


def _near(side: str, words: Sequence[str]) -> Iterable[str]:
    """Yields the words on one side of the name, the nearest first: each, in pairs, and the nearest by their place."""
    near = words[:MAX_NEAR]
    yield from (f"{side} {word}" for word in near)
    yield from (f"{side} {first} {second}" for first, second in zip(near, near[1:], strict=False))
    yield from (f"{side} {place} {word}" for place, word in enumerate(near[:MAX_PLACED]))
