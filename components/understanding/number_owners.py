"""Tells whose a number in a message is: "I'm 44 but he's only 15" has two."""

from __future__ import annotations

import re

from components.understanding.about_whom import SELF, Person, people_named

ANYONE = "anyone"  # a "he" or "she" whom the message does not name
MAX_DISTANCE = 120  # characters
PAUSE = re.compile(r"[,.;:!?\n()]|\bbut\b|\s[-–—]\s")
YEAR_OLD = re.compile(r"[\s-]*(?:(?:years?|yrs?)[\s-]*old|y\.?/?o\b)")
BETWEEN_AGE_AND_PERSON = re.compile(r"[\s-]*(?:(?:years?|yrs?)[\s-]*old|y\.?/?o\.?)?[\s,(]*(?:\w+ )?")
HAS_A = re.compile(r"\b(?:have|has|got|had|for|of|to|with|my|our|his|her|this) (?:an? |the )?(?:\w+ )?$")
HERE = re.compile(r"\s*(?:years old |yo )?(?:here|myself|me)\b(?!\W*\d)")
# Between a person and a number after a pause: "my son, nearly 15".
APPOSITION = re.compile(r"\W*(?:(?:born|aged?|dob|about|only|just|nearly|almost|not|turning|is|in|on|now|under)\W+)*")


class NumberOwners:
    """The people in one message, in lower case, and whose each number in it is."""

    def __init__(self, words: str) -> None:
        self._words = words
        self._people = people_named(words)

    def of(self, start: int, end: int) -> str | None:
        """Returns whose the number at a place is, or None if the message does not say."""
        after = self._words[end : end + MAX_DISTANCE]
        if HERE.match(after):
            return SELF
        return self.named_in(start, end) or self._named_after(start, end) or self._named_before(start)

    def named_in(self, start: int, end: int) -> str | None:
        """Returns who is named in words that overlap a place: "my 80 year old mum"."""
        named = (person.whose for person in reversed(self._people) if person.start < end and start < person.end)
        return next(named, None)

    def said_before(self, place: int) -> str:
        """Returns the words from the last pause to a place."""
        return self._words[self._last_pause(place) : place]

    def _named_after(self, start: int, end: int) -> str | None:
        """Returns who is named right after an age: "a 15 year old son", "15 (son)"."""
        after = self._words[end : end + MAX_DISTANCE]
        is_year_old = YEAR_OLD.match(after)
        if not is_year_old and not after.lstrip().startswith("("):
            return None
        others = (
            person for person in self._people if end <= person.start < end + MAX_DISTANCE and person.whose not in (None, SELF)
        )
        named = (person.whose for person in others if BETWEEN_AGE_AND_PERSON.fullmatch(self._words[end : person.start]))
        has_one = is_year_old and HAS_A.search(self._words[max(0, start - MAX_DISTANCE) : start])
        return next(named, ANYONE if has_one else None)

    def _named_before(self, start: int) -> str | None:
        pause = self._last_pause(start)
        near = [person for person in self._people if person.end <= start and self._is_near(person, start, pause)]
        return self._resolved(near[-1]) if near else None

    def _is_near(self, person: Person, start: int, pause: int) -> bool:
        """Whether a person is named in the same part of the sentence as a number, or right before it."""
        is_close = start - person.end < MAX_DISTANCE
        return is_close and (person.start >= pause or bool(APPOSITION.fullmatch(self._words[person.end : start])))

    def _last_pause(self, place: int) -> int:
        first = max(0, place - MAX_DISTANCE)
        return max((first + pause.end() for pause in PAUSE.finditer(self._words[first:place])), default=first)

    def _resolved(self, person: Person) -> str:
        """Returns who a "he" or "she" is: the last other person before, if any."""
        if person.whose:
            return person.whose
        is_relative = self._words.startswith("who", person.start)  # "I, who am 45"
        earlier = [each.whose for each in self._people if each.end <= person.start and each.whose]
        return next((whose for whose in reversed(earlier) if is_relative or whose != SELF), ANYONE)
