"""Reads the messages in tests/understanding/nlu/, by voices that wrote no training data, with their intents."""

from __future__ import annotations

from pathlib import Path

from runtime.paths import ROOT

VALIDATION = sorted((ROOT / "tests" / "understanding" / "nlu").glob("*.tsv"))
REFUSED = {"out_of_scope", "nlu_fallback"}
DANGERS = {"report_emergency", "express_self_harm"}


def messages(path: Path) -> list[tuple[str, str]]:
    """Returns the intent and the text of each message in a file."""
    return [tuple(line.split("\t")) for line in path.read_text(encoding="utf-8").splitlines()]
