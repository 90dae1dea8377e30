"""Makes up two quarters of a chain of clinics, counts them with the real code in a real database, and times its reports.

Ten clinics are made up; the rest of the chain are copies of the last one.

It also writes docs/report.html, one week of one clinic, all of it invented, and a picture of it. `--clinics 1` is enough for
those.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import sqlalchemy
from playwright.sync_api import ViewportSize, sync_playwright
from sqlalchemy.engine import Connection

from actions.questionnaire import CONSENT, QUESTIONS, READBACK
from commands.picture import find_chromium
from commands.report import make_report, write
from commands.reporting.names import OUTCOMES
from commands.reporting.period import Period
from components.intents import DANGERS, FALLBACK, OUT_OF_SCOPE
from components.storage.database import Database
from components.storage.figures import (
    CONTACT,
    CONTACTS,
    HELPFUL,
    NOT_HELPFUL,
    Figure,
    Place,
    StoredTurn,
    add,
    day_of,
    figures_of,
)
from components.storage.tables import FIGURES
from runtime.clinic import CLINIC_ID, Clinic
from runtime.paths import ROOT
from runtime.shapes import Metadata

DOCUMENT = ROOT / "docs" / "report.html"
PICTURE = ViewportSize(width=1040, height=1420)  # pixels
LAST = date(2026, 11, 29)  # a Sunday
SHOWN = Clinic(
    name="Example Dermatology: invented figures, no real visitor",
    time_zone="America/New_York",
    opening_hours=["Mo-Fr 09:00-17:00", "Sa 10:00-13:00"],
)
SHOWN_A_DAY, OTHERS_A_DAY = 30, 4  # conversations
MADE_UP = 10  # clinics; the others are copies of the last of these
# The copies take the numbers from the first to the last.
COPY = sqlalchemy.text(
    "WITH RECURSIVE copies(number) AS (SELECT :first UNION ALL SELECT number + 1 FROM copies WHERE number < :last)"
    " INSERT INTO figures SELECT day, 'clinic-' || copies.number, channel, language, measure, value, detail, figures.number"
    " FROM figures, copies WHERE clinic = :copied"
)
# What visitors ask, the most frequent first.
ASKED = (
    *(("ask_cost", ""), ("ask_evidence", ""), ("ask_side_effects", ""), ("ask_fda_status", ""), ("ask_pain", "")),
    *(("ask_what_are_exosomes", ""), ("ask_who_it_helps", ""), ("ask_compare_treatments", ""), ("ask_results_timeline", "")),
    *(("ask_cost", "per_session"), ("ask_cost", "refund"), ("ask_number_of_sessions", ""), ("ask_insurance", "")),
    *(("ask_treatment_options", ""), ("book_consultation", ""), ("ask_aftercare", ""), ("ask_hair_loss_cause", "")),
    *(("ask_cost", "abroad"), ("ask_procedure", ""), ("ask_worth_it", ""), ("ask_choose_provider", ""), ("ask_diy_products", "")),
)
HOURS = [0] * 6 + [1, 2, 4, 7, 8, 8, 10, 9, 7, 7, 8, 9, 11, 14, 15, 12, 6, 2]  # how likely each is
STEPS = (CONSENT, *QUESTIONS, READBACK)
STAYS = (0.8, 0.95, 0.82, 0.93, 0.95, 0.96, 0.98, 0.93)  # how likely a visitor answers each step


@dataclass
class Visitors:
    """Makes up what visitors do. The same seed makes up the same."""

    chance: random.Random

    def day(self, clinic: str, day: date, conversations: int) -> dict[Place, Counter[Figure]]:
        """Returns the counts of one day."""
        counts: dict[Place, Counter[Figure]] = {}
        for _ in range(conversations):
            (channel,) = self.chance.choices(("web", "whatsapp", "telegram"), (90, 8, 2))
            (language,) = self.chance.choices(("en", "es", "fr"), (85, 13, 1))
            place = Place(day_of(datetime(day.year, day.month, day.day)), clinic, channel, language)
            counted = counts.setdefault(place, Counter())
            for turn in self.conversation(day):
                counted.update(figures_of(turn))
            counted.update(self.presses())
        return counts

    def conversation(self, day: date) -> Iterator[StoredTurn]:
        (hour,) = self.chance.choices(range(24), HOURS)
        for number in range(1 + min(5, int(self.chance.expovariate(0.6)))):
            yield StoredTurn(hour, number == 0, *self.message(day), asked=None, asks=None)
        if self.chance.random() < 0.25:
            yield from self.check(hour)

    def message(self, day: date) -> tuple[str, list[Metadata]]:
        """Returns an intent, and what the replies are about."""
        kind = self.chance.random()
        if kind < 0.06:
            return self.chance.choice((FALLBACK, FALLBACK, OUT_OF_SCOPE)), [{"kind": "fallback"}]
        if kind < 0.066:
            return "", [{"kind": "emergency", "danger": "report", "topic": self.chance.choice(list(DANGERS))}]
        weights = [1 / (rank + 2) for rank in range(len(ASKED))]
        weights[12] *= 3 if day > LAST - timedelta(days=7) else 1  # an insurer wrote to its members
        ((topic, detail),) = self.chance.choices(ASKED, weights)
        return topic, [{"kind": "answer", "topic": topic, "detail": detail}]

    def check(self, hour: int) -> Iterator[StoredTurn]:
        asked: str | None = None
        for step, stays in zip(STEPS, STAYS, strict=True):
            yield StoredTurn(hour, False, "inform", [], asked, step)
            asked = step
            if self.chance.random() > stays:
                return
        (outcome,) = self.chance.choices(list(OUTCOMES), (30, 40, 12, 15, 1))
        yield StoredTurn(hour, False, "affirm", [{"kind": "assessment", "outcome": outcome}], asked, None)

    def presses(self) -> Iterator[Figure]:
        topic, detail = self.chance.choice(ASKED[:6])
        if self.chance.random() < 0.4:
            yield Figure(HELPFUL if self.chance.random() < 0.7 else NOT_HELPFUL, topic, detail)
        if self.chance.random() < 0.14:
            yield Figure(CONTACT, self.chance.choices(CONTACTS, (5, 4, 2))[0])


def fill(connection: Connection, clinics: int, days: Sequence[date]) -> None:
    """Counts all that happens in the chain."""
    chain = [CLINIC_ID, *(f"clinic-{number}" for number in range(1, min(clinics, MADE_UP)))]
    chances = {name: Visitors(random.Random(name)) for name in chain}
    for day in days:
        for name, visitors in chances.items():
            usual = SHOWN_A_DAY if name == CLINIC_ID else OTHERS_A_DAY
            busy = usual * (1.2 if day.isoweekday() < 6 else 0.6) * (1 if day > LAST - timedelta(days=14) else 0.85)
            for place, counts in visitors.day(name, day, round(visitors.chance.gauss(busy, busy / 6))).items():
                add(connection, place, counts)
    if clinics > MADE_UP:
        connection.execute(COPY, {"first": MADE_UP, "last": clinics - 1, "copied": chain[-1]})


def photograph(page: Path, picture: Path) -> None:
    """Writes a picture of the top of a page, as a desktop shows it. Without Chromium, the picture stays as it is."""
    chromium = find_chromium()
    if not chromium:
        print("Could not find Chromium, so the picture of the page stays as it was.")
        print("On Debian: sudo apt-get install chromium-headless-shell")
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        shown = browser.new_page(viewport=PICTURE)
        shown.goto(page.as_uri())
        shown.screenshot(path=picture)
        browser.close()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clinic_reports", description=__doc__)
    parser.add_argument("--clinics", type=int, default=1000)
    parser.add_argument("--days", type=int, default=90)
    chosen = parser.parse_args(arguments)
    quarter = Period(LAST - timedelta(days=chosen.days - 1), LAST)
    week = Period(LAST - timedelta(days=6), LAST)
    now = datetime(2026, 11, 30, 12, tzinfo=timezone.utc).timestamp()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(str(Path(folder) / "figures.db"))
        database.prepare()
        with database.engine.begin() as connection:
            fill(connection, chosen.clinics, [*quarter.before.days, *quarter.days])
        size = sum(path.stat().st_size for path in Path(folder).iterdir()) / 2**20
        reports = (("All clinics", quarter, ""), ("One clinic", quarter, CLINIC_ID), ("One clinic", week, CLINIC_ID))
        with database.engine.connect() as connection:
            rows = connection.execute(sqlalchemy.select(sqlalchemy.func.count()).select_from(FIGURES)).scalar()
            print(f"{chosen.clinics:,} clinics, {2 * chosen.days} days: {rows:,} rows, {size:,.0f} MB.")
            for what, period, clinic in reports:
                began = time.perf_counter()
                page = write(make_report(connection, period, clinic, SHOWN, now), Path(folder), "report")
                print(f"{what}, {len(period.days)} days: {time.perf_counter() - began:.2f} s.")
            DOCUMENT.write_bytes(page.read_bytes())
        database.close()
    photograph(DOCUMENT, DOCUMENT.with_suffix(".png"))


if __name__ == "__main__":
    main()
