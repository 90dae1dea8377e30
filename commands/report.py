"""`make report FROM=… TO=… CLINIC=…`: writes what visitors asked, and what became of it, as a page and as a table.

Without CLINIC, it is about all clinics together. `CLINIC='*'` also writes a report on each. With ONLY_NEW=yes, as the timer
sets it, it leaves out reports that are there already, and each clinic where last week has not ended.
"""

from __future__ import annotations

import csv
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from math import ceil
from pathlib import Path
from types import MappingProxyType

from sqlalchemy.engine import Connection

from commands.one_person import existing_database
from commands.reporting.closed_hours import about_closed_hours
from commands.reporting.counts import (
    conversations_by_clinic,
    conversations_by_day,
    has_figures,
    messages_by_hour,
    read_counts,
    texts_not_understood,
)
from commands.reporting.page import (
    MAX_CLINICS,
    Report,
    Row,
    Table,
    csv_rows,
    make_tables,
    render,
    sentences,
    totals,
    weeks_table,
)
from commands.reporting.period import WEEK, InvalidPeriodError, Period, earlier, requested_period
from commands.reporting.small_counts import shown_counts
from components.storage.database import time_limit
from components.storage.errors import StoreUnavailableError, UnusableDatabaseError
from components.storage.figures import local_time
from runtime.clinic import Clinic
from runtime.clinic_errors import ClinicError
from runtime.clinics import ID, Clinics, served_clinics
from runtime.environment import state_folder
from runtime.paths import make_private

EACH = "*"
CLINIC_NAME = re.compile(rf"(?:{ID.pattern}|{re.escape(EACH)})?", re.ASCII)
MIN_WEEKS = 8  # in the picture of the weeks
NO_NAMES: Mapping[str, str] = MappingProxyType({})
REPORT_LIMIT = 10 * 60.0  # seconds on PostgreSQL


def make_report(
    connection: Connection, period: Period, clinic_id: str, clinic: Clinic, now: float, names: Mapping[str, str] = NO_NAMES
) -> Report:
    """Returns the report on one clinic, or on all if `clinic_id` is empty.

    Args:
        connection: to the database.
        period: the days that it is about.
        clinic_id: the clinic's id in the figures.
        clinic: its settings; for all clinics, those that they share.
        now: the time in seconds since 1970.
        names: what to call each clinic, by id, in the report on all.
    """
    counts, before = read_counts(connection, period, clinic_id), read_counts(connection, period.before, clinic_id)
    periods = [period, *earlier(period, max(1, ceil(MIN_WEEKS * WEEK / len(period.days)) - 1))]
    by_day = conversations_by_day(connection, [day for part in periods for day in part.days], clinic_id)
    tables = {"weeks": weeks_table(by_day, periods), **make_tables(counts, before)}
    if not clinic_id:
        tables |= _clinics(connection, period, names)
    figures = totals(counts, before, tables)
    by_hour, by_hour_before = (messages_by_hour(connection, part, clinic_id) for part in (period, period.before))
    texts = texts_not_understood(connection, period, clinic_id, clinic, now) if clinic.report_not_understood else None
    is_of_several = not clinic_id and len(names) > 1
    return Report(
        title=clinic.name or clinic_id or ("All clinics" if is_of_several else "The clinic"),
        is_of_several=is_of_several,
        period=period,
        zone=clinic.time_zone,
        written=local_time(clinic, now).date(),
        sentences=[*sentences(period, tables, figures), *about_closed_hours(clinic, by_hour, by_hour_before)],
        totals=figures,
        tables=tables,
        not_understood=texts,
    )


def _clinics(connection: Connection, period: Period, names: Mapping[str, str]) -> dict[str, Table]:
    """Returns the table of the clinics, if there are several."""
    clinics = conversations_by_clinic(connection, period)
    shown = shown_counts(clinics)
    if len(clinics) < 2 or shown is None:
        return {}
    before = conversations_by_clinic(connection, period.before)
    shown_before = shown_counts(before) or {}
    rows = [Row(names.get(clinic, clinic), shown[clinic], shown_before.get(clinic, "0")) for clinic, _ in clinics.most_common()]
    return {"clinics": Table("Conversations by clinic", rows, limit=MAX_CLINICS)}


def clinic_names(clinics: Clinics) -> dict[str, str]:
    """Returns the name of each clinic, by id: with the id where two share a name, and the id alone where there is none."""
    shared = Counter(clinic.name for _, clinic in clinics.items())
    return {
        clinic_id: f"{clinic.name} ({clinic_id})" if clinic.name and shared[clinic.name] > 1 else clinic.name or clinic_id
        for clinic_id, clinic in clinics.items()
    }


def write(report: Report, folder: Path, name: str) -> Path:
    """Writes the page and the CSV file, which only we can read. Returns the page."""
    make_private(folder)
    page, table = folder / f"{name}.html", folder / f"{name}.csv"
    text = render(report)
    table.touch(mode=0o600)
    with table.open("w", encoding="utf-8-sig", newline="") as file:  # Excel only reads UTF-8 with its mark
        csv.writer(file).writerows(csv_rows(report))
    # Last and at once, because its name tells ONLY_NEW that both are there.
    unfinished = page.with_suffix(".new")
    unfinished.touch(mode=0o600)
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(page)
    return page


def requested(environment: Mapping[str, str], clinics: Clinics, now: float) -> Iterator[tuple[Period, str]]:
    """Yields the period and the clinic of each report that FROM, TO and CLINIC ask for. All clinics together have no id.

    Raises:
        InvalidPeriodError: they cannot be reported.
    """
    first, last, clinic_id = (environment.get(name, "").strip() for name in ("FROM", "TO", "CLINIC"))
    if not CLINIC_NAME.fullmatch(clinic_id):
        raise InvalidPeriodError("CLINIC is not the id of a clinic: an id has small letters, digits and hyphens.")
    for name in _each(clinics) if clinic_id == EACH else [clinic_id]:
        yield requested_period(first, last, _today(clinics, name, now)), name


def _today(clinics: Clinics, clinic_id: str, now: float) -> date:
    """Returns the date at a clinic. For all together, it is the earliest of them, so that last week has ended at each."""
    asked = [clinics.of(clinic_id)] if clinic_id else [clinic for _, clinic in clinics.items()]
    return min(local_time(clinic, now).date() for clinic in asked)


def is_new(period: Period, clinic_id: str, clinics: Clinics, folder: Path, now: float) -> bool:
    """Whether a report on last week is not written yet, and that week has ended just now.

    On a Sunday, the last week that has ended is a week old. Its report was written, and perhaps deleted, long ago.
    """
    is_fresh = _today(clinics, clinic_id, now) - period.last < timedelta(days=WEEK)
    return is_fresh and not (folder / f"{_file_name(period, clinic_id)}.html").exists()


def _each(clinics: Clinics) -> list[str]:
    """Returns the ids for a report on all clinics together and, if there are several, one on each."""
    return ["", *(clinics if len(clinics) > 1 else ())]


def main() -> int:
    now = time.time()
    try:
        clinics = served_clinics()
        names, folder = clinic_names(clinics), state_folder() / "report"
        wanted = list(requested(os.environ, clinics, now))
        if os.environ.get("ONLY_NEW") == "yes":
            wanted = [(period, clinic_id) for period, clinic_id in wanted if is_new(period, clinic_id, clinics, folder, now)]
        database = existing_database()
        with time_limit(REPORT_LIMIT), database.engine.connect() as connection:
            for period, clinic_id in wanted:
                if clinic_id and clinic_id not in clinics and not has_figures(connection, clinic_id, _compared(period)):
                    raise InvalidPeriodError(f"There is no clinic {clinic_id}. Leave CLINIC out for all clinics together.")
                report = make_report(connection, period, clinic_id, clinics.of(clinic_id or None), now, names)
                page = write(report, folder, _file_name(period, clinic_id))
                print(f"{page} and {page.stem}.csv: {period}.")
    except (InvalidPeriodError, ClinicError, UnusableDatabaseError) as refusal:
        print(refusal)
        return 2
    except StoreUnavailableError:
        print("The database does not answer. Try again.")
        return 1
    return 0


def _compared(period: Period) -> list[date]:
    """Returns all days that a report on this period counts."""
    return period.before.days + period.days


def _file_name(period: Period, clinic_id: str) -> str:
    return "_".join(filter(None, (clinic_id, str(period.first), str(period.last))))


if __name__ == "__main__":
    sys.exit(main())
