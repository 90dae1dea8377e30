"""Splits texts into n-grams for classifiers: parts of words, words, and pairs of words."""

from __future__ import annotations

import re

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
