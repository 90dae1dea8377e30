"""Which visitors may ask the clinic to call them back. Plain Python on slots."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions.candidacy import UNDER_AGE, age_group
from actions.questionnaire import AGE
from components.dialogue.statements import about, statements_in
from components.understanding.about_whom import SELF
from runtime.clinic import Clinic


def may_be_called_back(clinic: Clinic, slots: Mapping[str, Any]) -> bool:
    """Whether the clinic takes requests, and the visitor is neither in danger nor, as far as we know, under 18."""
    return bool(clinic.callback) and not slots.get("danger") and not is_minor(slots)


def is_minor(slots: Mapping[str, Any]) -> bool:
    """Whether visitors have said that they are under 18 themselves. The age of a child whom they ask about does not count."""
    ages = [statement["value"] for statement in about(statements_in(slots), AGE, SELF) if statement["holds"]]
    return bool(ages) and age_group(ages[-1]) == UNDER_AGE
