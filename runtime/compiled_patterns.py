"""Loads compiled regular expressions that training has written down: compiling them was a third of a start.

Python's compiler turns a pattern into a list of numbers, which is slow, and then makes a pattern object of the list, which is
quick. The numbers are the same each time, so we keep them.
"""

from __future__ import annotations

import _sre
import sre_compile
import sre_parse
import sys
from array import array
from pathlib import Path
from re import Pattern
from typing import Any, NamedTuple

from runtime import prepared

NAME = "patterns"
VERSION = f"{sys.implementation.cache_tag}-{_sre.MAGIC}"  # as long as this is the same, the numbers mean the same
compile_anew = sre_compile.compile


class Compiled(NamedTuple):
    """What the compiler makes of a pattern: what a pattern object needs."""

    flags: int
    code: bytes
    groups: int
    groups_by_name: dict[str, int]
    names_by_group: tuple[str | None, ...]


class PatternCache:
    """The compiled patterns that a folder has, by pattern and flags.

    Attributes:
        misses: how many patterns were compiled because the folder does not have them.
    """

    def __init__(self, folder: Path = prepared.FOLDER, records: bool = False) -> None:
        """Reads them. If it `records`, it remembers all patterns that are asked for, so that it can write them."""
        self._folder = folder
        self._kept: dict[tuple[str, int], Compiled] = prepared.read(NAME, VERSION, folder) or {}
        self._records, self._asked = records, dict[tuple[str, int], Compiled]()
        self.misses = 0

    def compile(self, pattern: Any, flags: int = 0) -> Pattern[Any]:
        """Does what `sre_compile.compile` does."""
        if not isinstance(pattern, str) or flags & sre_compile.SRE_FLAG_DEBUG:
            return compile_anew(pattern, flags)
        key = (pattern, int(flags))
        compiled = self._kept.get(key)
        if compiled is None:
            self.misses += 1
            compiled = _compiled(*key)
        if self._records:
            self._asked[key] = compiled
        # The compiler's last step, which makes the object.
        made: Pattern[Any] = _sre.compile(pattern, compiled.flags, array("I", compiled.code).tolist(), *compiled[2:])
        return made

    def write(self) -> bool:
        """Writes down the recorded patterns for the next start, and returns whether we may write there."""
        return prepared.write(NAME, VERSION, self._asked, self._folder)


def install(folder: Path = prepared.FOLDER, records: bool = False) -> PatternCache:
    """From now on, this process compiles a pattern only if `folder` does not have it."""
    patterns = PatternCache(folder, records)
    sre_compile.compile = patterns.compile  # type: ignore[assignment] # where `re` looks it up each time
    return patterns


def _compiled(pattern: str, flags: int) -> Compiled:
    """Returns what the compiler of Python 3.10 makes of a pattern, by its own two steps."""
    parsed = sre_parse.parse(pattern, flags)
    code = array("I", sre_compile._code(parsed, flags))  # type: ignore[attr-defined] # of Python itself, which the version pins
    state = parsed.state
    names: list[str | None] = [None] * state.groups
    for name, group in state.groupdict.items():
        names[group] = name
    return Compiled(flags | state.flags, code.tobytes(), state.groups - 1, dict(state.groupdict), tuple(names))
