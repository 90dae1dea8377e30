"""Every message in data/understanding/danger/: each sign finds its own, and its near misses raise no alarm at all."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from components.understanding import danger_signs
from components.understanding.danger_patterns import Danger, DangerPatterns
from components.understanding.danger_signs import Example, Kind, Sign

MIN_FOUND, MIN_LEFT = 2, 1
MAX_LINE_LENGTH = 150  # characters
SIGNS = danger_signs.read()
PATTERNS = DangerPatterns(SIGNS)
REPORTED = [
    pytest.param(intent, kind, sign, id=f"{intent}-{kind}-{sign.name}")
    for intent, kinds in SIGNS.intents.items()
    for kind, content in kinds.items()
    for sign in content.signs
]
TAKEN_OUT = [
    pytest.param(section, sign, id=f"{section}-{sign.name}")
    for section in ("figurative", "denied", "hypothetical", "past")
    for sign in getattr(SIGNS, section)
]


def in_a_row(example: Example) -> tuple[list[str], str]:
    *earlier, text = example if isinstance(example, list) else [example]
    return earlier, text


def only(intent: str, kind: str, sign: Sign) -> DangerPatterns:
    """Returns patterns that know nothing but `sign`."""
    intents: dict[str, dict[str, Kind]] = {name: {} for name in SIGNS.intents}
    intents[intent] = {kind: replace(SIGNS.intents[intent][kind], signs=[sign])}
    return DangerPatterns(replace(SIGNS, intents=intents))


@pytest.mark.parametrize(("intent", "kind", "sign"), REPORTED)
def test_a_sign_finds_its_messages_and_leaves_its_near_misses(intent: str, kind: str, sign: Sign) -> None:
    assert len(sign.found) >= MIN_FOUND
    assert len(sign.left) >= MIN_LEFT
    alone = only(intent, kind, sign)
    for example in sign.found:
        earlier, text = in_a_row(example)
        assert alone.find(text, earlier) == Danger(intent, kind), f"the sign itself does not find: {example}"
        assert PATTERNS.find(text, earlier) == Danger(intent, kind), example
    for example in sign.left:
        earlier, text = in_a_row(example)
        assert PATTERNS.find(text, earlier) is None, example


@pytest.mark.parametrize(("section", "sign"), TAKEN_OUT)
def test_what_is_not_danger_is_taken_out(section: str, sign: Sign) -> None:
    assert sign.found
    assert sign.left
    alone = DangerPatterns(replace(SIGNS, figurative=[sign], denied=[], hypothetical=[], past=[], intents={}))
    for text in sign.found:
        assert alone.is_harmless(text), text
        assert PATTERNS.find(text) is None, text
    for text in sign.left:
        assert not alone.is_harmless(text), text


@pytest.mark.parametrize("sign", [pytest.param(sign, id=sign.name) for sign in [*SIGNS.happening, *SIGNS.present]])
def test_what_is_present_counts_whatever_else_the_sentence_tells(sign: Sign) -> None:
    alone = DangerPatterns(replace(SIGNS, figurative=[sign], denied=[], hypothetical=[], past=[], intents={}))
    for text in sign.found:
        assert alone.is_harmless(text), text
        assert PATTERNS.find(text), text
    for text in sign.left:
        assert PATTERNS.find(text) is None, text


@pytest.mark.parametrize(
    ("section", "expected"), [("expected", True), ("worse", False)], ids=["normal at first", "worse than normal"]
)
def test_the_first_days(section: str, expected: bool) -> None:
    signs = getattr(SIGNS, section)
    assert signs
    for sign in signs:
        for text in sign.found:
            assert PATTERNS.is_expected(text) == expected, text


def test_every_line_can_be_read() -> None:
    for path in danger_signs.FOLDER.glob("*.yml"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert len(line) <= MAX_LINE_LENGTH, line


def test_every_fragment_is_used() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in danger_signs.FOLDER.glob("*.yml")}
    for path, text in texts.items():
        own = re.search(r"^fragments:\n((?:  .*\n)+)", text, re.MULTILINE)
        for name in re.findall(r"^  (\w+):", own[1], re.MULTILINE) if own else []:
            assert any(f"{{{name}}}" in other for other in texts.values()), f"{path.name}: {name}"


SECTIONS = ("figurative", "denied", "hypothetical", "past", "happening", "present", "expected", "worse")
FRAGMENTS = {"shared.yml": "fragments: {mouth: face}\n" + "".join(f"{section}: {{}}\n" for section in SECTIONS)}
INTENTS = ("express_self_harm", "report_emergency", "report_abuse", "report_reaction")


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [("(choking", "choking: missing \\)"), ("{mouht}", "the fragment 'mouht' is unknown")],
)
def test_a_pattern_that_is_no_expression_is_named(tmp_path: Path, pattern: str, complaint: str) -> None:
    files = FRAGMENTS | {f"{intent}.yml": "{}" for intent in INTENTS}
    files["report_emergency.yml"] = f"breathing: {{signs: {{choking: {{pattern: '{pattern}'}}}}}}"
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=complaint):
        DangerPatterns(danger_signs.read(tmp_path))
