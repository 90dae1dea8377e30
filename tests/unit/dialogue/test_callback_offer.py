"""Whom we offer to be called back."""

from __future__ import annotations

from typing import Any

import pytest

from components.dialogue.callback_offer import may_be_called_back
from runtime.clinic import Clinic

CLINIC = Clinic(callback="desk@example.com")


def says(*ages: str, holder: str = "self") -> dict[str, Any]:
    statement = {"slot": "age", "holder": holder, "holds": True, "concept": "", "name": "", "typed": True}
    return {"statements": [{**statement, "value": age, "turn": turn} for turn, age in enumerate(ages, start=1)]}


@pytest.mark.parametrize(
    ("clinic", "slots", "offered"),
    [
        (CLINIC, {}, True),
        (Clinic(), {}, False),
        (CLINIC, {"danger": "emergency"}, False),
        (CLINIC, {"danger": "crisis"}, False),
        (CLINIC, says("17"), False),
        (CLINIC, says("18"), True),
        (CLINIC, says("17", "18"), True),
        (CLINIC, says("declined"), True),
        (CLINIC, says("12", holder="child"), True),
        (CLINIC, {"age": "16"}, False),
    ],
)
def test_whom_we_offer_it(clinic: Clinic, slots: dict[str, Any], offered: bool) -> None:
    assert may_be_called_back(clinic, slots) == offered
