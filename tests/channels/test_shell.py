"""`make shell` is the same assistant, with sources and numbered buttons."""

from __future__ import annotations

import pytest

from commands.shell import converse
from tests.support.servers import Server


def test_a_conversation_in_the_terminal(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    # The tenth option of the health question is "None of these"; 34 is an age, not an option.
    typed = iter(["side effects", "am i a candidate", "1", "34", "10", "8", "6", "7", "1", "", "/quit"])
    converse(server.address, server.session(), lambda prompt: next(typed))
    shown = capsys.readouterr().out
    assert "source: FDA, Public Safety Notification" in shown
    assert "You told me:\n- Age: 34\n- Health: None of these\n- Kind of hair loss: Rather not say" in shown
    assert shown.count("board-certified dermatologist") >= 2
