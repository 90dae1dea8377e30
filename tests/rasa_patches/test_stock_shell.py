"""Rasa's own `rasa shell`, typed as anybody would who knows Rasa, without our commands and with no variable set."""

from __future__ import annotations

import os
import re
import selectors
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from runtime.environment import DEFAULTS
from runtime.paths import ROOT
from tests.support.client import free_port

UNSET = {*DEFAULTS, "SESSION_SECRET", "MODEL", "METRICS_PORT"}
REFERRAL = "Only a board-certified dermatologist can examine your scalp"
MAX_WAIT = 120.0  # seconds; it loads the model first
DRAWING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\s")  # how the terminal is drawn, and where lines are wrapped


def read_until(output: IO[bytes], words: str) -> str:
    """Reads what is printed until some words are, and returns it without blanks; or what there was until the end."""
    read, until, wanted = "", time.monotonic() + MAX_WAIT, DRAWING.sub("", words)
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        while wanted not in read and time.monotonic() < until:
            if selector.select(timeout=1):
                piece = os.read(output.fileno(), 65536)
                if not piece:
                    break
                read += DRAWING.sub("", piece.decode(errors="replace"))
    return read


def test_a_turn_in_the_stock_shell(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in UNSET}
    environment |= {"ASSISTANT_STATE": str(tmp_path), "RASA_TELEMETRY_ENABLED": "false"}
    command = [sys.executable, "-m", "rasa", "shell", "--port", free_port(), "-i", "127.0.0.1"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        process.stdin.write(b"does it hurt?\n")
        process.stdin.flush()
        shown = read_until(process.stdout, REFERRAL)
    finally:
        process.kill()
        process.wait()
    assert DRAWING.sub("", REFERRAL) in shown, shown[-4000:]
    assert "Itcanhurt" in shown, "the answer before it"
    assert (tmp_path / "conversations.db").exists()
