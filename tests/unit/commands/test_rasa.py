"""Rasa's command line with our patches."""

from __future__ import annotations

import subprocess
import sys

import pytest

from runtime.paths import ROOT


@pytest.mark.parametrize("arguments", [[], ["shell", "--debug"], ["test"]])
def test_other_commands_are_left_to_rasa(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", "commands.rasa", *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert "For all else, use `python -m rasa`." in done.stderr
