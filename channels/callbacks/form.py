"""What visitors fill in to be called back, and what we accept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, TypedDict

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from channels.text import clean

TIMES = ("any_time", "morning", "afternoon", "evening")
MAX_NAME, MAX_CONTACT = 80, 254  # characters
NAME_MARKS = " .'’-·"
# Mail programs make a link of what looks like an address. A dot with a space after it is no part of one.
DOT_BEFORE_LETTER = re.compile(rf"\.(?=[^{re.escape(NAME_MARKS)}])")
ADDRESS = re.compile(r"\b(?:https?|www)\b", re.I)
# Calling these back costs the clinic money.
CHARGED = (PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST)


class Form(TypedDict):
    """A form that we accept. Either `phone` or `email` may be empty."""

    name: str
    phone: str  # in international format
    email: str
    when: str  # one of TIMES


class FormError(Exception):
    """A form that we do not accept.

    Attributes:
        fields: the names of the wrong fields.
    """

    def __init__(self, fields: list[str]) -> None:
        super().__init__(", ".join(fields))
        self.fields = fields


def parse_form(body: Mapping[str, Any], country: str) -> Form:
    """Returns the form in a request's body. A phone number without a country code belongs to `country`.

    Raises:
        FormError: a field is missing or wrong, or the visitor has not agreed.
    """
    checks: dict[str, Callable[[str], str]] = {
        "name": _name,
        "phone": lambda text: _phone(text, country),
        "email": _email,
        "when": _time,
    }
    values, wrong = {}, []
    for field, check in checks.items():
        try:
            values[field] = check(_text(body.get(field, "")))
        except ValueError:
            wrong.append(field)
    if not wrong and not (values["phone"] or values["email"]):
        wrong = ["phone", "email"]
    if body.get("consent") is not True:
        wrong.append("consent")
    if wrong:
        raise FormError(wrong)
    return Form(name=values["name"], phone=values["phone"], email=values["email"], when=values["when"])


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_CONTACT:
        raise ValueError
    return " ".join(clean(value).split())


def _name(text: str) -> str:
    """A name has letters. It has no address of a website, which somebody at the clinic might open: "Dr.Bell" gets a space."""
    text = DOT_BEFORE_LETTER.sub(". ", text)
    letters = [character for character in text if unicodedata.category(character)[0] in "LM"]
    if not letters or len(text) > MAX_NAME or any(mark not in NAME_MARKS for mark in text if mark not in letters):
        raise ValueError
    if ADDRESS.search(text):
        raise ValueError
    return text


def _phone(text: str, country: str) -> str:
    if not text:
        return ""
    try:
        number = phonenumbers.parse(text, country if country in phonenumbers.SUPPORTED_REGIONS else None)
    except NumberParseException:
        raise ValueError from None
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) in CHARGED:
        raise ValueError
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def _email(text: str) -> str:
    if not text:
        return ""
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        raise ValueError from None


def _time(text: str) -> str:
    if text not in TIMES:
        raise ValueError
    return text
