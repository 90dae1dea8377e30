"""What a typed number or word chooses."""

from __future__ import annotations

import pytest

from channels.options import payload_for_typed
from runtime.shapes import Message
from tests.unit.channels.question_examples import AGE, FLAGS, LINK, STAGE


@pytest.mark.parametrize(
    ("text", "messages", "payload"),
    [
        ("1", [STAGE], '/inform{"hair_loss_stage": "early"}'),
        ("2.", [LINK, STAGE], '/inform{"hair_loss_stage": "moderate"}'),
        (" 2) ", [STAGE, LINK], '/inform{"hair_loss_stage": "moderate"}'),
        ("clearly THINNER.", [STAGE], '/inform{"hair_loss_stage": "moderate"}'),
        ("3", [STAGE], None),
        ("0", [STAGE], None),
        ("-1", [STAGE], None),
        ("99999999999", [STAGE], None),
        ("1 2", [STAGE], None),
        ("1, 2", [FLAGS], '/inform{"health_flags": ["past_cancer", "allergy"]}'),
        ("2 and 1", [FLAGS], '/inform{"health_flags": ["allergy", "past_cancer"]}'),
        ("1 & 1", [FLAGS], '/inform{"health_flags": "past_cancer"}'),
        ("1, 7", [FLAGS], None),
        ("1 + 2 + many", [FLAGS], None),
        ("2", [AGE], None),
        ("not sure", [AGE], '/inform{"age": "not_sure"}'),
        ("book a visit", [LINK], None),
        ("2 weeks", [STAGE], None),
        ("", [STAGE], None),
        ("1", [], None),
    ],
)
def test_what_a_typed_text_chooses(text: str, messages: list[Message], payload: str | None) -> None:
    assert payload_for_typed(text, messages) == payload
