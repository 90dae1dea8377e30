"""The sheet that a clinician reads and signs."""

from __future__ import annotations

import re
from datetime import date

import pytest

from commands.consistency.project import PROJECT
from commands.review import COLUMNS, SIGNATURE, Fact, Sheet, Source, Text, page, rows, sheet


@pytest.fixture(scope="module")
def content() -> Sheet:
    return sheet(PROJECT)


def text(words: str, language: str = "en") -> Text:
    return Text("ask_cost", "utter_ask_cost", "", "", words, "2026-11-29", [], language)


def test_every_variant_is_in_it_with_the_facts_it_cites(content: Sheet) -> None:
    written = [(name, entry["text"]) for name, (_, entries) in PROJECT.responses.items() for entry in entries]
    assert sorted((entry.name, entry.text) for topic in content.topics for entry in topic.texts) == sorted(written)
    cost = next(entry for entry in content.texts if entry.name == "utter_ask_cost")
    assert cost.title == "What does it cost?"
    assert "COST-01" in [fact.id for fact in cost.facts]


def test_questions_come_first_and_other_languages_last(content: Sheet) -> None:
    names = [topic.name for topic in content.topics]
    questions = [name for name in names if name.startswith("ask_")]
    assert names[: len(questions)] == questions
    assert {"fr", "ar"} <= {topic.name for topic in content.languages}


def test_a_text_stands_beside_its_translation(content: Sheet) -> None:
    cost = next(entry for entry in content.texts if entry.name == "utter_ask_cost")
    assert set(cost.renderings) == {"es"}
    assert "exosomas" in cost.renderings["es"]


def test_when_a_variant_is_said(content: Sheet) -> None:
    said = {entry.when for entry in content.texts if entry.name == "utter_report_emergency"}
    assert {"danger kind is breathing", ""} <= said


@pytest.mark.parametrize(
    ("source", "doubts"),
    [
        (Source("a", "A", "https://example.org/page", "2026-11-22", ""), []),
        (Source("a", "A", "https://example.org/", "2026-11-22", ""), ["only the home page is known"]),
        (Source("a", "A", None, "2026-11-22", ""), ["no address known"]),
        (Source("a", "A", "https://example.org/page", None, ""), ["nobody has opened it"]),
    ],
)
def test_what_a_source_leaves_in_doubt(source: Source, doubts: list[str]) -> None:
    assert source.doubts == doubts
    assert Fact("X-01", "c", "trial", "abstract", "", [source], 1).doubts == [f"a: {doubt}" for doubt in doubts]


@pytest.mark.parametrize(
    ("strength", "read", "doubt"),
    [("regulator", "secondary", "others say"), ("trial", "none", "nobody has read"), ("promoter", "whole", "rests on: promoter")],
)
def test_what_a_fact_leaves_in_doubt(strength: str, read: str, doubt: str) -> None:
    source = Source("a", "A", "https://example.org/page", "2026-11-22", "")
    (found,) = Fact("X-01", "c", strength, read, "", [source], 1).doubts
    assert doubt in found
    assert Fact("X-01", "c", "general", "none", "", [], 1).doubts == ["general medical knowledge, no source"]


def test_what_most_texts_rest_on_is_checked_first(content: Sheet) -> None:
    assert content.facts[0].id == "REG-01"
    assert [fact.said_in for fact in content.facts] == sorted((fact.said_in for fact in content.facts), reverse=True)


def test_the_grade() -> None:
    easy, hard = (
        text("The cat sat. It was fat."),
        text("Investigational biological products necessitate premarket authorization procedures."),
    )
    assert easy.grade == 0
    assert hard.grade is not None
    assert hard.grade > 12
    assert text("El gato duerme.", "es").grade is None
    assert text("{crisis_line}").words == 1


def test_the_page_needs_no_other_file_and_its_links_lead_somewhere(content: Sheet) -> None:
    html = page(content, date(2026, 11, 29))
    assert not re.search(r"<(script|link|img)|src=|url\(|@import", html)
    targets, ids = set(re.findall(r'href="#([^"]+)"', html)), re.findall(r'id="([^"]+)"', html)
    assert targets <= set(ids)
    assert len(ids) == len(set(ids))
    assert all(address.startswith("https://") for address in re.findall(r'href="([^#"][^"]*)"', html))
    assert "<mark>{emergency_number}</mark>" in html
    assert "2026-11-29" in html


def test_what_stands_in_a_text_is_no_html(content: Sheet) -> None:
    path = "data/responses/greet.yml"
    changed = PROJECT.with_text(path, PROJECT.text(path).replace("Hello. I'm", "Hello <b>&.", 1))
    html = page(sheet(changed), date(2026, 11, 29))
    assert "Hello &lt;b&gt;&amp;." in html


def test_the_table_has_a_line_for_each_text_and_room_to_sign(content: Sheet) -> None:
    header, *lines = rows(content)
    assert header == [*COLUMNS, *SIGNATURE]
    assert len(lines) == sum(1 for _ in content.texts)
    assert {len(line) for line in lines} == {len(header)}
    assert {tuple(line[-3:]) for line in lines} == {("", "", "")}
