"""Where things are on disk."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent.parent
DATA = ROOT / "data"
UNDERSTANDING_DATA = DATA / "understanding"
RESPONSES = DATA / "responses"
WIDGET = ROOT / "widget"
