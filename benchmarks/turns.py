"""Figures of the running assistant: training, start, a question page to answer, memory. `make bench` prints them."""

from __future__ import annotations

import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.conftest import Server, free_port, wait_until_ready

ROOT = Path(__file__).parent.parent
QUESTIONS = ["what are exosomes", "does it hurt?", "how much does it cost", "is it fda approved", "side effects", "tell me more"]
ROUNDS = 25


def children(process: int) -> list[int]:
    """Returns the processes that `process` started, and theirs."""
    found = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *children(int(child))]
    return found


def memory(process: int) -> float:
    """Returns the resident memory of a process in MB."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def train() -> float:
    """Returns the seconds that a training from nothing takes."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "rasa", "train", "--force", "--skip-validation", "--out", folder]
        started = time.monotonic()
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return time.monotonic() - started


def main() -> None:
    """Prints the table."""
    rows = [("training from nothing", f"{train():.0f} s", "60 s")]
    secret, port = secrets.token_hex(32), free_port()
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "conversations.db"
        settings = {"PORT": port, "ACTION_PORT": free_port(), "CONVERSATIONS_DB": str(database), "SESSION_SECRET": secret}
        started = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.local"],
            cwd=ROOT,
            env={**os.environ, **settings, "RATE_LIMIT": "off"},
            stdout=subprocess.DEVNULL,
        )
        address = f"http://127.0.0.1:{port}/webhooks/web"
        try:
            assert wait_until_ready(f"{address}/health", [process])
            rows.append(("restart to ready", f"{time.monotonic() - started:.1f} s", "12 s"))
            server = Server(address, process, database, secret)
            times = []
            for _ in range(ROUNDS):
                token = server.session()
                for question in QUESTIONS:
                    began = time.perf_counter()
                    assert server.say(token, question)[0] == 200
                    times.append(1000 * (time.perf_counter() - began))
            rows.append(("one question, page to answer, median", f"{statistics.median(times):.1f} ms", "15 ms"))
            rows.append(("one question, 95th percentile", f"{sorted(times)[int(len(times) * 0.95)]:.1f} ms", ""))
            sizes = {child: memory(child) for child in children(process.pid)}
            rows.append(("memory of the Rasa process", f"{max(sizes.values()):.0f} MB", "700 MB"))
            rows.append(("memory of the action server", f"{min(sizes.values()):.0f} MB", ""))
        finally:
            process.terminate()
            process.wait(30)
    print(f"{'what':40} {'measured':>12} {'goal':>8}")
    for what, measured, goal in rows:
        print(f"{what:40} {measured:>12} {goal:>8}")


if __name__ == "__main__":
    main()
