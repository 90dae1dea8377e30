"""Renders what a message says about a person into the English words that the rules know: from another language, or a dialect.

It is not a translation for readers. It goes word by word, longest phrase first, by the files in
`data/understanding/glosses/<language>/`, and leaves what it does not know as it is. That is enough to tell whose a thing is,
whether it is denied, whether it still applies, and how old somebody is, because those rules look at a few words around the names
of things.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from components.understanding.concepts import CONCEPTS
from components.understanding.languages import ENGLISH
from components.understanding.text_cache import remembered
from runtime.data_files import read_yaml
from runtime.paths import UNDERSTANDING_DATA
from runtime.prepared import prepared

FOLDER = UNDERSTANDING_DATA / "glosses"
GRAMMAR = "grammar.yml"  # has the numbers and other spellings of a language, too
MARKS = ".,;:!?¿¡()\n"
WORD = re.compile(rf"\d+|[^\W\d_]+(?:['’][^\W\d_]+)*|_|[{MARKS}]")  # "45años" is two
WORD_OR_NUMBER = re.compile(rf"{WORD.pattern}|#")
BLANKS = re.compile(r"[ ¿¡]+")
SPEAKER, ANOTHER = "I ", "he "
BE = ("am ", "is ", "was ")
NAMES_SPEAKER = re.compile(r"\b(?:I|me|my)\b")
THIRD_PERSON = {
    **{"am": "is", "have": "has", "don't": "doesn't", "haven't": "hasn't"},
    **{verb: f"{verb}s" for verb in ("take", "use", "get", "want", "feel", "think", "turn", "bleed", "bruise", "swell")},
}
ALTERNATIVES = re.compile(r"\(([^()]*)\)")  # "(mi|mis) hijo"
PERSON = "{}"  # in a frame
NUMBER = "#"  # any number, in a phrase and in its English
END = "."  # ends a phrase that counts only before a mark ("para mí ."), and begins one that counts only after one (". si")
MAX_WORDS = 10  # in a phrase

Words = tuple[str, ...]


class Phrases(dict[Words, str]):
    """The English of each phrase."""

    @cached_property
    def max_lengths(self) -> Mapping[str, int]:
        """How many words the longest phrase has that begins with a word; most words begin none."""
        found: dict[str, int] = {}
        for phrase in self:
            found[phrase[0]] = max(len(phrase), found.get(phrase[0], 0))
        return found


# From the word before and the next words: how many of these it renders, and their English.
Reader = Callable[[str, Words], tuple[int, str]]


class Piece(NamedTuple):
    """A piece of a rendered message. It is `unknown` if we could not render it, and left it as it stands."""

    words: str
    unknown: bool = False


@dataclass(frozen=True)
class Gloss:
    """A language: other spellings of its words, with numbers in digits, what its phrases are in English, and how it denies.

    Attributes:
        spellings: how we write its words.
        phrases: what its phrases are in English.
        denials: its words of denial, and the English one for each.
        clitics: pronouns that may stand between a denial and the verb; the empty one, too.
        sounds: how letters sound, as patterns.
    """

    spellings: Phrases
    phrases: Phrases
    denials: Phrases
    clitics: Sequence[Words]
    sounds: Sequence[tuple[re.Pattern[str], str]]

    @cached_property
    def words_by_sound(self) -> Mapping[str, str]:
        """All words that we know, and each by how it sounds."""
        known = sorted({word for phrase in (*self.spellings, *self.phrases, *self.denials, *self.clitics) for word in phrase})
        return {**{self.sound(word): word for word in known if word.isalpha()}, **dict(zip(known, known, strict=True))}

    def sound(self, word: str) -> str:
        for letters, sound in self.sounds:
            word = letters.sub(sound, word)
        return word


def in_english(text: str, language: str | None) -> str:
    """Returns a message in English words, or as it is if they are ours already, or in a language that we cannot render.

    A message that is too short to tell its language is English.
    """
    return _in_english(text, language or ENGLISH)


@remembered
def _in_english(text: str, language: str) -> str:
    if not is_rendered(language):
        return text
    gloss = _gloss(language)
    rendered = _rendered(_written(text, gloss), lambda before, words: _next(before, words, gloss))
    return BLANKS.sub(" ", rendered).strip() if rendered != text else text


def is_rendered(language: str | None) -> bool:
    """Whether we can put this language into English words."""
    return (language or ENGLISH) in _known()


def is_all_known(text: str, language: str | None) -> bool:
    """Whether `in_english` leaves no word of a foreign message as it stands. What it leaves, nobody has read."""
    if language in (None, ENGLISH) or not is_rendered(language):
        return True
    gloss = _gloss(str(language))
    pieces = _pieces(_written(text, gloss), lambda before, words: _next(before, words, gloss))
    left = (_words(piece.words) for piece in pieces if piece.unknown)
    return not any(words[0].isalpha() and words not in gloss.denials and words[0] not in _names() for words in left)


def _written(text: str, gloss: Gloss) -> str:
    """Returns a message in our spelling, also if it was written by ear: "kuarenta i seis, eya" is "46, ella"."""
    return _spelled(WORD.sub(lambda word: _by_ear(word[0], gloss), text), gloss.spellings)


def _by_ear(word: str, gloss: Gloss) -> str:
    """Returns the word that we know that sounds like this one, or this one if we know it, or none that sounds like it."""
    plain, known = _plain(word), gloss.words_by_sound
    found = known.get(plain) or known.get(gloss.sound(plain), plain)
    return word if found == plain else found


def _spelled(text: str, spellings: Phrases) -> str:
    return _rendered(text, lambda _, words: _longest(words, spellings))


def _rendered(text: str, read: Reader) -> str:
    return "".join(piece.words for piece in _pieces(text, read))


def _pieces(text: str, read: Reader) -> Iterator[Piece]:
    words = list(WORD.finditer(text))
    known = (END, *(_plain(word[0]) for word in words), END)
    done = place = 0
    while place < len(words):
        length, english = read(known[place], known[place + 1 : place + 1 + MAX_WORDS])
        first, last = words[place], words[place + max(length, 1) - 1]
        yield Piece(text[done : first.start()])
        yield Piece(english) if length else Piece(first[0], unknown=True)
        done, place = last.end(), place + max(length, 1)
    yield Piece(text[done:])


def _next(before: str, words: Words, gloss: Gloss) -> tuple[int, str]:
    """Returns how many of the next words we can render at once, and their English: a phrase, or what is denied."""
    if words[0] == END:
        return 0, ""
    length, english = _longest((END, *words), gloss.phrases) if before == END else (0, "")
    found = [(length - 1, english), _longest(words, gloss.phrases), _denied(words, gloss)]
    return max(found, key=lambda each: each[0])


def _longest(words: Words, phrases: Phrases) -> tuple[int, str]:
    """Returns how many of the next words a phrase renders, and its English; 0 if none does."""
    beginnings = {words[0], NUMBER} if words[0].isdigit() else {words[0]}
    longest = max(phrases.max_lengths.get(word, 0) for word in beginnings)
    for length in range(min(longest, len(words)), 0, -1):
        said = words[:length]
        phrase = said if said in phrases else tuple(NUMBER if word.isdigit() else word for word in said)
        if phrase in phrases:
            number = next(filter(str.isdigit, said), "")
            return length - (said[-1] == END), phrases[phrase].replace(NUMBER, number)
    return 0, ""


def _denied(words: Words, gloss: Gloss) -> tuple[int, str]:
    """Returns how many of the next words are a denial, in English: "No lo tengo" is "I not have"."""
    before, denial = _longest(words, gloss.denials)
    for clitic in gloss.clitics if before else ():
        start = before + len(clitic)
        length, english = _longest(words[start:], gloss.phrases) if words[before:start] == clitic else (0, "")
        if english.startswith((SPEAKER, ANOTHER)):
            subject, said = english.split(" ", maxsplit=1)
            verb = next((verb for verb in BE if f"{said} ".startswith(verb)), "")
            return start + length, f"{subject} {verb}{denial} {said[len(verb) :]}".strip()
    return 0, ""


@cache
def _names() -> frozenset[str]:
    """Returns the names of medicines and illnesses, most of which are the same in every language."""
    return frozenset(name for concept in CONCEPTS.values() for name in concept.names)


@cache
def _known() -> frozenset[str]:
    return frozenset(path.name for path in FOLDER.iterdir())


@cache
def _gloss(language: str) -> Gloss:
    files = sorted((FOLDER / language).glob("*.yml"))
    return prepared(f"gloss_{language}", [Path(__file__), *files], lambda: _read_gloss(files))


def _read_gloss(files: Sequence[Path]) -> Gloss:
    content = read_yaml(next(path for path in files if path.name == GRAMMAR))
    numbers = _numbers({number: list(map(_words, said)) for number, said in content["numbers"].items()}, content["and"])
    centuries = {_words(said): first for said, first in content["centuries"].items()}
    spellings = Phrases({**numbers, **_years(numbers, centuries), **_read(content["spellings"])})
    phrases = _about_people(content)
    for path in files:
        phrases.update(_read(read_yaml(path)["phrases"], spellings))
    of_others = _of_others(phrases, content["others"])
    around = {_with(words, about): english for words, english in phrases.items() if NUMBER in words for about in content["about"]}
    denials = Phrases({_words(each): english for said, english in content["not"].items() for each in _spelled_out([said])})
    sounds = [(re.compile(letters), sound) for letters, sound in content["sounds"].items()]
    every = {**of_others, **around, **phrases}
    subjects = list(map(_words, content["subjects"]))
    said_of = {(*subject, *words): english for words, english in every.items() if words[:1] in denials for subject in subjects}
    return Gloss(spellings, Phrases({**said_of, **every}), denials, ((), *map(_words, content["clitics"])), sounds)


def _read(english_first: Mapping[str, Sequence[str]], spellings: Phrases | None = None) -> dict[Words, str]:
    """Returns what each phrase is in English, by its words as a message has them after `spellings`."""
    found: dict[Words, str] = {}
    for english, said in english_first.items():
        for phrase in _spelled_out(said):
            found.setdefault(_words(_spelled(phrase, spellings) if spellings else phrase), english)
    return found


def _spelled_out(phrases: Iterable[str]) -> Iterator[str]:
    """Yields each phrase with each of its alternatives: "hijo mayor" and "hijo menor" of "hijo (mayor|menor)"."""
    for phrase in phrases:
        pieces = ALTERNATIVES.split(str(phrase))  # every second one is a choice
        yield from map("".join, product(*(piece.split("|") if place % 2 else [piece] for place, piece in enumerate(pieces))))


def _about_people(content: Mapping[str, Any]) -> dict[Words, str]:
    """Returns what people are in English, and whose something is: "la tiene mi hermana" is "is my sister's"."""
    people = [
        (person, noun) for each in ("people", "mine") for person, said in content[each].items() for noun in _spelled_out(said)
    ]
    framed: dict[str, list[str]] = defaultdict(list)
    for (english, frames), (person, noun) in product(content["frames"].items(), people):
        framed[english.replace(PERSON, person)] += [frame.replace(PERSON, noun) for frame in frames]
    return {**_read(framed), **_read(content["people"])}


def _numbers(numbers: Mapping[int, Sequence[Words]], joined_by: str) -> dict[Words, str]:
    """Returns numbers in digits by their words, also tens with ones: "treinta y dos"."""
    words = [(number, said) for number, each in numbers.items() for said in each]
    ones, tens = ([pair for pair in words if pair[0] in some] for some in (range(1, 10), range(20, 100, 10)))
    joined = {(*ten, joined_by, *one): str(tens_ + ones_) for tens_, ten in tens for ones_, one in ones}
    return {**joined, **{said: str(number) for number, said in words}}


def _years(numbers: Mapping[Words, str], centuries: Mapping[Words, int]) -> dict[Words, str]:
    """Returns years in digits by their words: "dos mil quince"."""
    return {(*century, *said): str(first + int(rest)) for century, first in centuries.items() for said, rest in numbers.items()}


def _of_others(phrases: Mapping[Words, str], others: Mapping[str, Sequence[str]]) -> dict[Words, str]:
    """Returns what phrases say of others: "le ayudó" is "helped", as "me ayudó" is, and "le hicieron" is "he had done"."""
    found: dict[Words, str] = {}
    for words, english in phrases.items():
        of_another = _of_another(english)
        if not NAMES_SPEAKER.search(of_another) and not others.keys().isdisjoint(words):
            found.update(dict.fromkeys(product(*(others.get(word, [word]) for word in words)), of_another))
    return found


def _of_another(english: str) -> str:
    """Returns an English phrase with another subject: "I have" is "he has"."""
    if not english.startswith(SPEAKER):
        return english
    verb, blank, rest = english.removeprefix(SPEAKER).partition(" ")
    return f"{ANOTHER}{THIRD_PERSON.get(verb, verb)}{blank}{rest}"


def _with(words: Words, about: str) -> Words:
    """Returns a phrase with "about" before its number."""
    place = words.index(NUMBER)
    return (*words[:place], *_words(about), *words[place:])


def _words(phrase: str) -> Words:
    return tuple(_plain(word) for word in WORD_OR_NUMBER.findall(str(phrase)))


def _plain(word: str) -> str:
    """Returns a word in lower case without accents, which many leave out on phones, and any mark as the `END` of a phrase."""
    plain = word.lower()
    if not plain.isascii():
        decomposed = unicodedata.normalize("NFD", plain)
        plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter)).replace("’", "'")
    return END if plain in MARKS else plain
