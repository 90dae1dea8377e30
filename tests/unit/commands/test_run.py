"""What `make run` gives to its servers, and what it keeps short."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import run


def test_the_action_server_gets_no_secret_but_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = ("SESSION_SECRET", "TELEGRAM_TOKEN", "CALLBACK_PASSWORD", "CONVERSATIONS_DB", "POSTGRES_PASSWORD")
    for name in (*secrets, "ACTION_SECRET"):
        monkeypatch.setenv(name, f"the value of {name} " + "x" * 32)
    (_, actions), (_, rasa) = run.server_commands()
    assert set(secrets) <= set(rasa)
    assert not set(secrets) & set(actions)
    assert "ACTION_SECRET" in actions
    assert actions["PATH"] == rasa["PATH"]


def test_a_log_that_is_too_long_starts_afresh_and_its_writer_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "MAX_LOG_SIZE", 10)
    file = tmp_path / "assistant.log"
    with file.open("a") as log:
        for line in ("first\n", "a second line\n", "third\n"):
            log.write(line)
            log.flush()
            run.limit_log(file)
    assert file.read_text() == "third\n"
    assert (tmp_path / "assistant.log.1").read_text() == "first\na second line\n"
