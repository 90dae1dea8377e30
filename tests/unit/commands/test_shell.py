"""How a reply looks in the terminal."""

from __future__ import annotations

import pytest

from commands.shell import print_replies
from runtime.shapes import Message

ANSWER: Message = {
    "text": "It may sting.",
    "buttons": [{"title": "Tell me more", "payload": "/ask_more_detail"}],
    "metadata": {"kind": "answer", "sources": [{"title": "FDA", "url": "https://fda.gov"}, {"title": "The clinic", "url": None}]},
}
REFERRAL: Message = {
    "text": "See one.",
    "buttons": [{"title": "Book", "url": "https://example.com"}],
    "metadata": {"kind": "referral"},
}
STAGE: Message = {"text": "Which?", "buttons": [{"title": "Early", "payload": "/a"}, {"title": "Late", "payload": "/b"}]}
AGE: Message = {"text": "How old?", "buttons": [{"title": "Not sure", "payload": "/c"}], "metadata": {"slot": "age"}}


def test_sources_links_and_numbers_that_go_on_over_the_replies(capsys: pytest.CaptureFixture[str]) -> None:
    print_replies([ANSWER, REFERRAL, STAGE])
    assert capsys.readouterr().out.split("\n") == [
        "", "It may sting.", "  source: FDA <https://fda.gov>", "  source: The clinic", "  1. Tell me more",
        "", "See one.", "  Book: https://example.com",
        "", "Which?", "  2. Early", "  3. Late", "",
    ]  # fmt: skip


def test_where_a_number_is_the_answer_options_have_none(capsys: pytest.CaptureFixture[str]) -> None:
    print_replies([AGE])
    assert "  - Not sure" in capsys.readouterr().out
