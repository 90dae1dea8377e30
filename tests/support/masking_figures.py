"""Measures masking on the messages in tests/privacy/: how many private ones are caught, how many harmless ones are touched.

Nobody tunes the patterns to the files that end in `_held`. Prints the figures, and with `-v` each message of the
other files that went wrong.
"""

from __future__ import annotations

import re
import sys
import time
import unicodedata
from collections import Counter
from dataclasses import dataclass

from components.privacy.masking import mask
from runtime.paths import ROOT

SETS = ("", "_held")
LENGTHS = (100, 5000)  # characters
MESSAGE = "I'm 34, on 5 mg finasteride since March 2021. My dr said 3 sessions cost $1,200 each. Call me on 212 555 0143. "


@dataclass(frozen=True)
class Figures:
    """How masking does on a set of messages, and which it gets wrong.

    Attributes:
        private: how many messages have something private.
        missed: those of them of which something private stays, masked.
        harmless: how many messages have nothing private.
        touched: those of them that change, masked.
    """

    private: int
    missed: list[str]
    harmless: int
    touched: list[str]

    @property
    def caught(self) -> float:
        """The share of private messages of which nothing private stays."""
        return 1 - len(self.missed) / self.private

    @property
    def touched_share(self) -> float:
        """The share of harmless messages that change."""
        return len(self.touched) / self.harmless


def measure(which: str) -> Figures:
    """Masks the messages of one of `SETS`."""
    private = [line.split("\t") for line in lines(f"private{which}")]
    harmless = lines(f"harmless{which}")
    missed = [mask(text) for text, *parts in private if not _is_gone(text, parts)]
    touched = [mask(text) for text in harmless if mask(text) != text]
    return Figures(len(private), missed, len(harmless), touched)


def seconds(text: str, times: int = 20) -> float:
    """Returns the processor time of masking `text`: the best of several, since other programs slow it down."""
    best = float("inf")
    for _ in range(times):
        began = time.process_time()
        mask(text)
        best = min(best, time.process_time() - began)
    return best


def main() -> None:
    """Prints the figures."""
    for which in SETS:
        figures = measure(which)
        name = "not used for tuning" if which else "used for tuning"
        print(f"{name}: {figures.caught:.1%} of {figures.private} private messages caught, ", end="")
        print(f"{figures.touched_share:.1%} of {figures.harmless} harmless ones touched")
        if "-v" in sys.argv and not which:
            print(
                *(f"  missed:  {text}" for text in figures.missed), *(f"  touched: {text}" for text in figures.touched), sep="\n"
            )
    for length in LENGTHS:
        text = (MESSAGE * (length // len(MESSAGE) + 1))[:length]
        print(f"{length} characters: {seconds(text) * 1000:.2f} ms")


def lines(name: str) -> list[str]:
    """Returns the lines of a file in tests/privacy/, where `\\u00a0` stands for a character that nobody would see."""
    lines = (ROOT / "tests" / "privacy" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), line) for line in lines]


def _is_gone(text: str, parts: list[str]) -> bool:
    """Whether masking takes every word and every number of `parts` away, as often as they stand there."""
    private = sum((_words(part) for part in parts), Counter())
    return not private - (_words(text) - _words(mask(text)))


def _words(text: str) -> Counter[str]:
    plain = "".join(character for character in unicodedata.normalize("NFKC", text) if unicodedata.category(character) != "Cf")
    return Counter(re.findall(r"\w+", plain.casefold()))


if __name__ == "__main__":
    main()
