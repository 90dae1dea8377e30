"""`make review`: writes a sheet of everything the assistant can say, to read, print and sign. An HTML page, and the same as CSV.

Each text comes with its condition, the facts that it cites, their sources, and how hard it is to read. What rests on general
medical knowledge, or on a source that nobody has opened, comes first: that is for the clinician to check.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from commands.consistency.project import PROJECT, Entry, Project
from commands.consistency.replies import variants
from commands.consistency.translations import renderings
from commands.html import html_template
from components.intents import QUESTION_PREFIX
from runtime.paths import ROOT, make_private
from runtime.version import VERSION

ENGLISH = "en"
FOLDER = ROOT / ".run" / "review"
TEMPLATE = "review.html.j2"
PLACEHOLDER = re.compile(r"\{\w+\}")
WEAK_STRENGTHS, WEAK_READINGS = {"general", "clinic", "promoter"}, {"secondary", "none"}
SENTENCE_END = re.compile(r"[.!?:]+(?=\s|$)|\n")
WORD = re.compile(r"[A-Za-z0-9'’-]+")
COLUMNS = ("topic", "name", "when", "text", "words", "grade", "facts", "claims", "sources", "to check", "reviewed")
SIGNATURE = ("checked by", "date", "OK?")


@dataclass(frozen=True)
class Source:
    id: str
    title: str
    url: str | None
    checked: str | None
    place: str  # in the source

    @property
    def doubts(self) -> list[str]:
        """What keeps a reader from looking the fact up in it."""
        doubts = [] if self.checked else ["nobody has opened it"]
        if not self.url:
            return [*doubts, "no address known"]
        return doubts if urlsplit(self.url).path.strip("/") else [*doubts, "only the home page is known"]


@dataclass(frozen=True)
class Fact:
    id: str
    claim: str
    strength: str
    read: str
    as_of: str
    sources: list[Source]
    said_in: int  # how many texts cite it

    @property
    def doubts(self) -> list[str]:
        """Why a clinician should check it; empty if somebody has read a good source."""
        doubts = ["general medical knowledge, no source"] if not self.sources else []
        if self.strength in WEAK_STRENGTHS and self.sources:
            doubts.append(f"rests on: {self.strength}")
        if self.read in WEAK_READINGS and self.sources:
            doubts.append("read only in what others say about it" if self.read == "secondary" else "nobody has read the source")
        return doubts + [f"{source.id}: {doubt}" for source in self.sources for doubt in source.doubts]


@dataclass(frozen=True)
class Text:
    """One variant of a response."""

    topic: str
    name: str
    title: str
    when: str
    text: str
    reviewed: str
    facts: list[Fact]
    language: str = ENGLISH
    renderings: dict[str, str] = field(default_factory=dict)  # the same text in the other languages that we speak, by code

    @property
    def words(self) -> int:
        return len(self.text.split())

    @property
    def grade(self) -> int | None:
        """The school grade in the US that can read it, by the Automated Readability Index, which needs no syllables."""
        text = PLACEHOLDER.sub("it", self.text)
        words = WORD.findall(text)
        sentences = sum(bool(WORD.search(part)) for part in SENTENCE_END.split(text))
        if not sentences or self.language != ENGLISH:
            return None
        grade = 4.71 * sum(map(len, words)) / len(words) + 0.5 * len(words) / sentences - 21.43
        return max(0, round(grade))

    @property
    def is_doubtful(self) -> bool:
        return any(fact.doubts for fact in self.facts)


@dataclass(frozen=True)
class Topic:
    name: str
    heading: str
    texts: list[Text] = field(default_factory=list)


@dataclass(frozen=True)
class Sheet:
    topics: list[Topic]
    languages: list[Topic]
    facts: list[Fact]  # those to check, first those that most texts cite

    @property
    def texts(self) -> Iterator[Text]:
        return (text for topic in [*self.topics, *self.languages] for text in topic.texts)


def sheet(project: Project) -> Sheet:
    facts = _facts(project)
    by_topic: dict[str, list[Text]] = {}
    for name, (path, entries) in project.responses.items():
        topic = Path(path).stem
        by_topic.setdefault(topic, []).extend(
            replace(_text(topic, name, entry, facts), renderings=renderings(project, name, entry)) for entry in entries
        )
    order = sorted(by_topic, key=lambda topic: (not topic.startswith(QUESTION_PREFIX), topic))
    topics = [
        Topic(topic, topic.removeprefix(QUESTION_PREFIX).replace("_", " ").capitalize(), by_topic[topic]) for topic in order
    ]
    doubtful = [fact for fact in facts.values() if fact.doubts]
    return Sheet(topics, _languages(project), sorted(doubtful, key=lambda fact: -fact.said_in))


def _facts(project: Project) -> dict[str, Fact]:
    known = project.data("data/sources.yml")["sources"]
    cited = Counter(fact for _, _, entry in variants(project) for fact in entry.get("metadata", {}).get("facts", []))
    facts = {}
    for fact, entry in project.data("data/facts.yml")["facts"].items():
        sources = [
            Source(source, known[source]["title"], known[source].get("url"), known[source]["checked"], place)
            for source, place in entry["sources"].items()
        ]
        facts[fact] = Fact(fact, entry["claim"], entry["strength"], entry["read"], entry["as_of"], sources, cited[fact])
    return facts


def _text(topic: str, name: str, entry: Entry, facts: dict[str, Fact]) -> Text:
    metadata = entry.get("metadata", {})
    cited = [facts[fact] for fact in metadata.get("facts", [])]
    return Text(topic, name, metadata.get("title", ""), _when(entry), entry["text"], metadata.get("reviewed", ""), cited)


def _when(entry: Entry) -> str:
    """Returns when this variant is said, in words; empty if nothing else fits better."""
    values = [(condition["name"], condition["value"]) for condition in entry.get("condition", [])]
    values += entry.get("metadata", {}).get("about", {}).items()
    return " and ".join(f"{_in_words(slot)} is {_in_words(value)}" for slot, value in values)


def _in_words(name: Any) -> str:
    return str(name).replace("_", " ")


def _languages(project: Project) -> list[Topic]:
    """Returns the texts in other languages. They cite nothing themselves: the English texts do."""
    topics = []
    for path in project.paths("data/responses/danger_only/*.yml"):
        content = project.data(path)
        code, reader = Path(path).stem, content["by"] or "no clinician who speaks it yet"
        texts = [
            Text(code, name, "", _when(entry), entry["text"], content["reviewed"], [], code)
            for name, entries in content["texts"].items()
            for entry in entries
        ]
        topics.append(Topic(code, f"{content['language']} (checked by {reader})", texts))
    return topics


def page(content: Sheet, today: date) -> str:
    """Returns the sheet as one HTML page that needs no other file."""
    template = html_template(Path(__file__).parent / TEMPLATE, marked=_marked)
    return template.render(sheet=content, today=today, version=VERSION, signature=SIGNATURE)


def _marked(text: str) -> Markup:
    """Returns a text as HTML, with its placeholders marked."""
    return Markup(PLACEHOLDER.sub(lambda found: f"<mark>{found.group()}</mark>", str(escape(text))))


def rows(content: Sheet) -> Iterator[list[str]]:
    """Yields the lines of the CSV file."""
    yield [*COLUMNS, *SIGNATURE]
    for text in content.texts:
        sources = dict.fromkeys(source.url or source.title for fact in text.facts for source in fact.sources)
        yield [
            *(text.topic, text.name, text.when, text.text, str(text.words), str(text.grade or "")),
            _lines(fact.id for fact in text.facts),
            _lines(fact.claim for fact in text.facts),
            _lines(sources),
            _lines(f"{fact.id}: {doubt}" for fact in text.facts for doubt in fact.doubts),
            text.reviewed,
            *[""] * len(SIGNATURE),
        ]


def _lines(parts: Iterable[str]) -> str:
    return "\n".join(parts)


def main() -> int:
    content = sheet(PROJECT)
    make_private(FOLDER)
    html, table = FOLDER / "review.html", FOLDER / "review.csv"
    html.write_text(page(content, date.today()), encoding="utf-8")
    with table.open("w", encoding="utf-8-sig", newline="") as file:  # Excel only reads UTF-8 with its mark
        csv.writer(file).writerows(rows(content))
    print(
        f"{html.relative_to(ROOT)} and {table.name}: {sum(1 for _ in content.texts)} texts, {len(content.facts)} facts to check."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
