"""Masks whatever tells us who or where visitors are, before we store or forward their message.

We understand the text as it was written (see `rasa_patches.message_processor`), since masking makes mistakes: "5 Mins Ago Chest
Pain. Dr Is Away" looks like a street address.

E-mail addresses, card numbers, national ids, phone numbers, street addresses and birth dates are all replaced by the same word.
Ages, doses, other dates, prices and emergency numbers stay, so that a stored conversation still makes sense.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import yaml
from phonenumbers import Leniency, PhoneNumberMatcher
from stdnum import luhn

from components.privacy.birth_dates import private_birth_dates
from runtime.clinic import COUNTRIES
from runtime.paths import DATA

PRIVATE_WORDS = yaml.safe_load((DATA / "masking.yml").read_text(encoding="utf-8"))
MASK: str = PRIVATE_WORDS["mask"]
REGIONS = sorted(country for country in COUNTRIES if len(country) == 2)
MIN_PHONE_DIGITS = 9  # anything shorter may be a price, a date or a count
MIN_ID_LENGTH = 8
Span = tuple[int, int]  # start and end in the text; the end is exclusive
CARD_LENGTHS = range(13, 20)
MAX_TRIES = 200  # candidates that the phone finder may try in one message


def _any_of(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, words))


EMAIL = re.compile(
    r"[\w.+%'-]{1,64}(@| ?[\[(]at[\])] ?| at (?=\w{1,40} dot ))[\w-]{1,63}((\.| ?[\[(]dot[\])] ?| dot )[\w-]{2,63}){1,4}", re.I
)
DIGITS = re.compile(r"(?<![\w.,])\d(?:[ -]?\d){12,18}(?![\w])")
SSN = re.compile(r"(?<![\w-])\d{3}(?:-\d{2}-| \d{2} )\d{4}(?![\w-])")
NINO = re.compile(r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?(\d{2} ?){3}[A-D]\b", re.I)
NAMED_ID = re.compile(
    rf"\b(?:{_any_of(PRIVATE_WORDS['id_words'])})\b\D{{0,20}}?([A-Z]{{0,2}}\d(?:[ -]?\d){{5,11}}[A-Z]?)\b", re.I
)
ID_LIKE = re.compile(r"(?<![\w.-])(?:(?=[A-Z]*\d)[A-Z\d]{8,20}|\d{1,20}(?:[ .-]\d{1,20}){1,5}(?:-?[A-Z])?)(?![\w-])", re.I)
LOCAL_PHONE = re.compile(r"(?<![\w.,])\(?0\d(?:[ )-]{0,2}\d){8,9}(?!\w)")
_COUNTED = _any_of(word for words in PRIVATE_WORDS["counted"] for word in words)
_NUMBER = r"(?<![\w$£€.,/-])\d{1,5}[A-Za-z]?,? "
_TAIL = (
    r"(\.?,? (apt|apartment|suite|unit|flat|#)\.? ?\w{1,5}\b)?"
    r"(,? [A-Z]\w+){0,3}(,? [A-Z]{2} \d{5}(-\d{4})?\b)?(,? [A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b)?"
)
ADDRESSES = [
    re.compile(
        rf"(?i:{_NUMBER}(?:(?!(?:{_COUNTED})\b)[a-z\d'.-]+ ){{1,4}}(?:{_any_of(PRIVATE_WORDS['streets']['always'])})\b){_TAIL}"
    ),
    re.compile(rf"{_NUMBER}(?:[A-Z][\w'.-]* ){{1,4}}(?:{_any_of(PRIVATE_WORDS['streets']['capital'])})\b{_TAIL}"),
    re.compile(r"\bp\.? ?o\.? box \d+", re.I),
    re.compile(r"(?<=, )[A-Z]{2} \d{5}(-\d{4})?\b"),
    re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b"),
]
CHECKS: list[Callable[[str], bool]] = [importlib.import_module(f"stdnum.{kind}").is_valid for kind in PRIVATE_WORDS["ids"]]


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
    """Returns `text` with blanks in place of private details, so that offsets do not change."""
    for start, end in private_spans(text):
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def private_spans(text: str) -> list[Span]:
    """Returns where private details are in `text`, in order."""
    masked, origins = text, list(range(len(text) + 1))  # where each character of `masked` was in `text`
    spans: list[Span] = []
    for find in FINDERS:
        for start, end in reversed(list(find(masked))):
            spans.append((origins[start], origins[end]))
            masked = masked[:start] + MASK + masked[end:]
            origins[start:end] = [origins[start]] * len(MASK)
    return _without_overlaps(spans)


def _emails(text: str) -> Iterator[Span]:
    if "@" in text or re.search(r"\bat\b", text, re.I):
        yield from (match.span() for match in EMAIL.finditer(text))


def _cards(text: str) -> Iterator[Span]:
    for match in DIGITS.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        if len(digits) in CARD_LENGTHS and luhn.is_valid(digits):
            yield match.span()


def _ids(text: str) -> Iterator[Span]:
    spans = [match.span() for pattern in (SSN, NINO) for match in pattern.finditer(text)]
    spans += [match.span(1) for match in NAMED_ID.finditer(text)]
    for match in ID_LIKE.finditer(text):
        bare = re.sub(r"[ .-]", "", match.group())
        if len(bare) >= MIN_ID_LENGTH and any(check(bare) for check in CHECKS):
            spans.append(match.span())
    yield from _without_overlaps(spans)


def _phones(text: str) -> Iterator[Span]:
    if not _has_enough_digits(text):
        return  # the common case; finding phone numbers is the slowest step
    spans = [match.span() for match in LOCAL_PHONE.finditer(text)]
    # Ten digits in American format count even if the number is not in use. Elsewhere, lengths vary too much for that.
    spans += _phone_numbers(text, "US", Leniency.POSSIBLE)
    for region in REGIONS:
        spans += _phone_numbers(text, region, Leniency.VALID)
    yield from _without_overlaps(spans)


def _phone_numbers(text: str, region: str, leniency: Any) -> Iterator[Span]:
    for match in PhoneNumberMatcher(text, region, leniency=leniency, max_tries=MAX_TRIES):
        if _has_enough_digits(match.raw_string):
            yield match.start, match.end


def _has_enough_digits(text: str) -> bool:
    return sum(character.isdigit() for character in text) >= MIN_PHONE_DIGITS


def _addresses(text: str) -> Iterator[Span]:
    yield from _without_overlaps([match.span() for pattern in ADDRESSES for match in pattern.finditer(text)])


def _without_overlaps(spans: list[Span]) -> list[Span]:
    """Returns the spans in order, with overlapping ones merged."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


# Most certain first, so that half a card number is not taken for a phone number.
FINDERS = (_emails, _cards, _ids, _phones, _addresses, private_birth_dates)
