"""Invariant 5: the rules over every profile there is, which takes half a minute."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, combinations, product
from pathlib import Path

import pytest

from actions.candidacy import Outcome, assess
from actions.questionnaire import NONE, UNKNOWN, VALUES

FLAGS = ("pregnant_or_breastfeeding", "active_cancer", "past_cancer", "scalp_infection", "weak_immune_system",
         "blood_thinner_or_bleeding", "nutritional_gap", "underlying_illness", "allergy")  # fmt: skip
WARNINGS = ("sudden_or_rapid", "patchy_undiagnosed", "painful_or_burning")
TYPES = ("pattern", "alopecia_areata", "stress_or_hormonal", "scalp_inflammation", "scarring", "other_cause", "not_sure",
         "declined")  # fmt: skip
STAGES = ("early", "moderate", "advanced", "long_standing_smooth", "not_sure", "declined")
AGES = ("17", "18", "not_sure", "declined")
TRIED = ("prp", "minoxidil", "finasteride", "other")
RESPONSES = ("helped", "did_not_help", "too_early", "not_sure", "declined")
# Written out, so that a new answer asks for its outcome here and in the decision table.
TRIED_OUT = {
    "health_flags": FLAGS, "warning_signs": WARNINGS, "hair_loss_type": TYPES, "hair_loss_stage": STAGES,
    "prior_treatments": TRIED, "treatment_response": RESPONSES,
}  # fmt: skip


def subsets(values: tuple[str, ...]) -> Iterator[frozenset[str]]:
    return map(frozenset, chain.from_iterable(combinations(values, size) for size in range(len(values) + 1)))


HEALTH = [*(flags or frozenset({"none"}) for flags in subsets(FLAGS)), frozenset({"not_sure"}), frozenset({"declined"})]
TREATMENTS = [
    *product([tried for tried in subsets(TRIED) if tried], RESPONSES),
    *((frozenset({word}), None) for word in ("none", "not_sure", "declined")),
]


def outcome(
    age: str, health: frozenset[str], kind: str, stage: str, tried: frozenset[str], response: object, warnings: frozenset[str]
) -> Outcome:
    answers = {"age": age, "health_flags": list(health), "hair_loss_type": kind, "hair_loss_stage": stage,
               "prior_treatments": list(tried), "treatment_response": response, "warning_signs": list(warnings)}  # fmt: skip
    return assess(answers)[0]


@pytest.fixture(scope="module")
def health_side() -> dict[tuple, Outcome]:
    """Every age, health, kind, stage and warning, with nothing tried."""
    nothing = (frozenset({"none"}), None)
    profiles = list(product(AGES, HEALTH, TYPES, STAGES, map(frozenset, subsets(WARNINGS))))
    assert len(profiles) > 600_000
    return {profile: outcome(*profile[:4], *nothing, profile[4]) for profile in profiles}


@pytest.fixture(scope="module")
def decide() -> Callable[..., Outcome]:
    """The outcome by the decision table, which was written from the design alone, without the rules in view."""
    with (Path(__file__).parent / "decision_table.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    table = {(row["question"], answer): row for row in rows for answer in row["answers"].split()}

    def decided(**profile: Iterable[str]) -> Outcome:
        found = [table[question, answer] for question, answers in profile.items() for answer in answers]
        given = set(chain.from_iterable(profile.values()))
        return max(Outcome[row["outcome"]] for row in found if row["unless"] not in given)

    return decided


@pytest.mark.parametrize("slot", sorted(VALUES.keys() - {"age"}))
def test_every_answer_is_tried(slot: str) -> None:
    """Beside these, every profile has the answers that name nothing, and age is tried by number."""
    assert {*TRIED_OUT[slot]} - UNKNOWN == {*VALUES[slot]} - UNKNOWN - {NONE}


def test_every_profile_is_judged_as_in_the_decision_table(
    health_side: dict[tuple, Outcome], decide: Callable[..., Outcome]
) -> None:
    ages = {"17": ["under_18"], "18": ["18_or_over"]}
    for (age, health, kind, stage, warnings), found in health_side.items():
        assert found == decide(
            age=ages.get(age, [age]), health_flags=health, hair_loss_type=[kind], hair_loss_stage=[stage],
            prior_treatments=["none"], warning_signs=warnings,
        ), (age, health, kind, stage, warnings)  # fmt: skip
    for age, (tried, response), kind, stage in product(AGES, TREATMENTS, TYPES, STAGES):
        profile = outcome(age, frozenset({"none"}), kind, stage, tried, response, frozenset())
        assert profile == decide(
            age=ages.get(age, [age]), health_flags=["none"], hair_loss_type=[kind], hair_loss_stage=[stage],
            prior_treatments=tried, treatment_response=[response or "not_applicable"],
        ), (age, tried, response, kind, stage)  # fmt: skip


def test_one_more_flag_or_warning_never_makes_the_outcome_less_cautious(health_side: dict[tuple, Outcome]) -> None:
    for (age, health, kind, stage, warnings), before in health_side.items():
        if not health & {"not_sure", "declined"}:
            for flag in set(FLAGS) - health:
                assert health_side[age, health - {"none"} | {flag}, kind, stage, warnings] >= before
        for warning in set(WARNINGS) - warnings:
            assert health_side[age, health, kind, stage, warnings | {warning}] >= before


@pytest.mark.parametrize("unknown", ["not_sure", "declined"])
def test_an_unknown_answer_is_never_read_as_a_harmless_one(health_side: dict[tuple, Outcome], unknown: str) -> None:
    """Replacing any one answer by an unknown leaves at least what the other answers give, and at least a dermatologist first."""
    for (age, health, kind, stage, warnings), before in health_side.items():
        for replaced in (
            (unknown, health, kind, stage),
            (age, frozenset({unknown}), kind, stage),
            (age, health, unknown, stage),
            (age, health, kind, unknown),
        ):
            after = health_side[(*replaced, warnings)]
            assert after >= Outcome.see_dermatologist_first
            if before <= Outcome.see_dermatologist_first:
                assert after >= before


def test_treatments_and_their_effect_over_every_kind_and_stage() -> None:
    for (tried, response), kind, stage in product(TREATMENTS, TYPES, STAGES):
        found = outcome("40", frozenset({"none"}), kind, stage, tried, response, frozenset())
        unknown = {kind, stage, response, *tried} & {"not_sure", "declined"}
        assert found >= Outcome.see_dermatologist_first or not unknown
