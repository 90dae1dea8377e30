"""Reads an age from what people type: "34", "i'm 34", "turning 18 next month", "mid forties", "born in 1990"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from components.privacy.masking import blank_private
from components.understanding import normalise

MAX_AGE = 120
SMALL_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
SMALL_WORDS += ["thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
TENS_WORDS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
SMALL = {word: number for number, word in enumerate(SMALL_WORDS)}
TENS = {word: 10 * number for number, word in enumerate(TENS_WORDS, start=2)}
# Common misspellings.
SMALL |= {"ninteen": 19, "fiveteen": 15, "forteen": 14, "eightteen": 18}
TENS |= {"fourty": 40, "fourth": 40, "ninty": 90, "fity": 50, "thrity": 30, "tewnty": 20, "fivty": 50}
DECADE_WORDS = ["twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties"]
DECADES = {"teens": 13} | {word: 10 * number for number, word in enumerate(DECADE_WORDS, start=2)}
PARTS_OF_A_DECADE = {"early": 0, "mid": 4, "late": 7}

UNITS = "|".join(SMALL_WORDS[1:10])
NUMBER = rf"(?:\d{{1,3}}|(?:{'|'.join(TENS)})(?:[\s-]?(?:{UNITS}))?|{'|'.join(SMALL)})"
# A number followed by one of these is not an age.
SPAN = r"years? (?:in|into|on|post|of|ago|after|since)"
THING = r"sessions?|times?|treatments?|f(?:oo|ee)?t\b|cm|pounds|lbs|kilos?|kg|hairs?|grafts?"
MEASURE = rf"(?!\s*(?:%|'|mg|ml|weeks?|months?|minutes?|hours?|days?|{SPAN}|{THING}))"
STATED = [
    re.compile(pattern, re.I)
    for pattern in (
        rf"\b(?:turning|turn|will be|i'?ll be|going to be|almost|nearly|not (?:quite|yet)) (?P<next>{NUMBER})\b{MEASURE}",
        rf"\b(?P<age>{NUMBER}) until\b",
        rf"\b(?:meant|make that|should be|told you|i said)\s+(?:i'?m )?(?P<age>{NUMBER})\b{MEASURE}",
        rf"\b(?:i'?m|i am|im|aged?|age is|age:|am|me:)\s*(?:only |just |about )?(?P<age>{NUMBER})\b{MEASURE}",
        rf"\b(?P<age>{NUMBER})[\s-]*(?:years?|yrs?|yr|y)[\s-]*(?:old|young|of age|o)\b",
        rf"\b(?P<age>{NUMBER})\s*(?:yo|y/o|male|female|man|woman|guy|dude)\b",
        r"\b(?P<age>\d\d)\s*(?:m|f)\b",
        rf"(?<!['’])\b(?:m|f|male|female)\s?(?P<age>\d{{2}})\b{MEASURE}",
        r"\bborn (?:in )?(?P<born>19\d\d|20[012]\d)\b",
        r"\b(?P<part>early|mid|late)?[\s-]*(?P<decade>[2-8]0'?s)\b",
        rf"\b(?P<part>early|mid|late)?[\s-]*(?P<decade>{'|'.join(DECADES)})\b",
    )
]
FILLERS = r"(?:it'?s |about |around |age |just |um |uh |well )*"
MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
SOON = rf"(?:next|soon|come|coming|on|in (?:a|two|three|\d+|{MONTHS}))\b"
NO_AGE = "short|to|till|until|from|ago|of|on|in|into"  # words after "34 years" that rule out an age
ROUND = {"half a century": 50, "quarter century": 25, "quarter of a century": 25, "octogenarian": 80, "septuagenarian": 70}
# Ages only if we asked for the age: first those that mean "not yet", then the rest.
COMING = [
    re.compile(pattern, re.I)
    for pattern in (
        rf"\b(?:one more|my next) birthday\b.{{0,20}}\b(?P<next>{NUMBER})\b",
        rf"(?<!was )(?<!turned )(?<!since )\b(?P<next>\d\d)(?:st|nd|rd|th)? (?:birthday )?(?:is )?{SOON}",
        rf"\b(?:not|isn'?t|no) (?P<next>{NUMBER}) (?:yet|until|till)\b",
        rf"\b(?:shy|short) of (?P<next>{NUMBER})\b",
    )
]
WHEN_ASKED = [
    re.compile(pattern, re.I)
    for pattern in (
        rf"\b(?:have|of|completed) (?P<age>{NUMBER}) years\b(?! (?:of|ago|in|on)\b)",
        r"\b(?P<age>\d\d)(?:st|nd|rd|th)\b",
        r"\b(?P<age>\d\d)\s?y\b",
        rf"\bbig (?P<age>{'|'.join(TENS)}|three|four|five|six|seven|eight)[\s-]?(?P<oh>oh?|0)\b",
        rf"\b(?P<round>{'|'.join(ROUND)})\b",
        rf"^\W*{FILLERS}(?P<age>{NUMBER})(?!\s*(?:years?|yrs?) (?:{NO_AGE})\b)(?:\s*(?:years?|yrs?|yo))?\b{MEASURE}",
        r"(?<!since )(?<!for )\b(?P<age>\d{1,3})\b(?!\s*(?:%|mg|ml|y\w{1,3}rs|months?|weeks?|days?|sessions?))",
        rf"\b(?P<age>{'|'.join(SMALL_WORDS[13:])}|(?:{'|'.join(TENS_WORDS)})(?:[\s-]?(?:{UNITS}))?)(?:something)?\b",
    )
]
ALONE = re.compile(rf"^\W*{FILLERS}(?:i'?m )?(?P<age>{NUMBER})(?:\s*(?:years?|yrs?|yo|old))*\W*(?:not\b.*)?$", re.I)
# "63... sorry, 36": what follows the correction wins.
CORRECTION = re.compile(r".*\b(?:sorry|i mean|i meant|no wait|wait|correction|make that|actually)\b(?=.*\d)", re.I | re.S)
OF_SOMEONE_ELSE = re.compile(
    r"\bmy (husband|wife|dad|mum|mom|mother|father|brother|sister|friend|partner|nan|gran\w*)( is|'s| was)? (\w+ )?\d{1,3}\b",
    re.I,
)


def read_age(text: str, asked: bool) -> tuple[int, int, int] | None:
    """Returns the age in years that `text` states, with its start and end in the text, or None.

    For a range we take the lower end, to be cautious.

    Args:
        text: the message.
        asked: True if we have just asked for the age, so that a bare number is the age.
    """
    text = normalise.for_ages(text)
    corrected = CORRECTION.match(text)
    start = corrected.end() if corrected and not re.search(r"\bnot\s+\d", text[corrected.end() :]) else 0
    # Replace it with the same number of blanks, so that offsets in the text stay correct.
    text = OF_SOMEONE_ELSE.sub(lambda match: " " * len(match.group(0)), text)
    found = _search([*COMING, *STATED] if asked else STATED, text, start)
    if found:
        return found
    if asked:
        # A bare number may also be part of a phone number or an address.
        return _search(WHEN_ASKED, blank_private(text), start)
    # After a correction ("sorry, 36") a bare number counts too.
    return _search([ALONE], text, start) if corrected else None


def _search(patterns: Sequence[re.Pattern[str]], text: str, start: int) -> tuple[int, int, int] | None:
    """Returns the age that the first matching pattern finds from `start` on, with its start and end in the text."""
    for pattern in patterns:
        match = pattern.search(text[start:])
        years = _years(match) if match else 0
        if match and 0 < years <= MAX_AGE:
            return years, start + match.start(), start + match.end()
    return None


def _years(match: re.Match[str]) -> int:
    groups = {name: text.lower() for name, text in match.groupdict().items() if text}
    if "next" in groups:
        return number(groups["next"]) - 1
    if "round" in groups:
        return ROUND[groups["round"]]
    if "age" in groups:
        return number(groups["age"]) * (10 if "oh" in groups else 1)
    if "born" in groups:
        return date.today().year - int(groups["born"]) - 1
    decade = groups["decade"].replace("'", "")
    start = DECADES[decade] if decade in DECADES else int(decade.rstrip("s"))  # "forties", "40's"
    return start + PARTS_OF_A_DECADE.get(groups.get("part", ""), 0)


def number(word: str) -> int:
    """Returns the number that `word` spells, in digits or in words up to ninety-nine."""
    if word.isdigit():
        return int(word)
    first, _, second = re.sub(r"[\s-]+", " ", word.lower()).partition(" ")
    if first in SMALL:
        return SMALL[first]
    tens = next(tens for tens in TENS if first.startswith(tens))
    return TENS[tens] + SMALL.get(second or first[len(tens) :], 0)
