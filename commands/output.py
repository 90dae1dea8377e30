"""Where commands put the documents that they make."""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def write_json(document: dict[str, Any], file: str) -> None:
    """Writes `document` to a new file that only we can read, or to standard output if `file` is empty.

    Raises:
        OSError: the file exists, or cannot be written.
    """
    text = json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n"
    if file:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as output:
            output.write(text)
    else:
        sys.stdout.write(text)
