"""Masks what tells who or where a visitor is, before their message is understood or stored.

E-mail addresses, card numbers, national ids, phone numbers and street addresses give way to the one word that is understood
best: "does it hurt? my number is [phone number]" was taken for a wish to book a visit, with [private] it is about pain.
Ages, doses, dates, prices and emergency numbers stay, since answers depend on them.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from typing import Any

import yaml
from phonenumbers import Leniency, PhoneNumberMatcher
from stdnum import luhn

from runtime.clinic import COUNTRIES
from runtime.paths import UNDERSTANDING_DATA

PRIVATE_WORDS = yaml.safe_load((UNDERSTANDING_DATA / "private.yml").read_text(encoding="utf-8"))
MASK: str = PRIVATE_WORDS["mask"]
REGIONS = sorted(country for country in COUNTRIES if len(country) == 2)
MIN_PHONE_DIGITS = 9  # digits; what is shorter may be a price, a date or a count
MIN_ID_LENGTH = 8
CARD_LENGTHS = range(13, 20)
MAX_TRIES = 200  # of the phone finder in one message


def _any(words: list[str]) -> str:
    return "|".join(map(re.escape, words))


EMAIL = re.compile(
    r"[\w.+%'-]{1,64}(@| ?[\[(]at[\])] ?| at (?=\w{1,40} dot ))[\w-]{1,63}((\.| ?[\[(]dot[\])] ?| dot )[\w-]{2,63}){1,4}", re.I
)
DIGITS = re.compile(r"(?<![\w.,])\d(?:[ -]?\d){12,18}(?![\w])")
SSN = re.compile(r"(?<![\w-])\d{3}(?:-\d{2}-| \d{2} )\d{4}(?![\w-])")
NINO = re.compile(r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?(\d{2} ?){3}[A-D]\b", re.I)
NAMED_ID = re.compile(rf"\b(?:{_any(PRIVATE_WORDS['id_words'])})\b\D{{0,20}}?([A-Z]{{0,2}}\d(?:[ -]?\d){{5,11}}[A-Z]?)\b", re.I)
ID_LIKE = re.compile(r"(?<![\w.-])(?:(?=[A-Z]*\d)[A-Z\d]{8,20}|\d{1,20}(?:[ .-]\d{1,20}){1,5}(?:-?[A-Z])?)(?![\w-])", re.I)
LOCAL_PHONE = re.compile(r"(?<![\w.,])\(?0\d(?:[ )-]{0,2}\d){8,9}(?!\w)")
_COUNTED = "|".join(map(re.escape, sum(PRIVATE_WORDS["counted"], [])))
_NUMBER = r"(?<![\w$£€.,/-])\d{1,5}[A-Za-z]?,? "
_TAIL = (
    r"(\.?,? (apt|apartment|suite|unit|flat|#)\.? ?\w{1,5}\b)?"
    r"(,? [A-Z]\w+){0,3}(,? [A-Z]{2} \d{5}(-\d{4})?\b)?(,? [A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b)?"
)
ADDRESSES = [
    re.compile(
        rf"(?i:{_NUMBER}(?:(?!(?:{_COUNTED})\b)[a-z\d'.-]+ ){{1,4}}(?:{_any(PRIVATE_WORDS['streets']['always'])})\b){_TAIL}"
    ),
    re.compile(rf"{_NUMBER}(?:[A-Z][\w'.-]* ){{1,4}}(?:{_any(PRIVATE_WORDS['streets']['capital'])})\b{_TAIL}"),
    re.compile(r"\bp\.? ?o\.? box \d+", re.I),
    re.compile(r"(?<=, )[A-Z]{2} \d{5}(-\d{4})?\b"),
    re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b"),
]
CHECKS: list[Callable[[str], bool]] = [importlib.import_module(f"stdnum.{kind}").is_valid for kind in PRIVATE_WORDS["ids"]]


def mask(text: str) -> str:
    """Returns what a visitor wrote, with what is private in it masked."""
    for find in FINDERS:
        for start, end in reversed(list(find(text))):
            text = text[:start] + MASK + text[end:]
    return text


def _emails(text: str) -> Iterator[tuple[int, int]]:
    if "@" in text or re.search(r"\bat\b", text, re.I):
        yield from (found.span() for found in EMAIL.finditer(text))


def _cards(text: str) -> Iterator[tuple[int, int]]:
    for found in DIGITS.finditer(text):
        digits = re.sub(r"\D", "", found.group())
        if len(digits) in CARD_LENGTHS and luhn.is_valid(digits):
            yield found.span()


def _ids(text: str) -> Iterator[tuple[int, int]]:
    spans = [found.span() for pattern in (SSN, NINO) for found in pattern.finditer(text)]
    spans += [found.span(1) for found in NAMED_ID.finditer(text)]
    for found in ID_LIKE.finditer(text):
        bare = re.sub(r"[ .-]", "", found.group())
        if len(bare) >= MIN_ID_LENGTH and any(check(bare) for check in CHECKS):
            spans.append(found.span())
    yield from _apart(spans)


def _phones(text: str) -> Iterator[tuple[int, int]]:
    if sum(sign.isdigit() for sign in text) < MIN_PHONE_DIGITS:
        return  # the common case, and the finder is the dearest part
    spans = [found.span() for found in LOCAL_PHONE.finditer(text)]
    # Ten digits in the American form are a number even where nobody has it; elsewhere the lengths vary too much for that.
    spans += _numbers(text, "US", Leniency.POSSIBLE)
    for region in REGIONS:
        spans += _numbers(text, region, Leniency.VALID)
    yield from _apart(spans)


def _numbers(text: str, region: str, leniency: Any) -> Iterator[tuple[int, int]]:
    for found in PhoneNumberMatcher(text, region, leniency=leniency, max_tries=MAX_TRIES):
        if sum(sign.isdigit() for sign in found.raw_string) >= MIN_PHONE_DIGITS:
            yield found.start, found.end


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    yield from _apart([found.span() for pattern in ADDRESSES for found in pattern.finditer(text)])


def _apart(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Returns the spans in order, those that overlap as one."""
    apart: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


# In this order: the most certain first, so that a card is not half a phone number.
FINDERS = (_emails, _cards, _ids, _phones, _addresses)
