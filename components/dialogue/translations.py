"""The responses in languages other than English.

A language that the assistant speaks has a folder, `data/responses/<code>/`, with every text. Each text comes with the
fingerprint of the English text that it translates, so `make check` notices a text that is missing or out of date. In the other
languages we only have what somebody in danger needs: one file each, `data/responses/danger_only/<code>.yml`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypedDict

from runtime.data_files import read_yaml
from runtime.paths import RESPONSES
from runtime.shapes import Button


class Variant(TypedDict, total=False):
    """One variant of a response in `data/responses/`. Without a `condition` it always applies."""

    text: str
    title: str  # only in other languages: that of the button that leads to the response; in English it is in `metadata`
    condition: list[dict[str, Any]]  # each has the `name` of a slot and the `value` it must have
    buttons: list[Button]
    metadata: dict[str, Any]


class Rendering(TypedDict, total=False):
    """A variant in a language that the assistant speaks."""

    of: str  # fingerprint of the English variant
    text: str
    title: str
    buttons: list[str]  # titles, in the order of the English ones
    unknown: str  # what we do not know, if the clinic has not told us


class Translation(TypedDict):
    """A file of `data/responses/danger_only/`."""

    language: str  # its name in that language
    reviewed: str  # date of the last change
    by: str  # the native clinician who has read it; empty: nobody yet
    words: dict[str, dict[str, str]]  # what placeholders say in that language in a country, instead of `data/countries.yml`
    texts: dict[str, list[Variant]]  # only text, condition and title; the rest is that of the English variant


@cache
def danger_translations() -> dict[str, Translation]:
    """Returns what we say about danger in the languages that the assistant does not speak, by language code."""
    return {path.stem: read_yaml(path) for path in sorted((RESPONSES / "danger_only").glob("*.yml"))}


def fingerprint(variant: Variant) -> str:
    """Returns eight hex digits that change with any word of a variant that a visitor may read."""
    words = [variant.get("text"), _words_in_metadata(variant), [button["title"] for button in variant.get("buttons", ())]]
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()[:8]


def rendered(responses: Mapping[str, Sequence[Variant]], language: str) -> dict[str, list[Variant]]:
    """Returns the responses in a language that the assistant speaks. A text that it lacks stays in English."""
    renderings = _renderings(language)
    return {
        name: [_in_other_words(variant, renderings.get((name, fingerprint(variant)), {})) for variant in variants]
        for name, variants in responses.items()
    }


def _words_in_metadata(variant: Variant) -> list[str]:
    metadata = variant.get("metadata", {})
    return [metadata[field] for field in ("title", "unknown") if field in metadata]


@cache
def _renderings(language: str) -> dict[tuple[str, str], Rendering]:
    files = map(read_yaml, sorted((RESPONSES / language).glob("*.yml")))
    texts = [(name, rendering) for file in files for name, renderings in file["texts"].items() for rendering in renderings]
    return {(name, rendering["of"]): rendering for name, rendering in texts}


def _in_other_words(variant: Variant, rendering: Rendering) -> Variant:
    words: dict[str, Any] = {field: rendering.get(field) for field in ("title", "unknown") if field in rendering}
    rendered: Variant = {**variant, "metadata": {**variant.get("metadata", {}), **words}}
    if "text" in rendering:
        rendered["text"] = rendering["text"]
    if "buttons" in variant and "buttons" in rendering:
        titled = zip(variant["buttons"], rendering["buttons"], strict=True)
        rendered["buttons"] = [{**button, "title": title} for button, title in titled]
    return rendered
