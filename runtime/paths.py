"""Where the parts of the project stand on disk."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).parent.parent
DATA = ROOT / "data"
UNDERSTANDING_DATA = DATA / "understanding"
RESPONSES = DATA / "responses"
WIDGET = ROOT / "widget"


def state_folder() -> Path:
    """Returns the folder for conversations, logs and keys: ASSISTANT_STATE, or `.run` beside the code."""
    return Path(os.environ.get("ASSISTANT_STATE", ROOT / ".run"))
