"""Recognises a message that is not in English, for the languages that the assistant has a line for."""

from __future__ import annotations

import re

import yaml

from runtime.paths import UNDERSTANDING_DATA

LANGUAGES = yaml.safe_load((UNDERSTANDING_DATA / "languages.yml").read_text(encoding="utf-8"))
SCRIPTS = {language: re.compile(pattern.encode().decode("unicode_escape")) for language, pattern in LANGUAGES["scripts"].items()}
WORDS = {language: set(map(str, words)) for language, words in LANGUAGES["words"].items()}
ENGLISH = "en"
FEWEST_WORDS = 2


def foreign_language(text: str) -> str | None:
    """Returns the code of the language of `text`, or None for English and for what cannot be told."""
    for language, script in SCRIPTS.items():
        if script.search(text):
            return language
    words = re.findall(r"\w+", text.lower())
    counts = {language: sum(word in known for word in words) for language, known in WORDS.items()}
    best = max(counts, key=lambda language: counts[language])
    if best == ENGLISH or counts[best] < FEWEST_WORDS or counts[best] <= counts[ENGLISH]:
        return None
    # Most of the words must be known: "la fin is no good de facto" is still English.
    return best if counts[best] * 2 >= len(words) else None
