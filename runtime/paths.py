"""Where things are on disk."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent.parent
DATA = ROOT / "data"
UNDERSTANDING_DATA = DATA / "understanding"
RESPONSES = DATA / "responses"
WIDGET = ROOT / "widget"


def make_private(folder: Path) -> None:
    """Creates a folder, and those above it that are missing, for this user alone: conversations may be in them."""
    for part in (*reversed(folder.parents), folder):
        part.mkdir(mode=0o700, exist_ok=True)
