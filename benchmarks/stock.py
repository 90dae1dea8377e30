"""Rasa as it comes: the default pipeline of `rasa init`, trained on our own messages, to compare with."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".run" / "stock"
ALL_EPOCHS = 100
# Hours on two cores. Fewer give the same speed of parsing and the time for an epoch, but say nothing about accuracy.
EPOCHS = int(os.environ.get("STOCK_EPOCHS", ALL_EPOCHS))
PIPELINE = [
    {"name": "WhitespaceTokenizer"},
    {"name": "RegexFeaturizer"},
    {"name": "LexicalSyntacticFeaturizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {"name": "DIETClassifier", "epochs": EPOCHS},
    {"name": "EntitySynonymMapper"},
    {"name": "ResponseSelector", "epochs": EPOCHS},
    {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
]


def trained_nlu() -> tuple[Path, float]:
    """Returns the model of the default pipeline, and the seconds that its training took.

    A model is kept and used again while the messages stay the same.
    """
    examples = sorted((ROOT / "data" / "nlu").glob("*.yml"))
    state = hashlib.sha256(b"".join(path.read_bytes() for path in examples)).hexdigest()[:12]
    model, took = FOLDER / f"nlu-{state}-{EPOCHS}.tar.gz", FOLDER / f"nlu-{state}-{EPOCHS}.seconds"
    if not took.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        config = FOLDER / "config.yml"
        config.write_text(
            yaml.safe_dump({"recipe": "default.v1", "assistant_id": "stock", "language": "en", "pipeline": PIPELINE}),
            encoding="utf-8",
        )
        print(f"Training Rasa's default pipeline for {EPOCHS} epochs; kept for the next time ...", flush=True)
        command = [sys.executable, "-m", "rasa", "train", "nlu", "--nlu", str(ROOT / "data" / "nlu"), "--config", str(config)]
        started = time.perf_counter()
        with (FOLDER / "train.log").open("w") as log:
            subprocess.run(
                [*command, "--out", str(FOLDER), "--fixed-model-name", model.name],
                cwd=FOLDER, check=True, stdout=log, stderr=log,
            )  # fmt: skip
        took.write_text(f"{time.perf_counter() - started:.1f}")
    return model, float(took.read_text())
