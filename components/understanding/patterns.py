"""Makes regular expressions out of lists of phrases."""

from __future__ import annotations

from collections.abc import Iterable


def alternatives(phrases: Iterable[str]) -> str:
    """Returns one regular expression for any of several."""
    return "|".join(f"(?:{phrase})" for phrase in phrases)
