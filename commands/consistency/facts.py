"""Checks the facts: that each has a source, and that texts cite facts that exist and back what the texts say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

from commands.consistency.project import Entry, Project, listed
from commands.consistency.replies import MEASURED, variants

FACTS, SOURCES, CANDIDACY = "data/facts.yml", "data/sources.yml", "actions/candidacy.py"
FIELDS = {"claim", "sources", "as_of", "strength", "read"}
STRENGTHS = ("regulator", "label", "guideline", "consensus", "review", "trial", "case", "clinic", "promoter", "general")
READ = ("whole", "abstract", "secondary", "none")
CHANGING = {"regulator", "label", "clinic"}  # what these say can change any day
CHANGING_LASTS, OTHERS_LAST = timedelta(days=183), timedelta(days=365)
GENERAL, PROMOTER = "general", "promoter"
MARKETING = "article"  # the source that only a promoter's claim may rest on
AS_OF = "{as_of}"
APPROVAL = re.compile(r"\bapproved\b|\b(il)?legal(ly)?\b", re.I)
SEARCH = re.compile(r"[?&](?:term|q|query|search|lang|utm_\w+)=", re.I)  # what leads to a list of pages, or tells who linked
SENTENCE = re.compile(r"[^.!?\n]+[.!?]?")
QUOTED, YEAR = re.compile(r'"[^"]*"'), re.compile(r"\b20\d\d\b")
FACT_ID = re.compile(r"\b[A-Z]{2,4}-\d{2,3}\b")

DIGITS = re.compile(r"(?:(?<![\w.,-])|(?<=\d-))\d+(?:,\d{3})*(?:\.\d+)?")
NOT_COUNTED = re.compile(r"\b24/7\b|\{\w+\}|\b(?:in|out of|of) 100\b|\bfrom 1 to 10\b")  # the last two say how one counts
_TO_TWELVE = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_TENS = {"twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "ninety": "90", "hundred": "100"}
NUMBER_WORDS = {word: str(number) for number, word in enumerate(_TO_TWELVE)} | _TENS
_WORD = f"({'|'.join(NUMBER_WORDS)})"
WORDS = re.compile(rf"\b{_WORD}\b", re.I)
# In a text, a written-out number counts only before what it measures: "two to three months", not "two things".
MEASURED_THINGS = (
    "second|minute|hour|day|week|month|year|percent|session|visit|treatment|injection|study|studies|trial|review|case|report"
    "|patient|people|person|men|women|adult|letter|dollar|hair"
)
MEASURES = re.compile(rf"\b{_WORD}(?:(?: to | or | and |-){_WORD})?(?: [\w-]+)? (?:{MEASURED_THINGS})", re.I)


def entries(project: Project) -> Iterator[str]:
    """Each fact needs all fields, words that we know, and sources that exist."""
    sources = project.data(SOURCES)["sources"]
    for fact, entry in _facts(project).items():
        where = f"{FACTS}: {fact}"
        if set(entry) != FIELDS:
            yield f"{where} needs exactly the fields {listed(sorted(FIELDS))}."
            continue
        for field, known in (("strength", STRENGTHS), ("read", READ)):
            if entry[field] not in known:
                yield f"{where} has the {field} {entry[field]}: use one of {listed(known)}."
        for source in set(entry["sources"]) - set(sources):
            yield f"{where} rests on {source}, which is not in {SOURCES}: add it there, or correct the id."
        if not entry["sources"] and entry["strength"] != GENERAL:
            yield f"{where} has no source, so its strength can only be {GENERAL}: find a source, or say so."
        if MARKETING in entry["sources"] and entry["strength"] != PROMOTER:
            yield f"{where} rests on a clinic's marketing, so its strength can only be {PROMOTER}: find a better source."


def sources(project: Project) -> Iterator[str]:
    used = {source for entry in _facts(project).values() for source in entry["sources"]}
    for source, entry in project.data(SOURCES)["sources"].items():
        if source not in used:
            yield f"{SOURCES} has {source}, on which no fact rests: cite it in {FACTS}, or take it out."
        if "title" not in entry or "checked" not in entry:
            yield f"{SOURCES}: {source} needs a title, and checked: a day, or null if nobody has opened it."
        if not entry.get("url", "https://").startswith("https://"):
            yield f"{SOURCES}: {source} has an address that the chat does not link to: it must begin with https://."
        if SEARCH.search(entry.get("url", "")):
            yield f"{SOURCES}: {source} has the address of a search, or one that says who linked there: shorten it."


def cited(project: Project) -> Iterator[str]:
    """The facts that texts and rules name must exist, and each answer to a question names at least one."""
    known = _facts(project)
    for where, name, entry in variants(project):
        ids = entry.get("metadata", {}).get("facts", [])
        for fact in ids:
            if fact not in known:
                yield f"{where} cites {fact}, which is not in {FACTS}: add it there, or correct the id."
        if not ids and MEASURED.match(name.partition("/")[0]):
            yield f"{where} cites no fact."
    for fact in sorted(_behind_rules(project) - set(known)):
        yield f"{CANDIDACY} has a rule that rests on {fact}, which is not in {FACTS}: correct the id."


def numbers_backed(project: Project) -> Iterator[str]:
    """A text may only say numbers of the facts that it cites, so that no two texts give different ones for the same fact."""
    known = _facts(project)
    for where, _, entry in variants(project):
        ids = [fact for fact in entry.get("metadata", {}).get("facts", []) if fact in known]
        backed = frozenset().union(*(numbers(known[fact]["claim"]) for fact in ids))
        for number in sorted(numbers_said(entry["text"]) - backed if ids else ()):
            yield f"{where} says {number}, which no claim of {listed(ids)} has: correct it, or cite the fact that has it."


def dated(project: Project) -> Iterator[str]:
    """What a regulator approves can change, so a text that says it must say when we knew it, with the one date that we keep."""
    known, month = _facts(project), project.data(FACTS)["as_of"]
    for where, _, entry in variants(project):
        fields = entry.get("metadata", {})
        strengths = {known[fact]["strength"] for fact in fields.get("facts", []) if fact in known}
        is_dated = AS_OF in entry["text"] or fields.get("dated")
        if month in entry["text"]:
            yield f"{where} says {month} itself, so it would have to be changed with each review: say {AS_OF}."
        if strengths & {"regulator", "label"} and _says_approval(entry["text"]) and not is_dated:
            yield f"{where} speaks of approval or law without its date: begin that sentence with {AS_OF}, or set dated: true."


@cache
def _says_approval(text: str) -> bool:
    """Whether a text says what is approved or legal now. Questions and quotations don't, nor sentences with their own year."""
    sentences = (found for found in SENTENCE.findall(QUOTED.sub("", text)) if not found.endswith("?") and not YEAR.search(found))
    return any(APPROVAL.search(found) for found in sentences)


def overdue(project: Project, today: date) -> Iterator[str]:
    """Yields the facts that somebody must look up again: after six months what can change any day, after a year the others."""
    for fact, entry in _facts(project).items():
        known_until = date.fromisoformat(entry["as_of"])
        if today - known_until > (CHANGING_LASTS if entry["strength"] in CHANGING else OTHERS_LAST):
            yield f"{FACTS}: {fact} is of {known_until}."


def uncited(project: Project) -> list[str]:
    """Returns the facts that neither a text cites nor a rule of the check rests on."""
    used = {fact for _, _, entry in variants(project) for fact in entry.get("metadata", {}).get("facts", [])}
    return sorted(set(_facts(project)) - used - _behind_rules(project))


@cache
def numbers(claim: str) -> frozenset[str]:
    """Returns the numbers in a claim, written in digits or in words."""
    return _digits(claim) | {NUMBER_WORDS[word.lower()] for word in WORDS.findall(claim)}


@cache
def numbers_said(text: str) -> frozenset[str]:
    """Returns the numbers in a text: all in digits, and those in words that count or measure something."""
    in_words = {word.lower() for found in MEASURES.findall(text) for word in found if word}
    return _digits(text) | {NUMBER_WORDS[word] for word in in_words - {"one"}}


def _digits(text: str) -> frozenset[str]:
    found = DIGITS.findall(NOT_COUNTED.sub("", text))
    return frozenset(number.replace(",", "").removesuffix(".0") for number in found)


def _behind_rules(project: Project) -> set[str]:
    return {fact for rule in project.constant(CANDIDACY, "RULES") for fact in FACT_ID.findall(rule.source)}


def _facts(project: Project) -> dict[str, Entry]:
    facts: dict[str, Entry] = project.data(FACTS)["facts"]
    return facts
