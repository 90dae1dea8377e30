"""The check reads the text as it was written, and keeps nothing of it but values and words from our own lists."""

from __future__ import annotations

import pytest

from components.dialogue.parsed_message import ParsedMessage
from components.dialogue.statement_reader import hear
from components.understanding.mentions import MentionFinder
from tests.support.masking_figures import SETS, lines

FINDER = MentionFinder()
LINES = [line for which in SETS for line in lines(f"private{which}")]


@pytest.mark.parametrize("words", ["{}", "{}, i take eliquis", "i am on minoxidil {} and i had prp"])
def test_no_private_detail_reaches_a_slot(words: str) -> None:
    for line in LINES:
        text, *parts = line.split("\t")
        said = words.format(text)
        kept = str(hear(ParsedMessage("inform", said, FINDER.find(said)), {}).slots).casefold()
        assert not [part for part in parts if part.casefold() in kept], said


def test_the_word_for_a_medicine_ends_where_it_ends_in_the_text() -> None:
    text = "my name is Jane Doe, on Eliquis, jane@example.com"
    assert {text[mention.start : mention.end] for mention in FINDER.find(text)} == {"Eliquis"}
