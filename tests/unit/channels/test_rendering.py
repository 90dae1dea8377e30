"""How the messages of a turn look on a platform: cut, listed, or with buttons."""

from __future__ import annotations

from channels.platforms.rendering import Style, render, split, starred
from runtime.shapes import Message
from tests.unit.channels.question_examples import AGE, FLAGS, STAGE


def test_a_long_text_is_cut_between_sentences_and_nothing_is_lost() -> None:
    text = "\n".join(" ".join(f"This is sentence {number} of line {line}." for number in range(9)) for line in range(20))
    for limit in (80, 160, 640, 1600):
        parts = split(text, limit)
        assert all(len(part) <= limit and part.endswith(".") for part in parts)
        assert " ".join(parts).split() == text.split()
    assert split("x" * 250, 100) == ["x" * 100, "x" * 100, "x" * 50]
    assert split("short", 100) == ["short"]


def test_what_has_no_room_as_buttons_becomes_a_list() -> None:
    few = Style(max_text=1000, max_buttons=3, max_title=20, max_text_with_buttons=100)
    (age,) = render([AGE], few)
    assert [button["title"] for button in age.buttons] == ["Not sure", "Rather not say"]
    (listed,) = render([STAGE], Style(max_text=1000, max_buttons=3, max_title=10, max_text_with_buttons=100))
    assert "1. Early, hardly seen\n2. Clearly thinner" in listed.text
    assert not listed.buttons
    (several,) = render([FLAGS], few)
    assert "3. None of these" in several.text, "one press would end a question that takes several answers"
    (unnumbered,) = render([AGE], Style(max_text=1000))
    assert "1." not in unnumbered.text, "the answer is itself a number"
    first, second = render([STAGE, STAGE], Style(max_text=1000))
    assert first.text.endswith("2. Clearly thinner")
    assert second.text.endswith("4. Clearly thinner"), "numbers go on over the messages of a turn, as they are read"


def test_a_phone_number_is_shown_as_a_number() -> None:
    (piece,) = render(
        [{"text": "Ask.", "buttons": [{"title": "Call the clinic", "url": "tel:+15550100100"}]}], Style(max_text=1000)
    )
    assert piece.text == "Ask.\n\nCall the clinic: +15550100100"


def test_a_heading_is_bold_where_the_platform_can() -> None:
    answer: Message = {"text": "Cost & more\nIt varies.", "metadata": {"kind": "answer", "sources": [], "heading": "Cost & more"}}
    (plain,) = render([answer], Style(max_text=1000))
    assert plain.text == "Cost & more\nIt varies."
    (bold,) = render([answer], Style(max_text=1000, bold=starred, escape=lambda text: text.replace("&", "&amp;")))
    assert bold.text == "*Cost &amp; more*\nIt varies."
