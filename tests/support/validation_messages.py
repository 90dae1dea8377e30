"""Reads the messages in tests/understanding/nlu/, by voices that wrote no training data, with what they mean.

`voices.yml` there says how each file's voices write. The real messages come from the folder in the variable REAL_MESSAGES, by
default ../shared/real_messages.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from components.intents import ALARMING, FALLBACK, OUT_OF_SCOPE, REACTION
from runtime.paths import ROOT

FOLDER = ROOT / "tests" / "understanding" / "nlu"
VALIDATION = sorted(FOLDER.glob("*.tsv"))
REAL_MESSAGES = Path(os.environ.get("REAL_MESSAGES", ROOT.parent / "shared" / "real_messages"))
REAL, CLINC = "real_messages", "clinc150"  # the two voices that come from there
REFUSED = {OUT_OF_SCOPE, FALLBACK}
ENGLISH = "en"


@dataclass(frozen=True)
class ValidationMessage:
    """One message, and what it means.

    Attributes:
        voice: the name of its file.
        text: the message.
        intents: every intent that a careful reader can defend, the best first.
        kind: the kind of danger, if the writer named one.
        language: its language code.
    """

    voice: str
    text: str
    intents: tuple[str, ...]
    kind: str = ""
    language: str = ENGLISH

    @property
    def is_in_scope(self) -> bool:
        return self.intents[0] != OUT_OF_SCOPE

    @property
    def is_alarming(self) -> bool:
        return self.intents[0] in ALARMING

    @property
    def is_harmless(self) -> bool:
        """Whether an alarm would be false. A reaction may well be taken for an emergency."""
        return not set(self.intents) & {*ALARMING, REACTION}

    def is_right(self, taken: str) -> bool:
        """Whether `taken` is one of its intents. What is out of scope may also be not understood."""
        return taken in self.intents or not self.is_in_scope and taken in REFUSED


@cache
def styles() -> dict[str, str]:
    """Returns how each file's voices write: careful or sloppy."""
    voices = yaml.safe_load((FOLDER / "voices.yml").read_text(encoding="utf-8"))
    return {name: voice["style"] for name, voice in voices.items()}


def messages(path: Path) -> list[ValidationMessage]:
    """Returns the messages of a file. Its columns are the intents, the text and, if need be, the kind and the language."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return [ValidationMessage(path.stem, text, tuple(intents.split("|")), *more) for intents, text, *more in rows]


def all_messages() -> list[ValidationMessage]:
    """Returns all messages of all files."""
    return [message for path in VALIDATION for message in messages(path)]


def real_messages() -> list[ValidationMessage]:
    """Returns the messages that real people typed, and the sample of CLINC150's messages that are out of scope.

    Raises:
        FileNotFoundError: the folder is not there; the message says what to set.
    """
    if not REAL_MESSAGES.is_dir():
        raise FileNotFoundError(f"{REAL_MESSAGES} is missing. Set REAL_MESSAGES=… to the folder with the real messages.")
    rows = [json.loads(line) for line in (REAL_MESSAGES / "messages.jsonl").read_text(encoding="utf-8").splitlines()]
    outside = (REAL_MESSAGES / "clinc150_out_of_scope.txt").read_text(encoding="utf-8").splitlines()
    return [
        *(ValidationMessage(REAL, row["text"], tuple(row["topics"])) for row in rows),
        *(ValidationMessage(CLINC, text, (OUT_OF_SCOPE,)) for text in outside if text),
    ]


def percent(results: Sequence[bool]) -> float:
    """Returns the percentage of `results` that are true, or NaN if there are none."""
    return 100 * sum(results) / len(results) if results else float("nan")
