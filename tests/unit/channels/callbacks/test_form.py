"""What the form for being called back may hold."""

from __future__ import annotations

from typing import Any

import pytest

from channels.callbacks.form import FormError, parse_form

FILLED = {"name": "Jo Bell", "phone": "212 555 0142", "email": "jo@example.com", "when": "morning", "consent": True}


def parse(country: str = "US", **changed: Any) -> Any:
    return parse_form({**FILLED, **changed}, country)


def test_a_form_is_put_in_order() -> None:
    form = parse(name="  Zoë   O’Neil-Ruiz ", email=" Jo@EXAMPLE.com ", topic="hair loss")
    assert form == {"name": "Zoë O’Neil-Ruiz", "phone": "+1 212-555-0142", "email": "Jo@example.com", "when": "morning"}


@pytest.mark.parametrize(
    ("country", "phone", "expected"),
    [
        ("GB", "020 7946 0018", "+44 20 7946 0018"),
        ("US", "+44 20 7946 0018", "+44 20 7946 0018"),
        ("other", "+34 912 34 56 78", "+34 912 34 56 78"),
        ("US", "(212) 555-0142", "+1 212-555-0142"),
    ],
)
def test_a_phone_number_belongs_to_the_clinics_country(country: str, phone: str, expected: str) -> None:
    assert parse(country, phone=phone)["phone"] == expected


@pytest.mark.parametrize("missing", ["phone", "email"])
def test_one_way_to_reach_a_visitor_is_enough(missing: str) -> None:
    assert parse(**{missing: ""})[missing] == ""


@pytest.mark.parametrize("name", ["李小龍", "ज्योति", "Nguyễn Thị Hoa", "José-María", "D'Arcy", "Jr. Smith"])
def test_names_of_all_scripts(name: str) -> None:
    assert parse(name=name)["name"] == name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Dr.Bell", "Dr. Bell"),
        ("J.R.R.Tolkien", "J. R. R. Tolkien"),
        ("J.-P. Roux", "J.-P. Roux"),
        ("see evil.co", "see evil. co"),
        ("Evil.Com", "Evil. Com"),
        ("Dr.Link", "Dr. Link"),
    ],
)
def test_no_dot_in_a_name_makes_it_a_link(name: str, expected: str) -> None:
    assert parse(name=name)["name"] == expected


@pytest.mark.parametrize(
    ("wrong", "values"),
    [
        ("name", ["", "  ", "...", "x" * 81, "Jo http://evil.example", "Jo <b>", "a@b.example", "Jo 24", 5, None, ["Jo"]]),
        ("name", ["visit www.evil.com now", "WWW.Evil.example", "http evil", "jo@evil", ".a" * 39]),
        ("phone", ["12", "911", "call me", "+1 555", "900 555 0142", "0" * 300, 2125550142]),
        ("email", ["jo", "jo@", "jo@localhost", "jo@example.com, eve@example.com", "jo@example.com\nBcc: eve@example.com", {}]),
        ("when", ["", "now", "my scalp hurts", None]),
        ("consent", [False, "true", 1, None]),
    ],
)  # fmt: skip
def test_each_wrong_field_is_named(wrong: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(FormError) as refused:
            parse(**{wrong: value})
        assert refused.value.fields == [wrong], value


def test_without_any_way_to_reach_a_visitor_both_are_named() -> None:
    with pytest.raises(FormError) as refused:
        parse(phone="", email=" ")
    assert refused.value.fields == ["phone", "email"]


def test_line_breaks_cannot_start_another_header() -> None:
    assert parse(name="Jo\r\nBcc Eve")["name"] == "Jo Bcc Eve"
