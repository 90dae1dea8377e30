"""How the referral tells a visitor to reach the clinic, or whom else."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from components.dialogue.responses import ResponseGenerator
from runtime.paths import RESPONSES
from tests.support.house import environment


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("", "public finder"),
        ("{name: Example, phone: 555 0100 00}", "call Example at 555 0100 00"),
        ("{name: Example, booking_link: 'https://example.com/book'}", "https://example.com/book"),
    ],
)
def test_how_to_reach_someone(tmp_path: Path, text: str, contact: str) -> None:
    file = tmp_path / "clinic.yml"
    file.write_text(text)
    with environment(CLINIC_FILE=str(file)):
        generator = ResponseGenerator(None, None)
    responses = {}
    for name in ("contact", "referral"):
        responses |= yaml.safe_load((RESPONSES / f"{name}.yml").read_text(encoding="utf-8"))["responses"]
    generator.responses = responses
    assert contact in generator._text("utter_referral")
