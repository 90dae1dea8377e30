"""The age that a text states."""

from __future__ import annotations

from datetime import date

import pytest

from components.understanding.ages import number, read_age


def years(text: str, asked: bool = True) -> int | None:
    found = read_age(text, asked)
    return found[0] if found else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("i'm 34", 34), ("34yo male", 34), ("F52", 52), ("52 f", 52), ("aged forty", 40), ("thirty-four years old", 34),
        ("turning 18 next month", 17), ("not quite 18", 17),
        ("mid forties", 44), ("late 50's", 57), ("in my teens", 13), ("early sixties", 60),
        ("63... sorry, i'm 36", 36), ("63, sorry, 36", 36), ("My husband is 55, I am 47", 47),
    ],
)  # fmt: skip
def test_stated_at_any_time(text: str, expected: int) -> None:
    assert years(text, asked=False) == years(text, asked=True) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("34", 34), ("sixteen", 16), ("thirty-four", 34), ("fourty five", 45), ("seventysomething", 70),
        ("18 in march", 17), ("one more birthday and i'm 18", 17), ("two years shy of 40", 39),
        ("the big four-oh", 40), ("half a century", 50),
        ("sorry, I meant 43, not 34", 43), ("my 40th was last week", 40), ("40-45", 40),
    ],
)  # fmt: skip
def test_stated_when_asked(text: str, expected: int) -> None:
    assert years(text) == expected


@pytest.mark.parametrize("text", ["34", "sixteen", "half a century", "18 in march"])
def test_a_bare_number_is_an_age_only_when_asked(text: str) -> None:
    assert years(text, asked=False) is None


@pytest.mark.parametrize("text", ["call +44 20 7946 0958", "12 Elm Street, Springfield", "po box 12", "41 11 11 11 11 11 11 11"])
def test_a_bare_number_in_a_private_detail_is_no_age(text: str) -> None:
    assert years(text) is None
    assert years(f"{text}. i'm 34") == 34
    assert years(f"{text} … 34") == 34


@pytest.mark.parametrize("asked", [True, False])
def test_a_stated_age_counts_where_masking_would_take_it_away(asked: bool) -> None:
    assert years("I Am 16 Years Old. My Dr Said", asked) == 16


@pytest.mark.parametrize(
    "text",
    [
        "5% minoxidil for 2 years", "3 sessions", "i'm 6 feet", "i'm 20 minutes away", "used it for 18 months", "i am 300",
        "my wife is 55", "",
    ],
)  # fmt: skip
def test_other_numbers_are_no_age(text: str) -> None:
    assert years(text, asked=False) is None


@pytest.mark.parametrize("text", ["5% for 18 months", "10 mg", "0", "121", "my wife is 55"])
def test_other_numbers_are_no_age_even_when_asked(text: str) -> None:
    assert years(text) is None


def test_a_year_of_birth_is_read_as_the_lower_age() -> None:
    assert years("born in 1990") == date.today().year - 1990 - 1


@pytest.mark.parametrize(
    ("text", "stated"), [("My husband is 55, İ'm 47 years old", "İ'm 47"), ("63... sorry, i'm 36", "i'm 36")]
)
def test_the_place_in_the_text(text: str, stated: str) -> None:
    found = read_age(text, asked=False)
    assert found is not None
    assert text[found[1] : found[2]] == stated


@pytest.mark.parametrize(
    ("word", "value"), [("7", 7), ("twelve", 12), ("forty", 40), ("forty-two", 42), ("Fortytwo", 42), ("ninty one", 91)]
)
def test_number_words(word: str, value: int) -> None:
    assert number(word) == value
