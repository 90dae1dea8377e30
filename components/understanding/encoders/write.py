"""Writes both encoders into the model. Only training imports this module, because onnx takes a second to import."""

from __future__ import annotations

from pathlib import Path

from components.understanding.encoders.encoder import ENGLISH, MULTILINGUAL
from components.understanding.encoders.english_graph import write_english
from components.understanding.encoders.multilingual_graph import write_multilingual


def write_encoders(folder: Path, quantise: bool) -> None:
    """Writes what `JointEncoder` loads into `folder`. `quantise` is for the English weights (see `write_english`)."""
    for name in (ENGLISH, MULTILINGUAL):
        (folder / name).mkdir()
    write_english(folder / ENGLISH, quantise)
    write_multilingual(folder / MULTILINGUAL)
