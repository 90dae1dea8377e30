"""The documents: links that lead somewhere, targets that exist, and the licences of what we ask for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from runtime.paths import ROOT
from runtime.version import VERSION

DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
LINK = re.compile(r"(?:\]\(|src=\")([^)\"#\s]*)(?:#([\w-]+))?[)\"]")
CODE_BLOCK = re.compile(r"^    .*$", re.M)
MAX_PICTURE_SIZE = 1_500_000  # bytes


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def anchors(document: str) -> set[str]:
    """Returns the names by which links reach the headings of `document`."""
    headings = re.findall(r"^#+ (.*)$", document, re.M)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target, heading in LINK.findall(CODE_BLOCK.sub("", text(path))):
        if target.startswith(("http:", "https:")):
            continue
        linked = (path.parent / target).resolve() if target else path
        assert linked.exists(), target
        assert not heading or heading in anchors(text(linked)), f"{target}#{heading}"


def test_readme_links_to_every_document() -> None:
    linked = {target for target, _ in LINK.findall(text(ROOT / "README.md"))}
    assert {f"docs/{path.name}" for path in ROOT.glob("docs/*.md")} - linked == set()


def measured_tables() -> dict[str, list[str]]:
    """Returns the rows of README's tables, by the document that the head of each table names."""
    tables: dict[str, list[str]] = {}
    for block in re.findall(r"(?:^\|.*\|\n)+", text(ROOT / "README.md"), re.M):
        head, _, *rows = block.splitlines()
        tables |= dict.fromkeys(re.findall(r"\]\((docs/[\w-]+\.md)\)", head), rows)
    return tables


def numbers(line: str) -> set[str]:
    """Returns the numbers in a line, without commas for thousands."""
    return {number.replace(",", "") for number in re.findall(r"\d[\d,]*(?:\.\d+)?", line)}


def test_readme_only_has_figures_that_their_document_has() -> None:
    tables = measured_tables()
    assert len(tables) >= 5
    for document, rows in tables.items():
        for row in rows:
            _, *cells = row.strip("|").split("|")
            assert numbers(" ".join(cells)) - numbers(text(ROOT / document)) == set(), f"{document}: {row}"


@pytest.mark.parametrize("path", [*DOCUMENTS, *ROOT.glob("benchmarks/*_notes.md")], ids=lambda path: path.name)
def test_targets_that_a_document_names_exist(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text(ROOT / "Makefile"), re.M))
    # In a sentence, and in a block of commands.
    named = set(re.findall(r"(?:`|^    |&& )(?:\w+=\S+ )?make ([a-z-]+)", text(path), re.M))
    # A changelog also tells of targets that are gone.
    named -= {"prove"} if path.name == "CHANGELOG.md" else set()
    assert named - targets == set()


def test_every_threat_names_tests_that_exist() -> None:
    rows = re.findall(r"^\| (?!asset|---).*\|$", text(ROOT / "docs" / "security.md"), re.M)
    assert len(rows) > 20
    for row in rows:
        named = re.findall(r"`([^`]+)`", row.split(" | ")[-1])
        assert named, row
        assert [name for name in named if not (ROOT / name).is_file() or not name.startswith("tests/")] == []


def test_the_moving_picture_moves_and_is_small() -> None:
    picture = ROOT / "docs" / "conversation.gif"
    assert picture.stat().st_size <= MAX_PICTURE_SIZE
    with Image.open(picture) as opened:
        assert getattr(opened, "n_frames", 1) > 20


def test_notice_names_every_package_that_we_ask_for() -> None:
    asked = set(re.findall(r"^([\w-]+)", text(ROOT / "requirements.in"), re.M))
    named = set(re.findall(r"[\w-]+", text(ROOT / "NOTICE")))
    assert len(asked) > 15
    assert asked - named == set()


def test_the_version_is_the_one_that_the_readme_shows() -> None:
    assert f"Version {VERSION} " in text(ROOT / "README.md")
