"""Renders what a message in another language says about a person into English words, for the rules that read English.

It is no translation for readers. It goes word by word, longest phrase first, by the files in
`data/understanding/glosses/<language>/`, and leaves what it does not know as it stands. That is enough to tell whose a thing is,
whether it is denied, since when it holds, and how old somebody is, because those rules look at a few words around the names of
things.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from runtime.data_files import read_yaml
from runtime.paths import UNDERSTANDING_DATA

FOLDER = UNDERSTANDING_DATA / "glosses"
GRAMMAR = "grammar.yml"  # has the numbers and other spellings of a language, too
WORD = re.compile(r"\d+|[^\W\d_]+(?:['’][^\W\d_]+)*|_")  # "45años" is two
WORD_OR_NUMBER = re.compile(rf"{WORD.pattern}|#")
BLANKS = re.compile(r" {2,}")
SPEAKER = "I "
BE = ("am ", "was ")
NUMBER = "#"  # any number, in a phrase and in its English
MAX_WORDS = 10  # in a phrase

Words = tuple[str, ...]
Phrases = Mapping[str, Sequence[tuple[Words, str]]]  # by first word, the longest phrase first: its words, and the English


@dataclass(frozen=True)
class Gloss:
    """A language: other spellings of its words, with numbers in digits, and what its phrases are in English."""

    spellings: Phrases
    phrases: Phrases


def in_english(text: str, language: str | None) -> str:
    """Returns a message in English words, or as it is if it is English already, or in a language that we cannot render."""
    if language not in _known():
        return text
    gloss = _gloss(str(language))
    return BLANKS.sub(" ", _rendered(_rendered(text, gloss.spellings), gloss.phrases)).strip()


def _rendered(text: str, phrases: Phrases) -> str:
    return "".join(_pieces(text, phrases))


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
    first = NUMBER if words[0].isdigit() else words[0]
    for phrase, english in phrases.get(first, ()):
        said = words[: len(phrase)]
        if len(said) == len(phrase) and all(map(_is_meant, phrase, said)):
            number = next((word for known, word in zip(phrase, said, strict=True) if known == NUMBER), "")
            return len(phrase), english.replace(NUMBER, number)
    return 0, ""


def _is_meant(known: str, said: str) -> bool:
    return known == said or known == NUMBER and said.isdigit()


@cache
def _known() -> frozenset[str]:
    return frozenset(path.name for path in FOLDER.iterdir())


@cache
def _gloss(language: str) -> Gloss:
    content = read_yaml(FOLDER / language / GRAMMAR)
    numbers = _numbers({number: list(map(_words, said)) for number, said in content["numbers"].items()}, content["and"])
    spellings = _by_first({**numbers, **_read(content["spellings"])})
    phrases: dict[Words, str] = {}
    for path in sorted((FOLDER / language).glob("*.yml")):
        phrases.update(_read(read_yaml(path)["phrases"], spellings))
    # "No tengo" is "I not have": the denial belongs after the speaker.
    denied = {(content["not"], *words): _denied(english) for words, english in phrases.items() if english.startswith(SPEAKER)}
    phrases = {**denied, **phrases}
    around = {_with(words, about): english for words, english in phrases.items() if NUMBER in words for about in content["about"]}
    return Gloss(spellings, _by_first({**around, **phrases}))


def _read(english_first: Mapping[str, Sequence[str]], spellings: Phrases | None = None) -> dict[Words, str]:
    """Returns what each phrase is in English, by its words as a message has them after `spellings`."""
    found: dict[Words, str] = {}
    for english, said in english_first.items():
        for phrase in said:
            found.setdefault(_words(_rendered(phrase, spellings or {})), english)
    return found


def _numbers(numbers: Mapping[int, Sequence[Words]], joined_by: str) -> dict[Words, str]:
    """Returns numbers in digits by their words, also tens with ones: "treinta y dos"."""
    words = [(number, said) for number, each in numbers.items() for said in each]
    ones, tens = ([pair for pair in words if pair[0] in some] for some in (range(1, 10), range(20, 100, 10)))
    joined = {(*ten, joined_by, *one): str(tens_ + ones_) for tens_, ten in tens for ones_, one in ones}
    return {**joined, **{said: str(number) for number, said in words}}


def _by_first(phrases: Mapping[Words, str]) -> Phrases:
    by_first: dict[str, list[tuple[Words, str]]] = defaultdict(list)
    for words, english in sorted(phrases.items(), key=lambda phrase: -len(phrase[0])):
        by_first[NUMBER if words[0].isdigit() else words[0]].append((words, english))
    return by_first


def _with(words: Words, about: str) -> Words:
    """Returns a phrase with "about" before its number."""
    place = words.index(NUMBER)
    return (*words[:place], *_words(about), *words[place:])


def _denied(english: str) -> str:
    said = english.removeprefix(SPEAKER)
    verb = next((verb for verb in BE if f"{said} ".startswith(verb)), "")
    return f"{SPEAKER}{verb}not {said[len(verb) :]}".strip()


def _words(phrase: str) -> Words:
    return tuple(_plain(word) for word in WORD_OR_NUMBER.findall(str(phrase)))


def _plain(word: str) -> str:
    """Returns a word in lower case without accents: on phones, many leave them out."""
    decomposed = unicodedata.normalize("NFD", word.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).replace("’", "'")
