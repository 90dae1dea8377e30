"""The parts of a message, and which of them are questions."""

from __future__ import annotations

import pytest

from components.understanding.message_parts import MAX_PARTS, questions, split, yields_to_question


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("what does it cost and does it hurt", ["what does it cost", "does it hurt"]),
        ("Hello there. How much is it?", ["Hello there.", "How much is it?"]),
        ("no, my eyes are swelling", ["my eyes are swelling"]),
        ("it itched but now my lips swell", ["it itched", "my lips swell"]),
        ("is there a package price, also my chest is tight", ["is there a package price", "my chest is tight"]),
        ("it itched and also i can't sleep", ["it itched", "i can't sleep"]),
        ("i also take biotin", []),
        ("first line\nsecond line", ["first line", "second line"]),
        ("does it hurt?", []),
        ("salt and pepper hair", []),
        ("ok. no. does it hurt?", ["does it hurt?"]),
        ("", []),
    ],
)
def test_split(text: str, parts: list[str]) -> None:
    assert split(text) == parts


def test_of_a_long_message_the_first_and_the_last_parts_count() -> None:
    sentences = [f"sentence {number}." for number in range(100)]
    parts = split(" ".join(sentences))
    assert len(parts) == MAX_PARTS
    assert (parts[0], parts[-1]) == (sentences[0], sentences[-1])


def test_a_part_that_only_may_ask_about_the_last_answer_needs_a_question_mark() -> None:
    assert questions(["did nothing"], [("ask_more_detail", 0.9)]) == []
    assert questions(["did that do anything?"], [("ask_more_detail", 0.9)]) == ["ask_more_detail"]


def test_questions_are_the_clear_parts_that_ask() -> None:
    parts = ["how much is it?", "it hurts", "does it hurt", "what is it", "how much is it", "thank you?"]
    intents = [
        ("ask_cost", 0.9),
        ("ask_aftercare", 0.9),
        ("ask_pain", 0.61),
        ("ask_evidence", 0.5),
        ("ask_cost", 0.8),
        ("thank", 0.9),
    ]
    assert questions(parts, intents) == ["ask_cost", "ask_pain"]


@pytest.mark.parametrize(
    ("intent", "confidence", "asked", "expected"),
    [
        ("greet", 0.9, ["ask_cost"], True),
        ("ask_evidence", 0.9, ["ask_cost"], False),  # a clear question stays
        ("out_of_scope", 0.9, ["ask_cost"], False),  # "my sourdough looks dead, can it be saved"
        ("ask_evidence", 0.5, ["ask_cost"], True),
        ("ask_evidence", 0.9, ["ask_cost", "ask_pain"], True),
        ("ask_pain", 0.5, ["ask_cost", "ask_pain"], False),  # it is one of them
        ("ask_cost", 0.4, ["ask_cost"], True),  # the part is as clear as the whole is not
        ("ask_cost", 0.9, ["ask_cost"], False),
        ("report_emergency", 0.4, ["ask_cost"], False),
        ("check_candidacy", 0.4, ["ask_cost"], False),
        ("greet", 0.9, [], False),
    ],
)
def test_what_gives_way_to_a_question(intent: str, confidence: float, asked: list[str], expected: bool) -> None:
    assert yields_to_question(intent, confidence, asked) == expected
