"""What a check of `make doctor` finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

OK, WARNING, BROKEN = "ok", "warning", "BROKEN"
MAX_NAMED = 3  # of many for whom the same is true


@dataclass(frozen=True)
class Finding:
    """One thing that is right or wrong.

    Attributes:
        level: OK; WARNING for what may be meant like that; BROKEN for what keeps the assistant from working.
        text: what we found, as a sentence.
        fix: what to do about it, as a sentence; empty if there is nothing to do.
        whose: the name in `text` of the one of many that it is about, such as a clinic's file.
    """

    level: str
    text: str
    fix: str = ""
    whose: str = ""


# A check gets the environment variables that the assistant would run with.
Check = Callable[[Mapping[str, str]], Iterable[Finding]]


def some_of(names: Sequence[str]) -> str:
    """Returns the first few names as a list, and how many more there are."""
    more = len(names) - MAX_NAMED
    return ", ".join(names[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")


def grouped(found: Iterable[Finding]) -> Iterator[Finding]:
    """Yields one finding for all those that only differ in whose they are, at the place of the first."""
    groups: dict[Finding, list[str]] = {}
    for finding in found:
        text = finding.text.replace(finding.whose, "{}") if finding.whose else finding.text
        groups.setdefault(replace(finding, text=text, whose=""), []).append(finding.whose)
    for finding, names in groups.items():
        yield replace(finding, text=finding.text.replace("{}", some_of(names))) if any(names) else finding


def one_clinics(found: Iterable[Finding]) -> Iterator[Finding]:
    """Yields the findings about one of several clinics. They break nothing for the others, whose changes must not wait."""
    for finding in found:
        yield replace(finding, level=WARNING) if finding.level == BROKEN else finding
