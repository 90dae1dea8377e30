"""Rasa's own `rasa shell`, typed as anybody would who knows Rasa, without our commands and with no variable set."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from runtime.environment import DEFAULTS
from runtime.paths import ROOT
from tests.support.client import free_port

UNSET = {*DEFAULTS, "SESSION_SECRET", "MODEL"}


def test_a_turn_in_the_stock_shell(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in UNSET}
    environment |= {"ASSISTANT_STATE": str(tmp_path), "RASA_TELEMETRY_ENABLED": "false"}
    command = [sys.executable, "-m", "rasa", "shell", "--port", free_port(), "-i", "127.0.0.1"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, input="does it hurt?\n/stop\n", capture_output=True, text=True, timeout=120
    )
    assert "hurt" in done.stdout.replace("does it hurt?", ""), done.stderr[-4000:]
    assert "board-certified dermatologist" in done.stdout
    assert (tmp_path / "conversations.db").exists()
