"""Which numbers a text says and a claim has, and which facts are due."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from commands.consistency.facts import CHANGING, CHANGING_LASTS, OTHERS_LAST, dated, numbers, numbers_said, overdue, uncited
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
        ("about 15 in 100 had it, on a scale from 1 to 10", {"15"}),
    ],
)
def test_numbers_that_a_text_says(text: str, said: set[str]) -> None:
    assert numbers_said(text) == said


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("It isn't FDA-approved.", 1),
        ("Selling it is illegal.", 1),
        ("{as_of} it isn't FDA-approved.", 0),
        ('Is it approved? In 2020 the FDA said it was illegal. Beware of "FDA-approved exosomes".', 0),
        ("As of November 2026, it isn't FDA-approved.", 1),
    ],
)
def test_what_can_change_has_its_date(text: str, faults: int) -> None:
    path = "data/responses/reasons.yml"
    line = "The kind of hair loss isn't clear yet. A diagnosis comes before any treatment."
    changed = PROJECT.text(path).replace(line, text, 1).replace("facts: [AVD-09]", "facts: [REG-01]", 1)
    assert len(list(dated(PROJECT.with_text(path, changed)))) == faults


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
