"""Rasa as it comes: the default pipeline of `rasa init`, trained on our own messages, to compare with."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".run" / "stock"
# With neither pipeline nor policies named, Rasa takes its defaults, as in the project that `rasa init` writes.
CONFIG = "recipe: default.v1\nassistant_id: stock\nlanguage: en\npipeline:\npolicies:\n"


def trained_nlu() -> tuple[Path, float]:
    """Returns the model of the default pipeline, and the seconds that its training took.

    DIET's 100 epochs take long, so a model is kept and used again while the messages stay the same.
    """
    examples = sorted((ROOT / "data" / "nlu").glob("*.yml"))
    state = hashlib.sha256(b"".join(path.read_bytes() for path in examples)).hexdigest()[:16]
    model, took = FOLDER / f"nlu-{state}.tar.gz", FOLDER / f"nlu-{state}.seconds"
    if not took.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        config = FOLDER / "config.yml"
        config.write_text(CONFIG, encoding="utf-8")
        print("Training Rasa's default pipeline (most of an hour on two cores; kept for the next time) ...", flush=True)
        command = [sys.executable, "-m", "rasa", "train", "nlu", "--nlu", str(ROOT / "data" / "nlu"), "--config", str(config)]
        started = time.perf_counter()
        with (FOLDER / "train.log").open("w") as log:
            subprocess.run([*command, "--out", str(FOLDER), "--fixed-model-name", model.name], cwd=FOLDER, check=True, stdout=log, stderr=log)
        took.write_text(f"{time.perf_counter() - started:.1f}")
    return model, float(took.read_text())
