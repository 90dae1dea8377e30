"""Rasa's own `rasa shell`, typed as anybody would who knows Rasa, without our commands and with no variable set."""

from __future__ import annotations

import os
import re
import selectors
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from commands.run import MODEL
from components.privacy.masking import MASK
from runtime.environment import DEFAULTS
from runtime.paths import ROOT
from tests.support.client import free_port

UNSET = {*DEFAULTS, "SESSION_SECRET", "MODEL", "METRICS_PORT"}
REFUSAL = "so we cannot tell where assistant.tar.gz comes from"
REFERRAL = "A board-certified dermatologist can examine your scalp"
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


@contextmanager
def stock_shell(folder: Path, *options: str) -> Iterator[subprocess.Popen]:
    """A shell that keeps its conversations in `folder`."""
    environment = {name: value for name, value in os.environ.items() if name not in UNSET}
    environment |= {"ASSISTANT_STATE": str(folder), "RASA_TELEMETRY_ENABLED": "false"}
    command = [sys.executable, "-m", "rasa", "shell", "--port", free_port(), "-i", "127.0.0.1", *options]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_turn_in_the_stock_shell(tmp_path: Path) -> None:
    with stock_shell(tmp_path) as shell:
        shell.stdin.write(b"does it hurt? jane.doe@example.com\n")
        shell.stdin.flush()
        shown = read_until(shell.stdout, REFERRAL)
    assert DRAWING.sub("", REFERRAL) in shown, shown[-4000:]
    assert "numb" in shown, "an answer about pain before it"
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("conversations.db*"))
    assert MASK.encode() in stored
    assert b"jane.doe" not in stored


def test_the_stock_shell_is_patched(tmp_path: Path) -> None:
    """Rasa alone would load a model without its checksum."""
    model = shutil.copy(ROOT / MODEL, tmp_path)
    with stock_shell(tmp_path, "--model", str(model)) as shell:
        shown = read_until(shell.stdout, REFUSAL)
    assert DRAWING.sub("", REFUSAL) in shown, shown[-4000:]
