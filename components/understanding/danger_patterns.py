"""Finds danger by wording alone, with the signs in data/understanding/danger/. The top of shared.yml there explains them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from re import Pattern

from components.intents import ABUSE, ALARMING, CRISIS, DANGERS
from components.understanding import danger_signs, normalise
from components.understanding.danger_signs import Kind, Sign, Signs

# Sentences end at a full stop, not at a comma: "i can't breathe, my lips are swelling" is one report. What follows a "but" stands
# on its own: "i read that it's normal, but my tongue is swollen".
# "can it swell? because mine is" stays one sentence, or nobody would know what "mine" does.
SENTENCE_END = re.compile(
    r"(?:[!?;\n]|\.(?!\d))+(?! ?(?:\w+ )?(?:mine (?:is|are|has|does|did|just)|(?:right now|its happening)\b))"
    r"|\b(?:but|because)(?= (?:now|my|i|im|ive|he|hes|she|shes|his|her|our|today|tonight)\b)"
)
NO_LETTER = re.compile(r"[\W_]+")
NEVER = r"(?!)"
EARLIER_MESSAGES = 2  # how many messages before this one a sign may recall
MAX_HALF_LENGTH = 8  # words: people who send one sentence in two messages send short ones


@dataclass(frozen=True)
class Danger:
    """What the patterns found: the intent, and the kind, which selects the wording of the reply."""

    intent: str
    kind: str


@dataclass(frozen=True)
class Reading:
    """The ways in which the signs read a message."""

    said: str  # without figures of speech and what is denied
    told: str  # also without questions whether something could happen, unless it is happening
    stated: str  # also without what is long past and not happening now
    recalled: str  # what is said, with the messages before it

    def text_for(self, intent: str) -> str:
        """Returns what counts for a danger: a crisis however it is worded, abuse that is past too, anything else if it is now."""
        return {CRISIS: self.said, ABUSE: self.told}.get(intent, self.stated)


class DangerPatterns:
    """The signs, compiled once. The most serious intent wins, and of its kinds the first in the file.

    A kind that yields only wins if no intent has another.
    """

    def __init__(self, signs: Signs | None = None) -> None:
        """Compiles `signs`, or those of data/understanding/danger/.

        Raises:
            ValueError: a pattern is not a valid regular expression; the message names the sign.
        """
        signs = signs or danger_signs.read()
        self._not_meant = _compile([*signs.figurative, *signs.denied])
        self._hypothetical, self._past = _compile(signs.hypothetical), _compile(signs.past)
        self._happening, self._present = _compile(signs.happening), _compile(signs.present)
        self._expected = _CompiledKind(Kind(signs.expected))
        self._worse = _compile(signs.worse)
        self._kinds = {
            intent: {name: _CompiledKind(kind) for name, kind in kinds.items()} for intent, kinds in signs.intents.items()
        }

    def find(self, text: str, earlier: Sequence[str] = ()) -> Danger | None:
        """Returns the most serious danger that `text` states, or None. Reads the whole text.

        `earlier` has the visitor's messages before this one, oldest first. "I can't" and then "breathe" is found in the second.
        """
        before = [normalise.for_danger(message) for message in earlier[-EARLIER_MESSAGES:]]
        plain = normalise.for_danger(text)
        return self._find(plain, before) or self._find_in_two_halves(before, plain)

    def _find_in_two_halves(self, before: list[str], plain: str) -> Danger | None:
        """Returns the alarm that only the last message and this one together state."""
        halves = [*before[-1:], plain]
        if len(halves) < 2 or any(len(half.split()) > MAX_HALF_LENGTH for half in halves):
            return None
        danger = self._find(" ".join(halves), [])
        if not danger or danger.intent not in ALARMING or any(self._find(half, []) for half in halves):
            return None
        return danger

    def _find(self, plain: str, before: list[str]) -> Danger | None:
        yielding = None
        for danger in self._dangers(self._read(plain, before)):
            if not self.yields(danger):
                return danger
            yielding = yielding or danger
        return yielding

    def _read(self, plain: str, before: list[str]) -> Reading:
        said = self._not_meant.sub(" ", plain)
        told = list(filter(self._is_told, SENTENCE_END.split(said)))
        stated = filter(self._is_stated, told)
        return Reading(said, " . ".join(told), " . ".join(stated), " . ".join([*before, said]))

    def _is_told(self, sentence: str) -> bool:
        return bool(self._happening.search(sentence)) or not self._hypothetical.search(sentence)

    def _is_stated(self, sentence: str) -> bool:
        return bool(self._happening.search(sentence) or self._present.search(sentence)) or not self._past.search(sentence)

    def _dangers(self, reading: Reading) -> Iterator[Danger]:
        """Yields every danger in `reading`, the most serious first. The kinds after one that yields read the rest of the text."""
        for intent in DANGERS:
            text = reading.text_for(intent)
            for name, kind in self._kinds[intent].items():
                if kind.matches(text, reading):
                    yield Danger(intent, name)
                if kind.yields:
                    text = kind.without(text)

    def yields(self, danger: Danger) -> bool:
        """Whether any other danger in the message counts before this one, such as chest pain before a loss to suicide."""
        return self._kinds[danger.intent][danger.kind].yields

    def is_harmless(self, text: str) -> bool:
        """Whether `text` uses a figure of speech that only sounds like danger, or says that a symptom is absent."""
        return bool(self._not_meant.search(normalise.for_danger(text)))

    def only_asks_or_recalls(self, text: str) -> bool:
        """Whether every sentence asks if something could happen, or is about something long past."""
        return not NO_LETTER.sub("", self._read(normalise.for_danger(text), []).stated)

    def is_expected(self, text: str) -> bool:
        """Whether `text` only tells of what is normal in the first days after a treatment."""
        plain = normalise.for_danger(text)
        return self._expected.matches(plain, Reading(plain, plain, plain, plain)) and not self._worse.search(plain)

    def kind(self, intent: str, text: str) -> str | None:
        """Returns the kind of `intent` that the words of `text` suggest, or None for the general reply.

        Never one that yields: only its own signs show that there is nothing worse.
        """
        plain = normalise.for_danger(text)
        kinds = self._kinds[intent].items()
        return next((name for name, kind in kinds if not kind.yields and kind.words.search(plain)), None)


class _CompiledKind:
    def __init__(self, kind: Kind) -> None:
        self.yields = kind.yields
        self.words = _whole_words("words", kind.words or NEVER)
        spaced = [sign for sign in kind.signs if not sign.unspaced]
        self._alone = _compile([sign for sign in spaced if not sign.needs])
        self._with_needs = [
            (_compile([sign]), _whole_words(sign.name, sign.needs), sign.recalls) for sign in spaced if sign.needs
        ]
        unspaced = "|".join(sign.pattern for sign in kind.signs if sign.unspaced)
        self._unspaced = re.compile(unspaced) if unspaced else None

    def matches(self, text: str, reading: Reading) -> bool:
        if self._alone.search(text) or self._unspaced and self._unspaced.search(NO_LETTER.sub("", text)):
            return True
        return any(
            sign.search(text) and needed.search(reading.recalled if recalls else reading.said)
            for sign, needed, recalls in self._with_needs
        )

    def without(self, text: str) -> str:
        return self._alone.sub(" ", text)


def _compile(signs: Sequence[Sign]) -> Pattern[str]:
    """Returns one expression for all of `signs`."""
    try:
        return _whole_words("all", "|".join(f"(?:{sign.pattern})" for sign in signs) or NEVER)
    except ValueError:
        for sign in signs:
            _whole_words(sign.name, sign.pattern)  # names the one that is wrong
        raise


def _whole_words(name: str, pattern: str) -> Pattern[str]:
    # Not \b: the vowel signs of Hindi are no word characters.
    try:
        return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)")
    except re.error as error:
        raise ValueError(f"data/understanding/danger/, {name}: {error}") from error
