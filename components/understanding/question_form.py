"""Whether a text has the form of a question."""

from __future__ import annotations

import re

ASKS = re.compile(
    r"\?|\b(what|how (much|long|many|often|does|do|is)|why|does it|is it|is there|can i|will it|wondering|want to know|tell me)\b"
)
