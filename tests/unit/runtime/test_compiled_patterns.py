"""A pattern from the cache is the one that Python would compile. Whole starts: tests/rasa_patches/test_unused_imports.py."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runtime.compiled_patterns import PatternCache, compile_anew

TEXTS = ["", "I take 5 mg twice a day", "no, Straße is ſtrange", "a\nb", "x" * 300, "ÀÉÎ ñ", "2 weeks ago; since 2019"]
PATTERNS = [
    ("", 0),
    (r"\b(?P<many>\d+) (?P<unit>mg|weeks?)\b", 0),
    (r"(?<!\w)(?:no|not)(?!\w)", re.IGNORECASE),
    (r"(?i:straße|ſ)|^b$", re.MULTILINE),
    (r"(?x) a . b  # any", re.DOTALL),
    (r"(a)(?:(b)|c)?(?(2)d|e)|(?P<quote>['\"]).*(?P=quote)", 0),
    (r"[^\W\d_]{2,}[à-ÿ]?", re.IGNORECASE),
    ("|".join(f"word{number}" for number in range(3000)), re.IGNORECASE),
    (r"\w+", re.ASCII),
]


@pytest.mark.parametrize(("pattern", "flags"), PATTERNS, ids=range(len(PATTERNS)))
def test_a_pattern_that_was_written_down_is_the_same(tmp_path: Path, pattern: str, flags: int) -> None:
    first = PatternCache(tmp_path, records=True)
    first.compile(pattern, flags)
    first.write()
    second = PatternCache(tmp_path)
    got, expected = second.compile(pattern, flags), compile_anew(pattern, flags)
    assert second.misses == 0
    assert (got.pattern, got.flags, got.groups, got.groupindex) == (
        expected.pattern,
        expected.flags,
        expected.groups,
        expected.groupindex,
    )
    assert got == expected, "Python compares the numbers"
    for text in TEXTS:
        assert [(found.span(), found.groups()) for found in got.finditer(text)] == [
            (found.span(), found.groups()) for found in expected.finditer(text)
        ]


def test_the_flags_make_another_pattern(tmp_path: Path) -> None:
    patterns = PatternCache(tmp_path)
    assert not patterns.compile("a").match("A")
    assert patterns.compile("a", re.IGNORECASE).match("A")
    assert patterns.misses == 2


def test_what_is_no_text_is_compiled_as_ever(tmp_path: Path) -> None:
    patterns = PatternCache(tmp_path)
    assert patterns.compile(rb"\d", 0).match(b"1")
    with pytest.raises(re.error, match="unterminated"):
        patterns.compile("(", 0)
    with pytest.raises(re.error, match="unterminated"):
        patterns.compile(b"(", 0)
    patterns.write()
    assert PatternCache(tmp_path).misses == 0


def test_a_damaged_file_costs_only_time(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    patterns = PatternCache(tmp_path, records=True)
    patterns.compile("a")
    assert patterns.write()
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-3])
    damaged = PatternCache(tmp_path)
    assert damaged.compile("a").match("a")
    assert damaged.misses == 1
    assert "is damaged" in caplog.text
