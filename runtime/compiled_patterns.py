"""Takes compiled regular expressions from what training has written down: compiling them was a third of a start.

Python's compiler turns a pattern into a list of numbers, which takes long, and then makes a pattern object of the list, which
doesn't. The numbers are the same each time, so we keep them.
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
    """The compiled patterns of this process, by pattern and flags."""

    def __init__(self, folder: Path = prepared.FOLDER) -> None:
        """Reads those that `folder` has."""
        self._folder = folder
        self._compiled: dict[tuple[str, int], Compiled] = prepared.read(NAME, VERSION, folder) or {}
        self.misses = 0  # how many it compiled because the folder does not have them

    def __len__(self) -> int:
        return len(self._compiled)

    def compile(self, pattern: Any, flags: int = 0) -> Pattern[Any]:
        """Does what `sre_compile.compile` does, and remembers the result."""
        if not isinstance(pattern, str) or flags & sre_compile.SRE_FLAG_DEBUG:
            return compile_anew(pattern, flags)
        key = (pattern, int(flags))
        if key not in self._compiled:
            self.misses += 1
            self._compiled[key] = _compiled(*key)
        compiled = self._compiled[key]
        # The compiler's last step, which makes the object.
        made: Pattern[Any] = _sre.compile(pattern, compiled.flags, array("I", compiled.code).tolist(), *compiled[2:])
        return made

    def write(self) -> None:
        """Writes down all patterns for the next start."""
        prepared.write(NAME, VERSION, self._compiled, self._folder)


def install(folder: Path = prepared.FOLDER) -> PatternCache:
    """From now on, this process compiles a pattern only if `folder` does not have it."""
    patterns = PatternCache(folder)
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
