"""The clinic's report: from counts in a real database to the page and the CSV file."""

from __future__ import annotations

import csv
import html.parser
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands import report
from commands.report import make_report, write
from commands.reporting import names
from commands.reporting.page import Report
from commands.reporting.period import InvalidPeriodError, Period, requested_period
from commands.reporting.small_counts import SMALL, WITHHELD, shown_counts
from components.storage.database import Database
from components.storage.figures import Figure, Place, add, day_of
from components.storage.tables import EVENTS
from runtime.clinic import CLINIC_ID, Clinic
from runtime.paths import ROOT
from tests.support.clinics import only, several

MONDAY = date(2026, 11, 30)
WEEK = Period(date(2026, 11, 23), date(2026, 11, 29))
NOW = datetime(2026, 11, 30, 12, tzinfo=timezone.utc).timestamp()
CLINIC = Clinic(name="Example <Dermatology>")


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("", "", "23 to 29 November 2026"),
        ("2026-11-02", "2026-11-08", "2 to 8 November 2026"),
        ("2026-10-26", "2026-11-08", "26 October to 8 November 2026"),
        ("2025-12-29", "2026-01-04", "29 December 2025 to 4 January 2026"),
        ("2026-11-20", "", "20 to 29 November 2026"),
        ("", "2026-11-15", "9 to 15 November 2026"),
        ("2026-11-30", "2026-11-30", "30 November 2026"),
    ],
)
def test_the_period_that_is_asked_for(first: str, last: str, expected: str) -> None:
    assert str(requested_period(first, last, MONDAY)) == expected


@pytest.mark.parametrize(
    ("first", "last", "reason"),
    [
        ("yesterday", "", "FROM=yesterday is not a date"),
        ("2026-02-30", "", "FROM=2026-02-30 is not a date"),
        ("2026-11-08", "2026-11-02", "is later than TO"),
        ("2026-11-08", "2026-12-01", "TO=2026-12-01 has not come yet"),
        ("2020-01-01", "", "is too long ago"),
    ],
)
def test_a_period_that_has_not_been_gets_one_sentence(first: str, last: str, reason: str) -> None:
    with pytest.raises(InvalidPeriodError, match=reason) as refusal:
        requested_period(first, last, MONDAY)
    assert "\n" not in str(refusal.value)


def test_the_period_before_and_the_weeks() -> None:
    assert WEEK.before == Period(date(2026, 11, 16), date(2026, 11, 22))
    assert Period(date(2026, 11, 13), date(2026, 11, 29)).weeks == [WEEK.before, WEEK]


def possible(shown: str) -> range:
    """Returns what a count can be, for somebody who knows no table is larger than the ones below."""
    return range(1, 5) if shown == SMALL else range(5, 40) if shown == WITHHELD else range(int(shown), int(shown) + 1)


@given(st.lists(st.integers(0, 12), min_size=1, max_size=4))
def test_nobody_can_work_out_a_small_count_from_the_others_and_the_total(numbers: list[int]) -> None:
    shown = shown_counts(dict(enumerate(numbers)))
    if shown is None:
        return
    assert all(shown[key] == SMALL for key, number in enumerate(numbers) if 0 < number < 5)
    fits = [found for found in itertools.product(*map(possible, shown.values())) if sum(found) == sum(numbers)]
    for key, number in enumerate(numbers):
        if 0 < number < 5:
            assert len({found[key] for found in fits}) > 1, (numbers, shown)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"a": 20, "b": 10}, {"a": "20", "b": "10"}),
        ({"a": 20, "b": 10, "c": 3}, {"a": "20", "b": WITHHELD, "c": SMALL}),
        ({"a": 20, "b": 3, "c": 2}, {"a": "20", "b": SMALL, "c": SMALL}),
        ({"a": 20, "b": 1, "c": 1}, {"a": WITHHELD, "b": SMALL, "c": SMALL}),
        ({"a": 20, "b": 0}, {"a": "20", "b": "0"}),
        ({"a": 3}, None),
        ({}, {}),
    ],
)
def test_what_is_shown_of_a_table(cells: dict[str, int], expected: dict[str, str] | None) -> None:
    assert shown_counts(cells) == expected


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(str(tmp_path / "conversations.db"))
    assert database.prepare()
    yield database
    database.close()


def fill(
    database: Database, day: date, counts: dict[tuple[str, ...], int], clinic: str = CLINIC_ID, language: str = "en"
) -> None:
    place = Place(day_of(datetime(day.year, day.month, day.day)), clinic, "web", language)
    with database.engine.begin() as connection:
        add(connection, place, Counter({Figure(*figure): number for figure, number in counts.items()}))


def reported(database: Database, clinic_id: str = "", clinic: Clinic = CLINIC) -> Report:
    with database.engine.connect() as connection:
        return make_report(connection, WEEK, clinic_id, clinic, NOW)


def lines(made: Report, table: str) -> list[tuple[str, str, str]]:
    return [(row.name, row.now, row.before) for row in made.tables[table].rows]


THIS_WEEK = {
    ("conversation",): 40,
    ("message", "09"): 60,
    ("message", "22"): 30,
    ("topic", "ask_cost"): 20,
    ("topic", "ask_cost", "refund"): 10,
    ("topic", "ask_pain"): 12,
    ("question", "check_consent"): 30,
    ("answered", "check_consent"): 20,
    ("question", "age"): 20,
    ("answered", "age"): 14,
    ("question", "result"): 14,
    ("outcome", "not_now"): 14,
    ("danger", "reaction"): 2,
    ("not_helpful", "ask_cost", "refund"): 6,
    ("contact", "phone"): 9,
}


def test_a_report_says_what_was_counted_beside_the_week_before(database: Database) -> None:
    fill(database, WEEK.last, THIS_WEEK)
    fill(database, WEEK.before.first, {("conversation",): 20, ("topic", "ask_cost"): 6, ("message", "09"): 50})
    fill(database, WEEK.before.before.first, {("conversation",): 1000, ("message", "09"): 1000})
    made = reported(database)
    assert lines(made, "topics") == [(names.topic("ask_cost"), "30", "6"), (names.topic("ask_pain"), "12", "0")]
    assert [(row.name, row.now) for row in made.tables["topics"].rows[0].details] == [
        ("In general", "20"),
        (names.detail("ask_cost", "refund"), "10"),
    ]
    assert {(name, now, before) for name, now, before in lines(made, "hours") if now != "0"} == {
        ("09:00", "60", "50"),
        ("22:00", "30", "0"),
    }
    ends = {name: now for name, now, _ in lines(made, "check") if now != "0"}
    assert ends == {names.STEPS["check_consent"]: "10", "Age": "6", names.STEPS["result"]: "14"}
    assert lines(made, "outcomes") == [("Not now", "14", "0")]
    assert lines(made, "danger") == [("Reaction to a treatment", "–", "0")]
    assert [row.now for row in made.tables["weeks"].rows][-3:] == ["1,000", "20", "40"]
    assert made.sentences[:2] == [
        "From 23 to 29 November 2026, visitors began 40 conversations, 100% more than before (20).",
        f"They asked most: “{names.topic('ask_cost')}” (30) and “{names.topic('ask_pain')}” (12).",
    ]
    assert "Danger was reported fewer than five times, none before." in made.sentences


def test_nothing_that_happened_is_a_report_too(database: Database, tmp_path: Path) -> None:
    made = reported(database)
    assert made.sentences == ["From 23 to 29 November 2026, visitors began no conversations, as before."]
    assert "Nothing to show." in write(made, tmp_path, "empty").read_text()


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        ({("message", "09"): 60, ("message", "22"): 145}, "About 70% of the messages came while you were closed (30% before)."),
        ({("message", "09"): 60, ("message", "22"): 30}, None),
    ],
)
def test_it_says_how_much_comes_while_the_clinic_is_closed(
    database: Database, messages: dict[tuple[str, ...], int], told: str | None
) -> None:
    friday = WEEK.last - timedelta(days=2)
    fill(database, friday, messages)
    fill(database, WEEK.before.last, {("message", "09"): 60})  # a Sunday
    fill(database, friday - timedelta(days=7), {("message", "16"): 150})
    open_on_weekdays = CLINIC.copy(update={"opening_hours": ["Mo-Fr 09:00-17:00"], "time_zone": "America/New_York"})
    said = [sentence for sentence in reported(database, clinic=open_on_weekdays).sentences if "closed" in sentence]
    assert said == ([told] if told else [])
    assert not [sentence for sentence in reported(database).sentences if "closed" in sentence]


def section(page: str, table: str) -> str:
    return re.search(rf'<section id="{table}".*?</section>', page, re.S)[0]  # type: ignore[index]


def test_results_are_not_told_by_the_outcomes_if_the_check_hides_them(database: Database, tmp_path: Path) -> None:
    fill(database, WEEK.last, {**THIS_WEEK, ("question", "result"): 4, ("outcome", "not_now"): 4})
    made = reported(database)
    assert lines(made, "outcomes") == []
    page = write(made, tmp_path, "week").read_text()
    assert "Not shown, because some counts are too small." in section(page, "outcomes")
    assert "Nothing to show." in section(page, "helpful")


def test_clinics_are_kept_apart_and_counted_together(database: Database) -> None:
    fill(database, WEEK.last, {("conversation",): 40})
    fill(database, WEEK.last, {("conversation",): 20}, clinic="north")
    assert lines(reported(database), "clinics") == [("clinic", "40", "0"), ("north", "20", "0")]
    assert reported(database).totals[0].now == "60"
    assert reported(database, "north").totals[0].now == "20"
    assert "clinics" not in reported(database, "north").tables


def test_clinics_have_their_names_and_the_id_where_two_share_one(database: Database) -> None:
    clinics = several(
        {"north": Clinic(name="Glow"), "south": Clinic(name="Glow"), "east": Clinic(name="Dr. Bell"), "west": Clinic()}
    )
    for clinic in (*clinics, "gone"):
        fill(database, WEEK.last, {("conversation",): 20}, clinic=clinic)
    with database.engine.connect() as connection:
        made = make_report(connection, WEEK, "", clinics.of(None), NOW, report.clinic_names(clinics))
    assert {name for name, _, _ in lines(made, "clinics")} == {"Glow (north)", "Glow (south)", "Dr. Bell", "west", "gone"}


def test_in_a_quiet_week_the_report_on_several_clinics_still_says_whose_hours_it_shows(database: Database) -> None:
    clinics = several({"north": Clinic(name="Glow"), "south": Clinic(name="Dr. Bell")})
    fill(database, WEEK.last, {("conversation",): 20}, clinic="north")
    with database.engine.connect() as connection:
        made = make_report(connection, WEEK, "", clinics.of(None), NOW, report.clinic_names(clinics))
    assert "clinics" not in made.tables
    assert "in the time of each clinic." in report.render(made)
    assert made.title == "All clinics"


class Page(html.parser.HTMLParser):
    """What a page asks other servers for, and what it runs."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "style")]


def test_the_page_stands_alone_and_the_table_says_the_same(database: Database, tmp_path: Path) -> None:
    fill(database, WEEK.last, THIS_WEEK)
    path = write(reported(database), tmp_path / "new", "week")
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert {"svg", "table", "th"} <= page.tags
    assert not {"script", "img", "link", "iframe"} & page.tags
    assert page.addresses == []
    assert not re.search(r"https?://|@import|url\(", text)
    assert "Example &lt;Dermatology&gt;" in text
    with path.with_suffix(".csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert ["What people asked", names.topic("ask_cost"), "", "30", "0"] in rows
    assert ["Totals", "Danger reported", "", "<5", "0"] in rows
    assert ["Week by week", "23 Nov", "", "40", ""] in rows
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "new").iterdir()} == {0o600}


def store_text(database: Database, text: str, age: float, intent: str = "nlu_fallback", sender: str = "x") -> None:
    row = {
        "sender_id": sender,
        "type_name": "user",
        "timestamp": NOW - age,
        "intent_name": intent,
        "data": f'{{"text": "{text}"}}',
    }
    with database.engine.begin() as connection:
        connection.execute(EVENTS.insert(), row)


def test_texts_that_were_not_understood_need_the_clinics_yes_and_end_with_the_retention_time(database: Database) -> None:
    hour = 60 * 60.0
    store_text(database, "purple", age=20 * hour)
    store_text(database, "too old", age=80 * hour)
    store_text(database, "too new", age=hour)
    store_text(database, "understood", age=20 * hour, intent="ask_cost")
    assert reported(database).not_understood is None
    willing = Clinic(report_not_understood=True, retention_hours=72)
    assert reported(database, clinic=willing).not_understood == ["purple"]
    for sender, text in (("north.x", "green"), ("north-west.x", "blue")):
        store_text(database, text, age=20 * hour, sender=sender)
    assert reported(database, "north", willing).not_understood == ["green"]
    assert reported(database, CLINIC_ID, willing).not_understood == ["purple"]


def test_each_of_several_clinics_gets_a_report_of_its_own(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "clinics"
    folder.mkdir()
    week = {"FROM": str(WEEK.first), "TO": str(WEEK.last)}
    for name, value in {**week, "CLINIC": report.EACH, "CLINICS_FOLDER": str(folder), "ASSISTANT_STATE": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    for clinic, number in (("north", 40), ("south", 20)):
        (folder / f"{clinic}.yml").write_text(f"name: The {clinic}")
        fill(database, WEEK.last, {("conversation",): number}, clinic=clinic)
    monkeypatch.setenv("CONVERSATIONS_DB", str(database.engine.url.database))
    assert report.main() == 0
    pages = {path.name: path.read_text() for path in (tmp_path / "report").glob("*.html")}
    assert set(pages) == {f"{clinic}{WEEK.first}_{WEEK.last}.html" for clinic in ("", "north_", "south_")}
    assert "began 60 conversations" in pages[f"{WEEK.first}_{WEEK.last}.html"]
    assert "The south" in pages[f"south_{WEEK.first}_{WEEK.last}.html"]
    assert "north" not in pages[f"south_{WEEK.first}_{WEEK.last}.html"]


# When Monday 30 November begins there. Kiritimati has the first Monday on earth, Pago Pago the last.
ZONES = {
    "Pacific/Kiritimati": "2026-11-29T10:00",
    "Pacific/Guam": "2026-11-29T14:00",
    "Europe/Madrid": "2026-11-29T23:00",
    "": "2026-11-30T00:00",
    "America/New_York": "2026-11-30T05:00",
    "America/Chicago": "2026-11-30T06:00",
    "America/Los_Angeles": "2026-11-30T08:00",
    "Pacific/Honolulu": "2026-11-30T10:00",
    "Pacific/Pago_Pago": "2026-11-30T11:00",
}
MONDAYS = {zone: datetime.fromisoformat(f"{moment}+00:00") for zone, moment in ZONES.items()}
RUNS = [datetime(2026, 11, 29, hour, tzinfo=timezone.utc) for hour in (12, 18)]
RUNS += [datetime(2026, 11, 30, hour, tzinfo=timezone.utc) for hour in (0, 6, 12)]
MAX_WAIT = timedelta(hours=6)


def test_the_timer_runs_at_the_times_that_these_tests_assume() -> None:
    timer = (ROOT / "deploy" / "systemd" / "exosome-report.timer").read_text()
    hours = re.findall(r"^OnCalendar=(\w{3}) ([\d,]+):00 UTC$", timer, re.M)
    assert [f"{moment:%a %H}" for moment in RUNS] == [f"{day} {hour}" for day, listed in hours for hour in listed.split(",")]


@pytest.mark.parametrize("zone", ZONES)
def test_last_week_is_written_once_and_early_on_monday_in_each_time_zone(zone: str, tmp_path: Path) -> None:
    clinics, written = only(Clinic(time_zone=zone)), {}
    for moment in RUNS:
        ((period, name),) = report.requested({}, clinics, moment.timestamp())
        if report.is_new(period, name, clinics, tmp_path, moment.timestamp()):
            (tmp_path / f"{period.first}_{period.last}.html").touch()
            written[moment] = period
    assert list(written.values()) == [WEEK]
    assert timedelta(0) <= next(iter(written)) - MONDAYS[zone] < MAX_WAIT


def test_clinics_in_several_zones_get_last_week_each_and_together_once_it_has_ended_at_all(tmp_path: Path) -> None:
    clinics = several({f"at-{number}": Clinic(time_zone=zone) for number, zone in enumerate(ZONES)})
    for moment in RUNS:
        ended = {f"at-{number}" for number, monday in enumerate(MONDAYS.values()) if monday <= moment}
        ended |= {""} if len(ended) == len(ZONES) else set()
        wanted = list(report.requested({"CLINIC": report.EACH}, clinics, moment.timestamp()))
        assert {name for period, name in wanted if period == WEEK} == ended
        assert {name for period, name in wanted if period == WEEK.before} == {"", *clinics} - ended
        new = {name for period, name in wanted if report.is_new(period, name, clinics, tmp_path, moment.timestamp())}
        assert new == ended
    assert new == {"", *clinics}


def test_a_host_that_was_off_on_monday_catches_up(tmp_path: Path) -> None:
    wednesday, clinics = RUNS[-1] + timedelta(days=2), only(CLINIC)
    ((period, name),) = report.requested({}, clinics, wednesday.timestamp())
    assert period == WEEK
    assert report.is_new(period, name, clinics, tmp_path, wednesday.timestamp())


def test_the_only_clinic_is_reported_once() -> None:
    assert [name for _, name in report.requested({"CLINIC": report.EACH}, only(CLINIC), NOW)] == [""]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"FROM": "never"}, "FROM=never is not a date."),
        ({"CLINIC": "north"}, "There is no clinic north."),
        ({"CLINIC": "'; DROP"}, "CLINIC is not the id of a clinic"),
    ],
)
def test_what_cannot_be_reported_gets_one_sentence(
    settings: dict[str, str],
    sentence: str,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("FROM", "TO", "CLINIC"):
        monkeypatch.setenv(name, settings.get(name, ""))
    monkeypatch.setenv("CONVERSATIONS_DB", str(database.engine.url.database))
    assert report.main() == 2
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(sentence)
