"""One whole candidacy check in words, for tests that need its result: worth_discussing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

# All but the last one bring a question.
BEFORE_RESULT: Sequence[str] = (
    "i'm 34, AGA, minoxidil did nothing, no health problems, still early",
    "yes",
    "none of these",
    "nothing else",
)
LAST = "yes, that's right"
WHOLE_CHECK = (*BEFORE_RESULT, LAST)


def take_check(say: Callable[[str], Any]) -> Any:
    """Takes the check, and returns what `say` returns for the last message: the result."""
    for text in BEFORE_RESULT:
        say(text)
    return say(LAST)
