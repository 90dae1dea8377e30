"""Recognises messages in other languages, if the assistant has a reply for that language."""

from __future__ import annotations

import re
from collections import Counter

import yaml

from runtime.paths import UNDERSTANDING_DATA

LANGUAGES = yaml.safe_load((UNDERSTANDING_DATA / "languages.yml").read_text(encoding="utf-8"))
SCRIPTS = {language: re.compile(pattern.encode().decode("unicode_escape")) for language, pattern in LANGUAGES["scripts"].items()}
WORDS = {language: set(map(str, words)) for language, words in LANGUAGES["words"].items()}
ENGLISH = "en"
MIN_WORDS = 2


def foreign_language(text: str) -> str | None:
    """Returns the language code of `text`, or None if it is English or we cannot tell."""
    return _by_script(text) or _by_words(re.findall(r"\w+", text.lower()))


def _by_script(text: str) -> str | None:
    return next((language for language, script in SCRIPTS.items() if script.search(text)), None)


def _by_words(words: list[str]) -> str | None:
    counts = Counter({language: sum(word in known for word in words) for language, known in WORDS.items()})
    best, count = counts.most_common(1)[0]
    if best == ENGLISH or count < MIN_WORDS or count <= counts[ENGLISH]:
        return None
    # At least half the words must match: "la fin is no good de facto" is still English.
    return best if count * 2 >= len(words) else None
