"""Turns counts into what the page and the CSV file show: tables of names and counts that may be shown, and a few sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from actions.questionnaire import CONSENT, PATIENT, QUESTIONS, READBACK
from commands.html import html_template
from commands.reporting import names
from commands.reporting.counts import Cells, Counts
from commands.reporting.period import Period, in_words
from commands.reporting.small_counts import SMALL, WITHHELD, shown_count, shown_counts
from components.storage.figures import (
    ANSWERED,
    CONTACT,
    CONVERSATION,
    DANGER,
    HELPFUL,
    MESSAGE,
    NOT_HELPFUL,
    NOT_UNDERSTOOD,
    OUTCOME,
    QUESTION,
    RESULT,
    TOPIC,
)

TEMPLATE = "report.html.j2"
HIDDEN = "–"  # nothing of a table can be shown
UNCOMPARED = ""  # we did not look for an earlier count
IN_WORDS = {"0": "no", SMALL: "fewer than five", WITHHELD: "five or more"}  # in sentences
STEPS = (CONSENT, PATIENT, *QUESTIONS, READBACK, RESULT)
MAX_TOPICS = 15  # rows on the page; the CSV file has all
MAX_DETAILS = 4  # rows below a topic
MAX_CLINICS = 20
MIN_CHANGE = 10  # percent; less is about the same
MAX_NAMED = 3  # topics that a sentence names
NUMBER_COLUMNS = ("section", "name", "detail", "this period", "before")


@dataclass(frozen=True)
class Row:
    """A name with its count in this period and in the one before, as shown."""

    name: str
    now: str
    before: str
    details: list[Row] = field(default_factory=list)

    @property
    def size(self) -> int:
        """The count as a number; 0 if it is not shown."""
        return number(self.now)

    @property
    def size_before(self) -> int:
        return number(self.before)


@dataclass(frozen=True)
class Table:
    """A part of the page."""

    title: str
    rows: list[Row]
    columns: bool = False  # drawn as upright columns, such as the hours of a day
    limit: int | None = None  # rows on the page
    is_withheld: bool = False  # left out, since another table hides a count that it would tell

    @property
    def listed(self) -> list[Row]:
        return self.rows[: self.limit]

    @property
    def largest(self) -> int:
        return max((size for row in self.rows for size in (row.size, row.size_before)), default=0) or 1

    @property
    def is_hidden(self) -> bool:
        """Whether there is something, but nothing that can be shown."""
        return self.is_withheld or (bool(self.rows) and all(row.now == HIDDEN for row in self.rows))


@dataclass(frozen=True)
class Report:
    """All that the page shows. `is_of_several` says whether it counts several clinics together."""

    title: str
    is_of_several: bool
    period: Period
    zone: str
    written: date
    sentences: list[str]
    totals: list[Row]
    tables: dict[str, Table]
    not_understood: list[str] | None  # masked messages; None if the clinic does not want to see them


def number(shown: str) -> int:
    """Returns a count as it is shown as a number; 0 if it is not shown."""
    return 0 if shown in (SMALL, WITHHELD, HIDDEN, UNCOMPARED) else int(shown.replace(",", ""))


def make_tables(now: Counts, before: Counts) -> dict[str, Table]:
    """Returns the tables by their id on the page, from the counts of this period and the one before."""

    def by_count(title: str, measure: str, known: Mapping[str, str]) -> Table:
        return Table(
            title, _rows(now.measures[measure], before.measures[measure], lambda name: known.get(name, names.in_words(name)))
        )

    hours = [f"{hour:02}" for hour in range(24)]
    ends = _rows(_check_ends(now), _check_ends(before), names.STEPS.__getitem__, order=STEPS)
    tables = {
        "topics": Table("What people asked", _topics(now, before), limit=MAX_TOPICS),
        "hours": Table(
            "When they wrote", _rows(now.measures[MESSAGE], before.measures[MESSAGE], names.hour, order=hours), columns=True
        ),
        "channels": Table("Where they wrote", _rows(now.channels, before.channels, names.channel)),
        "languages": Table("In which language", _rows(now.languages, before.languages, names.language)),
        "not_understood": by_count("What the chat could not answer", NOT_UNDERSTOOD, names.NOT_UNDERSTOOD),
        "check": Table("How far the checks got", ends),
        "outcomes": by_count("What the checks said", OUTCOME, names.OUTCOMES),
        "danger": by_count("Danger that visitors reported", DANGER, names.DANGERS),
        "not_helpful": Table("Answers that did not help", _answers(now, before, NOT_HELPFUL), limit=MAX_TOPICS),
        "helpful": Table("Answers that helped", _answers(now, before, HELPFUL), limit=MAX_TOPICS),
        "contacts": by_count("Who got in touch", CONTACT, names.CONTACTS),
    }
    if any(row.now in (WITHHELD, SMALL, HIDDEN) for row in ends if row.name == names.STEPS[RESULT]):
        # The outcomes add up to the number of results, which would tell what the table of the check hides.
        tables["outcomes"] = Table(tables["outcomes"].title, [], is_withheld=True)
    return tables


def _rows(now: Cells, before: Cells, name: Callable[[str], str], order: Sequence[str] = ()) -> list[Row]:
    """Returns a row for each value that was counted in either period: the most frequent first, or in a given order."""
    shown, shown_before = _shown(now), _shown(before)
    counted = {*+now, *+before}
    values = order if order and counted else sorted(counted, key=lambda value: (-number(shown(value)), name(value)))
    return [Row(name(value), shown(value), shown_before(value)) for value in values]


def _shown(cells: Cells) -> Callable[[str], str]:
    shown = shown_counts(cells)
    return lambda value: HIDDEN if shown is None else shown.get(value, "0")


def _topics(now: Counts, before: Counts) -> list[Row]:
    shown, shown_before = _shown(now.measures[TOPIC]), _shown(before.measures[TOPIC])
    topics = {*now.measures[TOPIC], *before.measures[TOPIC]}
    rows = []
    for topic in topics:
        # Details add up to their topic, so there are none where that is hidden.
        parts = now.details[TOPIC, topic] if number(shown(topic)) else Counter[str]()
        parts_before = before.details[TOPIC, topic] if number(shown_before(topic)) else Counter[str]()
        details = _rows(parts, parts_before, lambda detail, topic=topic: names.detail(topic, detail))  # type: ignore[misc]
        visible = [row for row in details if row.size] if len(details) > 1 else []
        rows.append(Row(names.topic(topic), shown(topic), shown_before(topic), visible[:MAX_DETAILS]))
    return sorted(rows, key=lambda row: (-row.size, row.name))


def _answers(now: Counts, before: Counts, measure: str) -> list[Row]:
    return _rows(_by_answer(now, measure), _by_answer(before, measure), names.answer)


def _by_answer(counts: Counts, measure: str) -> Cells:
    return Counter(
        {
            f"{topic}/{detail}" if detail else topic: count
            for topic in counts.measures[measure]
            for detail, count in counts.details[measure, topic].items()
        }
    )


def _check_ends(counts: Counts) -> Cells:
    """Returns for each step of the check how many ended there. Those that got further answered its question."""
    opened, answered = counts.measures[QUESTION], counts.measures[ANSWERED]
    # A check over midnight can be answered on another day than it was opened.
    return Counter({step: max(0, opened[step] - answered[step]) for step in STEPS if opened[step]})


def totals(now: Counts, before: Counts, tables: Mapping[str, Table]) -> list[Row]:
    """Returns the figures that stand first."""
    finished = next((row for row in tables["check"].rows if row.name == names.STEPS[RESULT]), Row("", "0", "0"))
    counted = {
        "Conversations": CONVERSATION,
        "Messages": MESSAGE,
        "Not understood or about something else": NOT_UNDERSTOOD,
        "Danger reported": DANGER,
        "Contact buttons pressed": CONTACT,
    }
    rows = [Row(name, shown_count(now.total(measure)), shown_count(before.total(measure))) for name, measure in counted.items()]
    return [*rows[:2], Row("Checks with a result", finished.now, finished.before), *rows[2:]]


def weeks_table(conversations: Counter[date], periods: Sequence[Period]) -> Table:
    """Returns the conversations of each whole week of the periods, the earliest first."""
    rows = []
    for period in reversed(periods):
        cells = Counter({week.first: sum(conversations[day] for day in week.days) for week in period.weeks})
        # The days that are no whole week are not shown, but with the total of the period anybody could work them out.
        cells[date.min] = sum(conversations[day] for day in period.days) - sum(cells.values())
        shown = shown_counts(cells)
        rows += [
            Row(f"{week.first.day} {week.first:%b}", HIDDEN if shown is None else shown[week.first], UNCOMPARED)
            for week in period.weeks
        ]
    return Table("Week by week", rows, columns=True)


def sentences(period: Period, tables: Mapping[str, Table], figures: Sequence[Row]) -> Iterator[str]:
    """Yields what changed, in plain English. It rests only on what the page shows."""
    conversations, _, _, _, danger, contacts = figures
    yield f"From {period}, visitors began {_times(conversations, 'conversation')}, {_change(conversations)}."
    yield from _most_asked(tables["topics"].rows)
    yield from _about_checks(tables["check"].rows)
    if danger.now != "0":
        yield f"Danger was reported {_times(danger, 'time')}, {_change(danger)}."
    unhelpful = [row for row in tables["not_helpful"].rows if row.size]
    if unhelpful:
        yield f"The answer that most often did not help was “{unhelpful[0].name}” ({_times(unhelpful[0], 'time')})."
    if contacts.now != "0":
        yield f"A contact button was pressed {_times(contacts, 'time')}, {_change(contacts)}."


def _most_asked(rows: Sequence[Row]) -> Iterator[str]:
    top = [f"“{row.name}” ({row.now})" for row in rows if row.size][:MAX_NAMED]
    if top:
        yield f"They asked most: {_listed(top)}."
    risen = [row for row in rows if row.size_before and row.size >= 2 * row.size_before]
    if risen:
        grown = [f"“{row.name}” ({row.now}, {row.before} before)" for row in risen[:MAX_NAMED]]
        yield f"Asked at least twice as often: {_listed(grown)}."


def _about_checks(rows: Sequence[Row]) -> Iterator[str]:
    result = names.STEPS[RESULT]
    finished = next((row for row in rows if row.name == result and row.size), None)
    if finished:
        yield f"Of the checks, {finished.now} came to a result, {_change(finished)}."
    left = max((row for row in rows if row.name != result), key=lambda row: row.size, default=None)
    if left and left.size:
        yield f"Checks without a result were most often left at {left.name} ({left.now})."


def _change(row: Row) -> str:
    """Returns how a count compares with the one before, in words."""
    if row.now == row.before:
        return "as before"
    if not row.size or not row.size_before:
        return f"{IN_WORDS.get(row.before, row.before)} before" if row.before != "0" else "none before"
    percent = round(100 * (row.size - row.size_before) / row.size_before)
    if abs(percent) < MIN_CHANGE:
        return f"about as many as before ({row.before})"
    return f"{abs(percent)}% {'more' if percent > 0 else 'fewer'} than before ({row.before})"


def _times(row: Row, noun: str) -> str:
    return f"{IN_WORDS.get(row.now, row.now)} {noun}s"


def _listed(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def render(report: Report) -> str:
    """Returns the report as one HTML page that needs no other file."""
    template = html_template(Path(__file__).parent / TEMPLATE, date=in_words)
    return template.render(report=report, small=SMALL, withheld=WITHHELD, hidden=HIDDEN)


def csv_rows(report: Report) -> Iterator[list[Any]]:
    """Yields the lines of the CSV file."""
    yield list(NUMBER_COLUMNS)
    for row in report.totals:
        yield ["Totals", row.name, "", row.now, row.before]
    for table in report.tables.values():
        for row in table.rows:
            yield [table.title, row.name, "", row.now, row.before]
            yield from ([table.title, row.name, part.name, part.now, part.before] for part in row.details)
