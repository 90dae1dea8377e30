"""Cleans what a visitor wrote."""

from __future__ import annotations

import unicodedata

KEPT_CONTROLS = "\n\t"
DIRECTION_MARKS = ("LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI")  # Unicode's bidirectional classes


def clean(text: str) -> str:
    """Returns `text` in NFC, without lone surrogates, control characters, direction marks or surrounding whitespace."""
    text = unicodedata.normalize("NFC", text.encode("utf-8", "ignore").decode("utf-8").replace("\r", "\n"))
    return "".join(character for character in text if _is_kept(character)).strip()


def is_direction_mark(character: str) -> bool:
    """Whether `character` changes the text direction, which can make a text look different from what it says."""
    return unicodedata.bidirectional(character) in DIRECTION_MARKS


def _is_kept(character: str) -> bool:
    if character in KEPT_CONTROLS:
        return True
    return unicodedata.category(character) not in ("Cc", "Cs") and not is_direction_mark(character)
