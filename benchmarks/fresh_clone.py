"""Measures a newcomer's first minutes: `git clone` and `make run`, until the page answers."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from commands.loopback import free_port
from commands.run import stop, wait_until_ready
from runtime.paths import ROOT


class FreshClone(NamedTuple):
    """Seconds.

    Attributes:
        training: of the training.
        answer: from `git clone` until the page answers; the packages come from wherever pip finds them.
    """

    training: float
    answer: float


def from_a_fresh_clone() -> FreshClone:
    """Installs, trains and starts a fresh clone of the last commit.

    Raises:
        subprocess.CalledProcessError: a step failed.
        RuntimeError: the server did not start.
    """
    with tempfile.TemporaryDirectory() as folder:
        clone, port = Path(folder) / "clone", free_port()
        quiet = {"cwd": clone, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        began = time.perf_counter()
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        subprocess.run(["make", ".venv/installed"], check=True, **quiet)
        training_began = time.perf_counter()
        subprocess.run(["make", "train"], check=True, **quiet)
        started = time.perf_counter()
        settings = {**os.environ, "PORT": port, "ACTION_PORT": free_port()}
        server = subprocess.Popen(["make", "run"], env=settings, **quiet)
        try:
            if not wait_until_ready(f"http://127.0.0.1:{port}/webhooks/web/health", [server]):
                raise RuntimeError("the clone did not start")
            return FreshClone(started - training_began, time.perf_counter() - began)
        finally:
            stop([server])
