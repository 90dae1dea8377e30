"""How the referral tells a visitor to reach the clinic, or whom else. With the texts that visitors read."""

from __future__ import annotations

import pytest
import yaml

from components.dialogue.texts import Texts
from runtime.clinic import Clinic
from runtime.paths import RESPONSES

ALL_RESPONSES = {
    name: variants
    for file in ("contact", "referral")
    for name, variants in yaml.safe_load((RESPONSES / f"{file}.yml").read_text(encoding="utf-8"))["responses"].items()
}


@pytest.mark.parametrize(
    ("clinic", "contact"),
    [
        (Clinic(), "public finder"),
        (Clinic(name="Example", phone="555 0100 00"), "call Example at 555 0100 00"),
        (Clinic(name="Example", booking_link="https://example.com/book"), "https://example.com/book"),
    ],
)
def test_how_to_reach_someone(clinic: Clinic, contact: str) -> None:
    assert contact in Texts(ALL_RESPONSES, clinic).text("utter_referral")
