"""clinic.yml: what a clinic may set, and the errors it gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.clinic import COUNTRIES, load_clinic


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "clinic.yml"
    file.write_text(text)
    return file


def test_the_file_of_the_project_is_valid_and_empty() -> None:
    assert load_clinic().name == ""


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("phone: call us", "phone"),
        ("booking_link: http://example.com", "booking_link"),
        ("country: Mars", "country"),
        ("colour: red", "colour"),
        ("color: red", "color"),
        ("color: '#7a9cb8'", "too light"),
        ("websites: [example.com]", "websites"),
        ("prices: cheap", "prices"),
        ("chat_page: http://example.com", "chat_page"),
        ("check_also_on: [telegram, signal]", "check_also_on"),
        ("[1, 2]", "fields"),
        ("name: [", "cannot be read"),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        load_clinic(write(tmp_path, text))


def test_every_country_has_every_number() -> None:
    assert len({frozenset(numbers) for numbers in COUNTRIES.values()}) == 1
