"""Renders what a message in another language says about a person into English words, for the rules that read English.

It is no translation for readers. It goes word by word, longest phrase first, by `data/understanding/glosses/<language>.yml`, and
leaves what it does not know as it stands. That is enough to tell whose a thing is, whether it is denied, since when it holds, and
how old somebody is, because those rules look at a few words around the names of things.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from runtime.data_files import read_yaml
from runtime.paths import UNDERSTANDING_DATA

FOLDER = UNDERSTANDING_DATA / "glosses"
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|_")
SPEAKER = "I "
BE = ("am ", "was ")
MAX_WORDS = 8  # in a phrase

Phrases = Mapping[
    str, Sequence[tuple[tuple[str, ...], str]]
]  # by first word, the longest phrase first: its words, and the English


def in_english(text: str, language: str | None) -> str:
    """Returns a message in English words, or as it is if it is English already, or in a language that we cannot render."""
    return "".join(_pieces(text, _phrases(str(language)))) if language in _known() else text


def _pieces(text: str, phrases: Phrases) -> Iterator[str]:
    words = list(WORD.finditer(text))
    known = [_plain(word[0]) for word in words]
    done = place = 0
    while place < len(words):
        length, english = _longest(known[place : place + MAX_WORDS], phrases)
        first, last = words[place], words[place + max(length, 1) - 1]
        yield text[done : first.start()]
        yield english if length else first[0]
        done, place = last.end(), place + max(length, 1)
    yield text[done:]


def _longest(words: Sequence[str], phrases: Phrases) -> tuple[int, str]:
    """Returns how many of the next words a phrase renders, and its English; 0 if none does."""
    fitting = (phrase for phrase in phrases.get(words[0], ()) if tuple(words[: len(phrase[0])]) == phrase[0])
    rendered, english = next(fitting, ((), ""))
    return len(rendered), english


@cache
def _known() -> frozenset[str]:
    return frozenset(path.stem for path in FOLDER.glob("*.yml"))


@cache
def _phrases(language: str) -> Phrases:
    """Returns the phrases of a language."""
    content = read_yaml(FOLDER / f"{language}.yml")
    found: dict[tuple[str, ...], str] = {}
    for english, said in content["phrases"].items():
        for words in said:
            found.setdefault(_words(words), english)
    # "No tengo" is "I not have": the denial belongs after the speaker.
    denied = {(content["not"], *words): _denied(english) for words, english in found.items() if english.startswith(SPEAKER)}
    by_first: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
    for phrase in sorted({**denied, **found}.items(), key=lambda phrase: -len(phrase[0])):
        by_first[phrase[0][0]].append(phrase)
    return by_first


def _denied(english: str) -> str:
    said = english.removeprefix(SPEAKER)
    verb = next((verb for verb in BE if f"{said} ".startswith(verb)), "")
    return f"{SPEAKER}{verb}not {said[len(verb) :]}".strip()


def _words(phrase: str) -> tuple[str, ...]:
    return tuple(_plain(word) for word in WORD.findall(str(phrase)))


def _plain(word: str) -> str:
    """Returns a word in lower case without accents: on phones, many leave them out."""
    decomposed = unicodedata.normalize("NFD", word.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).replace("’", "'")
