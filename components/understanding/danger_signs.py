"""Reads the signs of danger from data/understanding/danger/. The top of shared.yml there explains the format."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components.intents import DANGERS
from runtime.data_files import read_yaml
from runtime.paths import UNDERSTANDING_DATA

FOLDER = UNDERSTANDING_DATA / "danger"
SHARED = "shared"
FRAGMENT = re.compile(r"\{([a-z_]+)\}")
URGENCIES = ("today", "soon")
Pattern = str | list[str]  # one expression; the lines of a list are joined by |, and a bracket may span several of them
Example = str | list[str]  # a message, or several in a row
# PyYAML's own loader takes ten times as long. Not every package comes with the one in C.


@dataclass(frozen=True)
class Sign:
    """One sign of danger: a regular expression without fragments, and the messages that show what it finds and leaves."""

    name: str
    pattern: str
    needs: str | None = None  # must be in the message too
    recalls: bool = False  # what it needs may also be in one of the two messages before
    unspaced: bool = False  # looks in the message without its spaces
    language: str = "en"
    found: list[Example] = field(default_factory=list)
    left: list[Example] = field(default_factory=list)


@dataclass(frozen=True)
class Kind:
    """One kind of an intent. It selects the wording of the reply."""

    signs: list[Sign]
    words: str | None = None  # selects the kind of a danger that only the classifier found
    urgency: str | None = None  # of a reaction: one of URGENCIES
    yields: bool = False  # counts only if the rest of the message holds no other kind


@dataclass(frozen=True)
class Signs:
    """All the signs. `intents` has the most serious intent first, and its kinds in the order of the file."""

    figurative: list[Sign]
    denied: list[Sign]
    hypothetical: list[Sign]
    past: list[Sign]
    happening: list[Sign]
    present: list[Sign]
    expected: list[Sign]
    worse: list[Sign]
    intents: dict[str, dict[str, Kind]]


def read(folder: Path = FOLDER) -> Signs:
    """Reads one file for each danger, and what they share.

    Raises:
        ValueError: a pattern names an unknown fragment; the message names the sign.
    """
    shared = _load(folder / f"{SHARED}.yml")
    fragments = _fragments(SHARED, shared.pop("fragments"), {})
    sections = {name: _signs(f"{SHARED}: {name}", signs, fragments) for name, signs in shared.items()}
    return Signs(**sections, intents={intent: _kinds(folder, intent, fragments) for intent in DANGERS})


def _load(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = read_yaml(path)
    return content


def _fragments(where: str, own: Mapping[str, Pattern], shared: Mapping[str, str]) -> dict[str, str]:
    """Returns the shared fragments and the file's own, in which a fragment may use those before it."""
    fragments = dict(shared)
    for name, pattern in own.items():
        fragments[name] = f"(?:{_expand(f'{where}: {name}', pattern, fragments)})"
    return fragments


def _kinds(folder: Path, intent: str, shared: Mapping[str, str]) -> dict[str, Kind]:
    content = _load(folder / f"{intent}.yml")
    fragments = _fragments(intent, content.pop("fragments", {}), shared)
    return {name: _kind(f"{intent}: {name}", kind, fragments) for name, kind in content.items()}


def _kind(where: str, kind: Mapping[str, Any], fragments: Mapping[str, str]) -> Kind:
    fields = {**kind, "signs": _signs(where, kind.get("signs", {}), fragments)}
    if "words" in fields:
        fields["words"] = _expand(f"{where}: words", fields["words"], fragments)
    return Kind(**fields)


def _signs(where: str, signs: Mapping[str, Mapping[str, Any]], fragments: Mapping[str, str]) -> list[Sign]:
    return [_sign(f"{where}: {name}", name, sign, fragments) for name, sign in signs.items()]


def _sign(where: str, name: str, sign: Mapping[str, Any], fragments: Mapping[str, str]) -> Sign:
    patterns = {key: _expand(where, sign[key], fragments) for key in ("pattern", "needs") if key in sign}
    return Sign(name, **{**sign, **patterns})


def _expand(where: str, pattern: Pattern, fragments: Mapping[str, str]) -> str:
    """Returns one expression, with the fragments in place of their names."""
    pattern = unicodedata.normalize("NFKC", pattern if isinstance(pattern, str) else "|".join(pattern))
    try:
        return FRAGMENT.sub(lambda name: fragments[name.group(1)], pattern)
    except KeyError as error:
        raise ValueError(f"data/understanding/danger/, {where}: the fragment {error} is unknown.") from error
