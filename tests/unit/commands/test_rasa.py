"""Rasa's command line with our patches."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from runtime.paths import ROOT


@pytest.mark.parametrize("arguments", [[], ["shell", "--debug"], ["test"]])
def test_other_commands_are_left_to_rasa(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", "commands.rasa", *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert "For all else, use `python -m rasa`." in done.stderr


def test_a_server_refuses_wrong_settings_before_it_loads_anything() -> None:
    environment = {**os.environ, "MAX_DATABASE_SIZE": "10GB", "PORT": "5056", "METRICS_PORT": "5056"}
    command = [sys.executable, "-m", "commands.rasa", "run"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == os.EX_CONFIG
    ports, size = done.stderr.splitlines()
    assert "are both 5056. Set one of them" in ports
    assert "MAX_DATABASE_SIZE is '10GB'." in size
