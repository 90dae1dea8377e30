"""Checks the languages that the assistant speaks besides English: every English text has a translation with the same parts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from commands.consistency.project import Entry, Project, listed
from commands.consistency.replies import PLACEHOLDER
from components.dialogue.translations import Variant, fingerprint
from components.understanding.languages import ENGLISH

WORDS = "data/words"
QUESTIONNAIRE = "data/check.yml"
# Visitors in the US need the English words to look for one, so whatever ends a turn has both.
DERMATOLOGIST = "board-certified dermatologist"
# The fields of data/countries.yml that are words in some countries, and not just numbers and addresses.
IN_WORDS = ("emergency_number", "crisis_line", "abuse_line", "poison_line", "report_line", "finder", "register")
ENDS_A_TURN = "data/responses/referral.yml"


def complete(project: Project) -> Iterator[str]:
    """Each English text has its translation, and each translation its English text."""
    for code in languages(project):
        for name, mark, path, _ in missing(project, code):
            yield f"{path} has no text of {name} ({mark}): `python -m commands.translate {code}` prints what to write."
        english = _by_fingerprint(project)
        for path, name, rendering in _renderings(project, code):
            if (name, rendering.get("of")) not in english:
                said = rendering.get("of")
                yield f"{path}: {name} renders a text that is no longer said ({said}): write it anew, or take it out."


def missing(project: Project, code: str) -> Iterator[tuple[str, str, str, Entry]]:
    """Yields each English text that a language lacks: its name, its fingerprint, the file it belongs in, and the text."""
    known = {(name, rendering.get("of")) for _, name, rendering in _renderings(project, code)}
    for (name, mark), (path, variant) in _by_fingerprint(project).items():
        if (name, mark) not in known:
            yield name, mark, path.replace("data/responses/", f"data/responses/{code}/"), variant


def faithful(project: Project) -> Iterator[str]:
    """A translation has the placeholders, paragraphs, titles and buttons of the English text."""
    english = _by_fingerprint(project)
    for code in languages(project):
        for path, name, rendering in _renderings(project, code):
            origin, variant = english.get((name, rendering.get("of", "")), ("", {}))
            if variant:
                for fault in _differences(rendering, variant, origin):
                    yield f"{path}: {name} ({rendering['of']}) {fault}"


def _differences(rendering: Entry, variant: Entry, origin: str) -> Iterator[str]:
    text, said = variant["text"].strip(), (rendering.get("text") or "").strip()
    if not said:
        yield "is empty: write it."
        return
    if sorted(PLACEHOLDER.findall(said)) != sorted(PLACEHOLDER.findall(text)):
        yield f"must have the placeholders {listed(sorted(PLACEHOLDER.findall(text)))} and no others."
    if _last_placeholder(said) != _last_placeholder(text):
        yield f"must end with {_last_placeholder(text) or 'words'}, as the English text does."
    if said.count("\n") != text.count("\n"):
        yield f"has {said.count(chr(10)) + 1} paragraphs instead of {text.count(chr(10)) + 1}."
    if origin == ENDS_A_TURN and DERMATOLOGIST in text and DERMATOLOGIST not in said:
        yield f"must also have the English words {DERMATOLOGIST}, in brackets."
    for field in ("title", "unknown"):
        if (field in variant.get("metadata", {})) != bool(rendering.get(field)):
            yield f"must have a {field} just as the English text does."
    if len(rendering.get("buttons", ())) != len(variant.get("buttons", ())):
        yield f"needs {len(variant.get('buttons', ()))} titles of buttons."


def _last_placeholder(text: str) -> str:
    found = re.search(r"(\{\w+\})[.!?)»\"]*$", text)
    return found[1] if found else ""


def words(project: Project) -> Iterator[str]:
    """Each language has every word that English has, for every answer of the check and every country."""
    english, fields = project.data(f"{WORDS}/{ENGLISH}.yml"), _fields(project)
    for code in languages(project):
        path, content = f"{WORDS}/{code}.yml", project.data(f"{WORDS}/{code}.yml")
        for place, wanted, found in (
            ("", _keys(english), _keys({key: content[key] for key in content if key not in ("answers", "countries")})),
            ("answers", _keys(fields), _keys(content.get("answers", {}))),
            ("countries", _keys(_sentences(project)), _keys(content.get("countries", {}))),
        ):
            for key in sorted(wanted - found):
                yield f"{path} lacks {place} {key}: add it."
            for key in sorted(found - wanted):
                yield f"{path} has {place} {key}, which English does not have: take it out, or correct its name."


def renderings(project: Project, name: str, variant: Entry) -> dict[str, str]:
    """Returns a text in each other language that the assistant speaks and has it in, by language code."""
    mark = fingerprint(cast(Variant, variant))
    return {
        code: rendering["text"]
        for code in languages(project)
        for _, rendered, rendering in _renderings(project, code)
        if (rendered, rendering.get("of")) == (name, mark)
    }


def languages(project: Project) -> list[str]:
    """Returns the codes of the languages that the assistant speaks, without English."""
    codes = [path.rpartition("/")[2].removesuffix(".yml") for path in project.paths(f"{WORDS}/*.yml")]
    return [code for code in codes if code != ENGLISH]


def _fields(project: Project) -> dict[str, Any]:
    content = project.data(QUESTIONNAIRE)
    return {
        slot: {"label": item["label"], "values": item["values"]}
        for slot, item in {**content["questions"], **content["noted"]}.items()
    }


def _sentences(project: Project) -> dict[str, dict[str, str]]:
    """Returns the words for each country that are English words, and no numbers or addresses."""
    content: Mapping[str, Mapping[str, str]] = project.data("data/countries.yml")
    return {
        country: {key: said for key, said in entry.items() if " " in said and key in IN_WORDS}
        for country, entry in content.items()
    }


def _keys(content: Mapping[str, Any], prefix: str = "") -> set[str]:
    keys: set[str] = set()
    for key, value in content.items():
        keys |= _keys(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}"}
    return keys


def _by_fingerprint(project: Project) -> dict[tuple[str, str], tuple[str, Entry]]:
    """Returns the file and the variant of each English text, by name and fingerprint."""
    return {
        (name, fingerprint(cast(Variant, entry))): (path, entry)
        for name, (path, entries) in project.responses.items()
        for entry in entries
    }


def _renderings(project: Project, code: str) -> Iterator[tuple[str, str, Entry]]:
    for path in project.paths(f"data/responses/{code}/*.yml"):
        for name, entries in project.data(path)["texts"].items():
            for rendering in entries:
                yield path, name, rendering
