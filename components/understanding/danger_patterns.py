"""Finds danger by wording alone, with the patterns in data/understanding/danger.yml. The top of that file explains them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from re import Pattern

import yaml

from components.intents import CRISIS
from components.understanding import normalise
from runtime.paths import UNDERSTANDING_DATA

PATTERNS = UNDERSTANDING_DATA / "danger.yml"
# Sentences end at a full stop, not at a comma: "i can't breathe, my lips are swelling" is one report.
SENTENCE_END = re.compile(r"[.!?;\n]+")
NEVER = r"(?!)"


@dataclass(frozen=True)
class Danger:
    """What the patterns found: the intent, and the kind, which selects the wording of the reply."""

    intent: str
    kind: str


class DangerPatterns:
    """The patterns, compiled once. The first intent and kind in the file that match win."""

    def __init__(self, path: Path = PATTERNS) -> None:
        """Reads the patterns.

        Raises:
            ValueError: a pattern is not a valid regular expression; the message names it.
        """
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        self._figurative = _compile("figurative", content["figurative"])
        self._denied = _compile("denied", content["denied"])
        self._hypothetical = _compile("hypothetical", [content["hypothetical"]])
        self._alarms = _by_kind(content["intents"], "alarm")
        self._words = _by_kind(content["intents"], "words")

    def find(self, text: str) -> Danger | None:
        """Returns the most serious danger that `text` states, or None. Reads the whole text."""
        plain = self._denied.sub(" ", self._figurative.sub(" ", normalise.for_danger(text)))
        stated = " . ".join(sentence for sentence in SENTENCE_END.split(plain) if not self._hypothetical.search(sentence))
        for intent, kinds in self._alarms.items():
            # A crisis counts however it is worded; the other reports must be statements.
            kind = _first_match(kinds, plain if intent == CRISIS else stated)
            if kind:
                return Danger(intent, kind)
        return None

    def is_harmless(self, text: str) -> bool:
        """Whether `text` uses a figure of speech that only sounds like danger, or says that a symptom is absent."""
        plain = normalise.for_danger(text)
        return bool(self._figurative.search(plain) or self._denied.search(plain))

    def kind(self, intent: str, text: str) -> str | None:
        """Returns the kind of `intent` that the words of `text` suggest, or None for the general reply."""
        return _first_match(self._words[intent], normalise.for_danger(text))


def _by_kind(intents: dict[str, dict[str, dict[str, list[str]]]], strength: str) -> dict[str, dict[str, Pattern[str]]]:
    return {
        intent: {kind: _compile(kind, patterns[strength]) for kind, patterns in kinds.items()}
        for intent, kinds in intents.items()
    }


def _compile(name: str, patterns: list[str]) -> Pattern[str]:
    try:
        return re.compile("|".join(f"(?:{pattern})" for pattern in patterns or [NEVER]))
    except re.error as error:
        raise ValueError(f"data/understanding/danger.yml, {name}: {error}") from error


def _first_match(kinds: dict[str, Pattern[str]], plain: str) -> str | None:
    return next((kind for kind, pattern in kinds.items() if pattern.search(plain)), None)
