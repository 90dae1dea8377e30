"""Which numbers a text says and a claim has, and which facts are due."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from commands.consistency.facts import CHANGING, CHANGING_LASTS, OTHERS_LAST, numbers, numbers_said, overdue, uncited
from commands.consistency.project import PROJECT


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("$1,500 to $5,000 a session", {"1500", "5000"}),
        ("about 9.5 hairs, +20% or 12-16 weeks", {"9.5", "20", "12", "16"}),
        ("Results start in six to eight weeks.", {"6", "8"}),
        ("two small studies, and three randomized trials", {"2", "3"}),
        ("No one can say. Two things differ, and one study had no control group.", set()),
        ("Call {emergency_number}, 24/7. COVID-19 and B12 are names.", set()),
    ],
)
def test_numbers_that_a_text_says(text: str, said: set[str]) -> None:
    assert numbers_said(text) == said


def test_a_claim_backs_a_number_in_digits_or_words() -> None:
    assert numbers("12 people in three states, one twice") == {"12", "3", "1"}


def test_facts_are_due_by_what_they_rest_on() -> None:
    facts = PROJECT.data("data/facts.yml")["facts"]
    oldest = date.fromisoformat(min(fact["as_of"] for fact in facts.values()))
    assert list(overdue(PROJECT, oldest)) == []
    changing = list(overdue(PROJECT, oldest + CHANGING_LASTS + timedelta(days=1)))
    assert any("REG-01 is of" in line for line in changing)
    assert len(changing) == sum(fact["strength"] in CHANGING and fact["as_of"] == oldest.isoformat() for fact in facts.values())
    newest = date.fromisoformat(max(fact["as_of"] for fact in facts.values()))
    assert len(list(overdue(PROJECT, newest + OTHERS_LAST + timedelta(days=1)))) == len(facts)


def test_facts_that_nobody_states_are_listed() -> None:
    path = "data/responses/reasons.yml"
    changed = PROJECT.with_text(path, PROJECT.text(path).replace("AVD-03", "AVD-01"))
    assert set(uncited(PROJECT)) <= set(uncited(changed))
    assert not {"REG-01", "CMP-17"} & set(uncited(PROJECT))
