"""What tells who a visitor is gives way before anything is understood or stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from channels.turn import conversation_store
from tests.support.assistant import Assistant
from tests.support.client import kinds


@pytest.mark.parametrize(
    ("text", "private", "expected"),
    [
        ("how much does it cost, mail me at jane.doe@example.com", "jane.doe", ["answer ask_cost", "referral"]),
        ("does it hurt? my number is (212) 555-2368", "555-2368", ["answer ask_pain", "referral"]),
        ("my card is 4111 1111 1111 1111, how much is a session", "4111 1111", ["answer ask_cost", "referral"]),
        ("i live at 12 Elm Street, Springfield. is it fda approved", "Elm", ["answer ask_fda_status", "referral"]),
        ("my throat is closing, call 212 555 2368", "555 2368", ["emergency", "referral"]),
    ],
)
def test_the_answer_still_fits_and_the_database_never_saw_it(
    assistant: Assistant, text: str, private: str, expected: list[str]
) -> None:
    assert kinds(assistant.talk().say(text)) == expected
    file = Path(conversation_store(assistant.agent).database.engine.url.database)
    for stored in (file, file.with_name(f"{file.name}-wal")):
        assert private.encode() not in stored.read_bytes()
