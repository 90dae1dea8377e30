"""What tells who a visitor is gives way, and nothing else does."""

from __future__ import annotations

import time

import pytest

from components.privacy.masking import MASK, PRIVATE_WORDS, Recogniser, blank_private, mask, mask_strings, private_spans
from tests.support.masking_figures import SETS, lines

MAX_SECONDS = 0.2  # four or five times what the slowest take on an idle machine, so that nobody else waits for long


@pytest.mark.parametrize(
    "private",
    [
        "jane.doe+hair@example.co.uk", "jane at gmail dot com", "jane(at)mail[dot]org",
        "(555) 123-4567", "212-555-2368", "5551234567", "+44 20 7946 0958",
        "07700 900123", "+91 98765 43210", "1-800-356-9377",
        "4111 1111 1111 1111", "5500-0000-0000-0004", "378282246310005",
        "123-45-6789", "AB 12 34 56 C", "130 692 544", "12345678Z",
        "12 Elm Street, Springfield, IL 62704", "221b baker street", "42 Oak Dr",
        "1600 Pennsylvania Ave", "PO Box 123", "7 St Mary's Road", "SW1A 1AA",
    ],
)  # fmt: skip
def test_what_is_private_is_masked(private: str) -> None:
    assert mask(f"reach me: {private}, does it hurt?") == f"reach me: {MASK}, does it hurt?"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("12/05/1992", MASK), ("may 1990", MASK), ("I'm male, 12/05/1992, thinning", f"I'm male, {MASK}, thinning"),
        ("born may 1990", f"born {MASK}"), ("b. 3.4.88", f"b. {MASK}"), ("dob: 1988-04-03", f"dob: {MASK}"),
        ("my son was born on 5 sept 2019", f"my son was born on {MASK}"), ("12th of May 1971", MASK),
        ("it's 14/7/71, and it sheds", f"it's {MASK}, and it sheds"),
    ],
)  # fmt: skip
def test_a_birth_date_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize("text", ["born in 1990", "since 12/05/2005", "started on 3 April 2011", "in may 1990", "1990", "may 18"])
def test_other_dates_stay(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize("text", ["my ssn is 123456789", "social security number: 123 45 6789", "nhs number 943 476 5919"])
def test_a_named_id_is_masked_whatever_its_form(text: str) -> None:
    assert "9" not in mask(text)


@pytest.mark.parametrize(
    "text",
    [
        "i'm 34 and take 5 mg twice a day", "born in 1985, lost hair 2019-2020", "prices 1000-1500-2000", "1500 2000 2500 grafts",
        "$1,500 for 2000 grafts, then £12,000", "12,000 or 15,000 dollars", "5000 iu vitamin d since 2021-03-12",
        "call 911 or 988 or 999", "2 weeks on the road", "3 treatments took place", "i saw 2 different dr",
        "a 30 minute drive", "10 street drugs", "Norwood 3",
        "1 mg 0.5 ml 1.25 mg 5% 2x1", "at 45 i was fine. com on", "in 2021 2022 2023 2024", "Section 361, 21 CFR 1271.10",
    ],
)  # fmt: skip
def test_what_an_answer_depends_on_stays(text: str) -> None:
    assert mask(text) == text


def test_blanks_take_exactly_the_same_place() -> None:
    text = "a@b.example, 212 555 2368 at 12 Elm Street. does it hurt"
    assert mask(text) == f"{MASK}, {MASK} at {MASK}. does it hurt"
    assert blank_private(text).split() == [",", "at", ".", "does", "it", "hurt"]
    assert len(blank_private(text)) == len(text)


def test_strings_are_masked_however_deep() -> None:
    value = {"age": ["a@b.example", 34, {"a@b.example": None}], "sure": True}
    assert mask_strings(value) == {"age": [MASK, 34, {MASK: None}], "sure": True}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail ｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ ok", f"mail {MASK} ok"),
        ("card 4111\u00a01111\u20071111\u202f1111 ok", f"card {MASK} ok"),
        ("card 4111‑1111–1111—1111 ok", f"card {MASK} ok"),
        ("card 4111\u200b1111\u200b1111\u200b1111 ok", f"card {MASK} ok"),
        ("card 4111  1111   1111 1111 ok", f"card {MASK} ok"),
        ("call ٢١٢ ٥٥٥ ٠١٤٣ ok", f"call {MASK} ok"),
        ("my name’s Rita Okafor, ok", f"my name’s {MASK}, ok"),
        ("½ pill  of ﷺ, 5 mg – ok", "½ pill  of ﷺ, 5 mg – ok"),
    ],
)
def test_other_ways_to_write_the_same_characters(text: str, expected: str) -> None:
    assert mask(text) == expected


def test_a_text_does_not_grow_before_the_search() -> None:
    assert len(private_spans("\ufdfa" * 5000 + " a@b.example")) == 1


@pytest.mark.parametrize("line", PRIVATE_WORDS["recognisers"], ids=lambda line: line["name"])
def test_each_recogniser_finds_something_in_the_private_messages(line: dict[str, str]) -> None:
    texts = [text.partition("\t")[0] for which in SETS for text in lines(f"private{which}")]
    assert any(list(Recogniser(line)(text)) for text in texts)


@pytest.mark.parametrize("text", ["5 Mg Finasteride. Dr Jones", "5 Mins Ago Chest Pain. Dr Is Away"])
def test_an_address_does_not_reach_into_the_next_sentence(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    "piece",
    [
        "1", "1 ", "a@", "a.", "1 Aa ", "A1", "x at ", "ssn ", "a@a.", "AB 12345 ", "+1 ", "(1)", "1-2/", "12 a st ",
        "12707550－－50", "\ufdfa", "3/4/88 ", "2001 ", "mar 88 ", "a'", "+44 20 7946 0958 ", "12345678A ", "my name is ",
        "last four 1 ", "call me ", "A a ", "j d ", "mrn 1 1 1 1 1 1 ", "0 ", "four ", "calle ",
    ],
)  # fmt: skip
def test_no_text_takes_long(piece: str) -> None:
    began = time.process_time()
    mask((piece * 5000)[:5000])
    assert time.process_time() - began < MAX_SECONDS
