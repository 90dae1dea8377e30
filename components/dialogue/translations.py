"""The texts that we also have in other languages: danger, the reminders of it, and that we only answer in English."""

from __future__ import annotations

from functools import cache
from typing import Any, TypedDict

import yaml

from runtime.paths import RESPONSES


class Translation(TypedDict):
    """A file of `data/responses/languages/`."""

    language: str  # its name in that language
    reviewed: str  # date of the last change
    by: str  # the native clinician who has read it; empty: nobody yet
    words: dict[str, dict[str, str]]  # what placeholders say in that language in a country, instead of `data/countries.yml`
    texts: dict[str, list[TranslatedVariant]]


@cache
def translations() -> dict[str, Translation]:
    """Returns the translations, by language code."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    paths = sorted((RESPONSES / "languages").glob("*.yml"))
    return {path.stem: yaml.load(path.read_text(encoding="utf-8"), loader) for path in paths}
