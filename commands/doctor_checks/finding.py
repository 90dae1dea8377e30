"""What a check of `make doctor` finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

OK, WARNING, BROKEN = "ok", "warning", "BROKEN"


@dataclass(frozen=True)
class Finding:
    """One thing that is right or wrong.

    Attributes:
        level: OK; WARNING for what may be meant like that; BROKEN for what keeps the assistant from working.
        text: what we found, as a sentence.
        mend: what to do about it, as a sentence; empty if there is nothing to do.
    """

    level: str
    text: str
    mend: str = ""


# A check gets the environment variables that the assistant would run with.
Check = Callable[[Mapping[str, str]], Iterable[Finding]]
