"""Splits texts into n-grams for classifiers (parts of words, words, and pairs of words), and counts them. Needs numpy alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from components.understanding.arrays import Array, Indices

Grams = Sequence[str]
_VOWELS = str.maketrans("", "", "aeiouy")
_DOUBLED = re.compile(r"(\w)\1+")
_WORD = re.compile(r"\w+")


def word_ngrams(text: str) -> list[str]:
    # Drop what misspellings change most: vowels after the first letter, and doubled letters.
    words = [word[0] + word[1:].translate(_VOWELS) for word in _WORD.findall(_DOUBLED.sub(r"\1", text))]
    return words + [f"{first} {second}" for first, second in zip(words, words[1:], strict=False)]


def character_ngrams(text: str) -> list[str]:
    grams: list[str] = []
    for word in text.split():
        padded = f" {word} "
        for size in (3, 4):
            grams += [padded[start : start + size] for start in range(max(1, len(padded) - size + 1))]
    return grams


class NGrams:
    """The n-grams seen in training, each with its inverse document frequency.

    Attributes:
        vocabulary: the column of each n-gram.
        idf: the inverse document frequencies, by column.
    """

    def __init__(self, vocabulary: Sequence[str], idf: Array) -> None:
        self.vocabulary = {gram: column for column, gram in enumerate(vocabulary)}
        self.idf = idf

    @classmethod
    def of_texts(cls, texts: Sequence[Grams], min_texts: int) -> NGrams:
        """Learns which n-grams at least `min_texts` of the texts have. The most frequent come first."""
        counts = Counter(gram for grams in texts for gram in set(grams))
        kept = sorted((gram for gram, count in counts.items() if count >= min_texts), key=lambda gram: (-counts[gram], gram))
        return cls(kept, np.array([np.log((1 + len(texts)) / (1 + counts[gram])) + 1 for gram in kept], np.float32))

    def row(self, grams: Grams) -> tuple[Indices, Array]:
        """Returns the columns of a text's n-grams, and their values, of unit length together."""
        find = self.vocabulary.get
        columns = np.array(sorted({column for gram in grams if (column := find(gram)) is not None}), np.int64)
        values = self.idf[columns]
        length = np.sqrt(values @ values)
        return columns, values / length if length else values
