"""The rules of the candidacy check, in plain Python without Rasa.

The table below is the complete decision logic; docs/candidacy.md is generated from it. If several rules apply, the most
cautious outcome wins, and visitors read the reasons in the order of the table. No outcome clears anyone for treatment: no exosome
product is FDA-approved, so there is no official list of candidates or contraindications. The rules combine the groups of patients
that clinics' articles name with precautions from trial exclusions and general practice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from actions.questionnaire import AGE, AGE_BANDS, LISTS, UNKNOWN, open_questions

ADULT = 18  # years; trials enrolled adults only
AGE_GROUP = "age_group"  # the rules look at the age group, which we work out from the age
UNDER_AGE, OF_AGE = "under_18", "adult"  # the age groups
ALOPECIA_AREATA, PATCHY = "alopecia_areata", "patchy_undiagnosed"
DANGER_SLOT = "danger"  # the most serious danger that was reported in this conversation
OUTCOME_SLOT, REASONS_SLOT = "candidacy_outcome", "candidacy_reasons"  # the slots for the assessment


class Outcome(IntEnum):
    """The five outcomes, from least to most cautious."""

    worth_discussing = 0
    see_dermatologist_first = 1
    less_likely_to_help = 2
    not_now = 3
    urgent_care = 4


@dataclass(frozen=True)
class Rule:
    """One row of the table: it applies when the answer to `slot` is, or contains, `value`.

    Attributes:
        name: the rule's name; `utter_reason_<name>` in data/responses/reasons.yml explains it to the visitor.
        slot: the answer that it looks at.
        value: the value that makes it apply.
        outcome: the outcome, unless a more cautious rule applies too.
        source: where the rule comes from: the facts of data/facts.yml behind it.
    """

    name: str
    slot: str
    value: str
    outcome: Outcome
    source: str


RULES: tuple[Rule, ...] = (
    # A worrying symptom in this conversation
    Rule("emergency_reported", DANGER_SLOT, "emergency", Outcome.urgent_care, "EMG-01, EMG-02, EMG-03, EMG-04, EMG-05"),
    Rule("crisis_reported", DANGER_SLOT, "crisis", Outcome.urgent_care, "EMG-07"),
    Rule("abuse_reported", DANGER_SLOT, "abuse", Outcome.urgent_care, "EMG-07, general practice"),
    Rule("reaction_reported", DANGER_SLOT, "reaction", Outcome.urgent_care, "EMG-04, EMG-06"),
    # Reasons not to go ahead now; what must be seen today comes first
    Rule("scalp_infection", "health_flags", "scalp_infection", Outcome.not_now, "AVD-03"),
    Rule("under_18", AGE_GROUP, UNDER_AGE, Outcome.not_now, "AVD-05"),
    Rule("pregnant_or_breastfeeding", "health_flags", "pregnant_or_breastfeeding", Outcome.not_now, "AVD-01"),
    Rule("active_cancer", "health_flags", "active_cancer", Outcome.not_now, "AVD-02"),
    Rule("weak_immune_system", "health_flags", "weak_immune_system", Outcome.not_now, "AVD-04"),
    # Hair that is unlikely to come back
    Rule("scarring", "hair_loss_type", "scarring", Outcome.less_likely_to_help, "EVI-12, SCA-01, SCA-03"),
    Rule("long_standing_smooth", "hair_loss_stage", "long_standing_smooth", Outcome.less_likely_to_help, "SCA-01, SCA-04"),
    # Something that a dermatologist must clarify first; what must be seen soon comes first
    Rule("painful_or_burning", "warning_signs", "painful_or_burning", Outcome.see_dermatologist_first, "SCA-04"),
    Rule("sudden_or_rapid", "warning_signs", "sudden_or_rapid", Outcome.see_dermatologist_first, "AVD-09, MED-07"),
    Rule("patchy_undiagnosed", "warning_signs", PATCHY, Outcome.see_dermatologist_first, "AVD-09, MED-07"),
    Rule("other_cause", "hair_loss_type", "other_cause", Outcome.see_dermatologist_first, "MED-04, AVD-103, MED-118"),
    Rule("advanced_loss", "hair_loss_stage", "advanced", Outcome.see_dermatologist_first, "CMP-11"),
    Rule("nutritional_gap", "health_flags", "nutritional_gap", Outcome.see_dermatologist_first, "MED-03"),
    Rule("underlying_illness", "health_flags", "underlying_illness", Outcome.see_dermatologist_first, "AVD-08, MED-04"),
    Rule("blood_thinner_or_bleeding", "health_flags", "blood_thinner_or_bleeding", Outcome.see_dermatologist_first, "AVD-06"),
    Rule("past_cancer", "health_flags", "past_cancer", Outcome.see_dermatologist_first, "AVD-02"),
    Rule("allergy", "health_flags", "allergy", Outcome.see_dermatologist_first, "AVD-07"),
    Rule("type_not_sure", "hair_loss_type", "not_sure", Outcome.see_dermatologist_first, "AVD-09"),
    Rule("stage_not_sure", "hair_loss_stage", "not_sure", Outcome.see_dermatologist_first, "AVD-09"),
    Rule("health_not_sure", "health_flags", "not_sure", Outcome.see_dermatologist_first, "AVD-07, AVD-08"),
    Rule("age_not_sure", AGE_GROUP, "not_sure", Outcome.see_dermatologist_first, "AVD-05"),
    Rule("age_declined", AGE_GROUP, "declined", Outcome.see_dermatologist_first, "AVD-05"),
    Rule("health_declined", "health_flags", "declined", Outcome.see_dermatologist_first, "AVD-07, AVD-08"),
    Rule("type_declined", "hair_loss_type", "declined", Outcome.see_dermatologist_first, "AVD-09"),
    Rule("stage_declined", "hair_loss_stage", "declined", Outcome.see_dermatologist_first, "AVD-09"),
    Rule("treatments_declined", "prior_treatments", "declined", Outcome.see_dermatologist_first, "CMP-12"),
    Rule("treatments_not_sure", "prior_treatments", "not_sure", Outcome.see_dermatologist_first, "CMP-12"),
    Rule("response_declined", "treatment_response", "declined", Outcome.see_dermatologist_first, "CMP-12"),
    Rule("response_not_sure", "treatment_response", "not_sure", Outcome.see_dermatologist_first, "CMP-12"),
    # The article's groups: worth a conversation, nothing more
    Rule("pattern", "hair_loss_type", "pattern", Outcome.worth_discussing, "PRM-02, CMP-01, CMP-04, CMP-12"),
    Rule(
        "alopecia_areata",
        "hair_loss_type",
        ALOPECIA_AREATA,
        Outcome.worth_discussing,
        "PRM-02, AA-02, AA-03, AA-04, AA-05, AA-06, AA-07, AA-08, EVI-11",
    ),
    Rule("stress_or_hormonal", "hair_loss_type", "stress_or_hormonal", Outcome.worth_discussing, "PRM-02, MED-01"),
    Rule("scalp_inflammation", "hair_loss_type", "scalp_inflammation", Outcome.worth_discussing, "PRM-02, MEC-04"),
    Rule("earlier_treatment_did_not_help", "treatment_response", "did_not_help", Outcome.worth_discussing, "PRM-02, CMP-12"),
    Rule("treatment_too_early", "treatment_response", "too_early", Outcome.worth_discussing, "CMP-01, CMP-04"),
    Rule("treatment_helps", "treatment_response", "helped", Outcome.worth_discussing, "CMP-17"),
    Rule("early", "hair_loss_stage", "early", Outcome.worth_discussing, "PRM-02, EVI-15"),
)


STOPS = frozenset(rule.value for rule in RULES if rule.outcome >= Outcome.not_now)  # values that decide by themselves


def age_group(age: str | None) -> str | None:
    """Returns `under_18` or `adult` for an age in years or a band; `not_sure`, `declined` and None are returned unchanged.

    Raises:
        ValueError: the age is neither a number nor one of those words.
    """
    if age is None or age in UNKNOWN:
        return age
    years = AGE_BANDS[age] if age in AGE_BANDS else int(age)
    return UNDER_AGE if years < ADULT else OF_AGE


def applicable_rules(answers: Mapping[str, Any]) -> list[Rule]:
    """Returns the rules that apply to `answers`, in the order of the table."""
    values: dict[str, frozenset[str | None]] = {}
    for slot in {rule.slot for rule in RULES}:
        answer = answers.get(slot)
        values[slot] = frozenset(answer or ()) if slot in LISTS else frozenset([answer])
    values[AGE_GROUP] = frozenset([age_group(answers.get(AGE))])
    if ALOPECIA_AREATA in values["hair_loss_type"]:
        # Alopecia areata looks patchy anyway, and it is already diagnosed here.
        values["warning_signs"] = values["warning_signs"] - {PATCHY}
    return [rule for rule in RULES if rule.value in values[rule.slot]]


def is_decided(answers: Mapping[str, Any]) -> bool:
    """Whether the answers so far already rule out going ahead, so that no further question matters."""
    return any(rule.outcome >= Outcome.not_now for rule in applicable_rules(answers))


def assess(answers: Mapping[str, Any]) -> tuple[Outcome, list[Rule]]:
    """Assesses a complete set of answers.

    Args:
        answers: the answers by slot: lists for `health_flags`, `prior_treatments` and `warning_signs`, strings for the rest.

    Returns:
        The most cautious outcome that applies, and all rules that apply, most cautious first.

    Raises:
        ValueError: a question that matters has no answer.
    """
    missing = open_questions(answers)
    if missing and not is_decided(answers):
        raise ValueError(f"Cannot assess without an answer to: {', '.join(missing)}.")
    rules = sorted(applicable_rules(answers), key=lambda rule: -rule.outcome)
    return (rules[0].outcome if rules else Outcome.see_dermatologist_first), rules


def judgement(slots: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the slots with the outcome and the names of the rules behind it; both are None if the answers are incomplete."""
    try:
        outcome, rules = assess(slots)
    except ValueError:
        return {OUTCOME_SLOT: None, REASONS_SLOT: None}
    return {OUTCOME_SLOT: outcome.name, REASONS_SLOT: [rule.name for rule in rules]}
