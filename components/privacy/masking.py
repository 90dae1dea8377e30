"""Masks whatever tells us who or where visitors are, before we store or forward their message.

We understand the text as it was written (see `rasa_patches.message_processor`), since masking makes mistakes: "5 Chest Pain Road"
looks like a street address.

What is private is a table, `recognisers` in data/masking.yml: a pattern, words near it, and a check such as that of a card's
last digit. All of it is replaced by the same word. Ages, doses, other dates, prices and emergency numbers stay, so that a stored
conversation still makes sense.
"""

from __future__ import annotations

import importlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from ipaddress import ip_address
from typing import Any

import phonenumbers
from stdnum import iban, luhn

from components.privacy.birth_dates import private_birth_dates
from runtime.data_files import read_yaml
from runtime.paths import DATA

PRIVATE_WORDS = read_yaml(DATA / "masking.yml")
MASK: str = PRIVATE_WORDS["mask"]
MIN_ID_LENGTH, MIN_ID_DIGITS = 4, 2
MIN_LONG_ID = 6
CARD_LENGTHS = range(13, 20)
CARD_BEGINNING = re.compile("[3-6]|2[2-7]")  # of all that are in use, and of no year
PLAIN = {"Zs": " ", "Pd": "-", "Cf": ""}  # by Unicode category; the last one is invisible
QUOTES = dict.fromkeys("‘’´", "'")
FOUND = "\0"  # takes the place of what a recogniser found, so that none of the later ones finds it
Span = tuple[int, int]  # start and end in the text; the end is exclusive


def mask(text: str) -> str:
    """Returns `text` with private details masked."""
    for start, end in reversed(private_spans(text)):
        text = text[:start] + MASK + text[end:]
    return text


def mask_strings(value: Any) -> Any:
    """Returns `value` with private details masked in every string in it, however deep in lists and dictionaries."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list):
        return [mask_strings(item) for item in value]
    if isinstance(value, dict):
        return {mask_strings(key): mask_strings(item) for key, item in value.items()}
    return value


def blank_private(text: str) -> str:
    """Returns `text` with spaces in place of private details, so that offsets do not change."""
    for start, end in private_spans(text):
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def private_spans(text: str) -> list[Span]:
    """Returns where private details are in `text`, in order."""
    plain, origins = _plain(text)
    found: list[Span] = []
    for find in FINDERS:
        for start, end in list(find(plain)):
            found.append((start, end))
            plain = plain[:start] + FOUND * (end - start) + plain[end:]
    return sorted((origins[start], origins[end - 1] + 1) for start, end in found)


def _plain(text: str) -> tuple[str, Sequence[int]]:
    """Returns `text` in plain letters, digits, dashes and single spaces, and where each of its characters is in `text`.

    No character becomes more than one, so a text does not grow, however strange it is.
    """
    if text.isascii() and "  " not in text:
        return text, range(len(text))
    kept: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        plain = character if character.isascii() else _plain_character(character)
        if plain and not (plain == " " and kept and kept[-1] == " "):
            kept.append(plain)
            places.append(place)
    return "".join(kept), places


def _plain_character(character: str) -> str:
    category = unicodedata.category(character)
    if category in PLAIN:
        return PLAIN[category]
    if category == "Nd":
        return str(unicodedata.decimal(character))
    same = unicodedata.decomposition(character).split()  # "<wide> 0040"
    return chr(int(same[1], 16)) if len(same) == 2 and same[0].startswith("<") else QUOTES.get(character, character)


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _without_gaps(text: str) -> str:
    return re.sub(r"\W|_", "", text)


def is_card(text: str) -> bool:
    """Tells whether `text` is a card number by its last digit."""
    digits = _digits(text)
    return len(digits) in CARD_LENGTHS and CARD_BEGINNING.match(digits) is not None and luhn.is_valid(digits)


def is_id_with_check_digit(text: str) -> bool:
    """Tells whether `text` is one of the kinds of IDs in data/masking.yml, by its check digit or its format."""
    bare = _without_gaps(text)
    return any(form.fullmatch(bare) and is_valid(bare) for form, is_valid in ID_CHECKS)


def is_id(text: str) -> bool:
    """Tells whether `text` is long enough for an ID, where the words say that it is one."""
    return len(_without_gaps(text)) >= MIN_ID_LENGTH and len(_digits(text)) >= MIN_ID_DIGITS


def is_long_id(text: str) -> bool:
    """Tells whether `text` is too long for a year or a price."""
    return len(_without_gaps(text)) >= MIN_LONG_ID and len(_digits(text)) >= MIN_ID_DIGITS


def is_ip_address(text: str) -> bool:
    """Tells whether `text` is an address of the internet, of version 4 or 6."""
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


def is_phone_number(text: str) -> bool:
    """Tells whether `text` begins with a country's code. The length may be of earlier years, which people still write."""
    try:
        return bool(phonenumbers.parse(re.sub(r"^\(?(00|011)", "+", text)))
    except phonenumbers.NumberParseException:
        return False


ID_CHECKS: list[tuple[re.Pattern[str], Callable[[str], bool]]] = [
    (re.compile(form, re.I), importlib.import_module(f"stdnum.{kind}").is_valid) for kind, form in PRIVATE_WORDS["ids"].items()
]
CHECKS: dict[str, Callable[[str], bool]] = {
    "card": is_card,
    "checked_id": is_id_with_check_digit,
    "iban": iban.is_valid,
    "id": is_id,
    "ip_address": is_ip_address,
    "long_id": is_long_id,
    "phone": is_phone_number,
}


def _filled(pattern: str) -> str:
    """Returns `pattern` with the parts that it names in braces."""
    return re.sub(r"\{([a-z_]+)\}", lambda name: _part(name[1]), pattern)


@cache
def _part(name: str) -> str:
    part = PRIVATE_WORDS["parts"][name]
    return f"(?:{_filled(part if isinstance(part, str) else '|'.join(part))})"


class Recogniser:
    """One line of the table: finds one kind of private details."""

    def __init__(self, line: Mapping[str, str]) -> None:
        before, pattern, after = (_filled(line.get(key, "")) for key in ("before", "pattern", "after"))
        self._pattern = re.compile(f"(?:{before})(?P<private>{pattern})(?:{after})", re.I)
        self._is_valid = CHECKS[line["check"]] if "check" in line else bool
        self._needs = re.compile(line.get("needs", ""))

    def __call__(self, text: str) -> Iterator[Span]:
        """Yields where such details are in `text`."""
        if self._needs.search(text):
            yield from (match.span("private") for match in self._pattern.finditer(text) if self._is_valid(match["private"]))


FINDERS: Sequence[Callable[[str], Iterator[Span]]] = (*map(Recogniser, PRIVATE_WORDS["recognisers"]), private_birth_dates)
