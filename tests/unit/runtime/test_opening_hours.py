"""Opening hours: what may be written, and what is open at a given moment, with fixed times."""

from __future__ import annotations

from datetime import datetime, time, timezone
from zoneinfo import ZoneInfo

import pytest

from runtime.opening_hours import Hours, is_within, opening_at, parse_hours

NEW_YORK = ZoneInfo("America/New_York")
WEEK = [parse_hours("Mo-Fr 09:00-17:00"), parse_hours("Sa 10:00-14:00")]  # closed on Sundays
NIGHT = [parse_hours("Fr 20:00-02:00")]
ALWAYS = [parse_hours("Mo-Su 00:00-24:00")]


def at(moment: str, hours: list[Hours] = WEEK, zone: ZoneInfo = NEW_YORK) -> tuple[bool, str, str]:
    """Returns whether it is open at `moment`, on the clock of `zone`, and when that opening begins and ends."""
    here = datetime.fromisoformat(moment).replace(tzinfo=zone)
    opening = opening_at(hours, zone, here)
    assert opening
    return is_within(opening, here), f"{opening.opens:%a %H:%M}", f"{opening.closes:%a %H:%M}"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Mo-Fr 09:00-17:00", Hours((0, 1, 2, 3, 4), time(9), time(17))),
        ("Sa,Su 10:00-14:30", Hours((5, 6), time(10), time(14, 30))),
        ("Mo-We,Fr 08:00-12:00", Hours((0, 1, 2, 4), time(8), time(12))),
        ("Fr 20:00-02:00", Hours((4,), time(20), time(2))),
        ("Su 00:00-24:00", Hours((6,), time(0), time(0))),
    ],
)
def test_the_form_of_schema_org(line: str, expected: Hours) -> None:
    assert parse_hours(line) == expected


@pytest.mark.parametrize(
    "line",
    ["", "Mo-Fr", "9-5", "Mo-Fr 9:00-17:00", "Mo-Fr 09:00-25:00", "Mon 09:00-17:00", "Fr-Mo 09:00-17:00",
     "Mo-We-Fr 09:00-17:00", "Mo 09:00-09:00", "Mo 09:00-17:00 and Tu"],
)  # fmt: skip
def test_anything_else_is_an_error_with_an_example(line: str) -> None:
    with pytest.raises(ValueError, match="Mo-Fr 09:00-17:00"):
        parse_hours(line)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-12-02 08:59:59", (False, "Wed 09:00", "Wed 17:00")),
        ("2026-12-02 09:00", (True, "Wed 09:00", "Wed 17:00")),
        ("2026-12-02 16:59:59", (True, "Wed 09:00", "Wed 17:00")),
        ("2026-12-02 17:00", (False, "Thu 09:00", "Thu 17:00")),
        ("2026-12-04 18:00", (False, "Sat 10:00", "Sat 14:00")),
        ("2026-12-05 15:00", (False, "Mon 09:00", "Mon 17:00")),
        ("2026-12-06 12:00", (False, "Mon 09:00", "Mon 17:00")),
    ],
)
def test_an_ordinary_week(moment: str, expected: tuple[bool, str, str]) -> None:
    assert at(moment) == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-12-04 19:00", (False, "Fri 20:00", "Sat 02:00")),
        ("2026-12-04 23:30", (True, "Fri 20:00", "Sat 02:00")),
        ("2026-12-05 01:59", (True, "Fri 20:00", "Sat 02:00")),
        ("2026-12-05 02:00", (False, "Fri 20:00", "Sat 02:00")),
    ],
)
def test_over_midnight(moment: str, expected: tuple[bool, str, str]) -> None:
    assert at(moment, NIGHT) == expected


def test_the_moment_may_be_in_any_time_zone() -> None:
    moment = datetime(2026, 12, 2, 14, 0, tzinfo=timezone.utc)  # 9:00 in New York, 6:00 in Los Angeles
    for zone, is_open in ((NEW_YORK, True), (ZoneInfo("America/Los_Angeles"), False)):
        opening = opening_at(WEEK, zone, moment)
        assert opening
        assert is_within(opening, moment) is is_open


@pytest.mark.parametrize(
    ("utc", "is_open"),
    [
        ("2026-03-06 13:30", False),  # 8:30 in winter
        ("2026-03-09 13:30", True),  # 9:30, as clocks went forward on the 8th
        ("2026-10-30 13:30", True),  # 9:30 in summer
        ("2026-11-02 13:30", False),  # 8:30, as clocks went back on the 1st
    ],
)
def test_daylight_saving_time(utc: str, is_open: bool) -> None:
    moment = datetime.fromisoformat(utc).replace(tzinfo=timezone.utc)
    opening = opening_at(WEEK, NEW_YORK, moment)
    assert opening
    assert is_within(opening, moment) is is_open


def test_a_night_in_which_the_clocks_go_back_lasts_an_hour_longer() -> None:
    hours = [parse_hours("Sa 22:00-06:00")]
    opening = opening_at(hours, NEW_YORK, datetime(2026, 11, 1, 4, 0, tzinfo=timezone.utc))
    assert opening
    assert (opening.closes.astimezone(timezone.utc) - opening.opens.astimezone(timezone.utc)).total_seconds() == 9 * 3600
    # At 5:30 of standard time it is still open.
    assert is_within(opening, datetime(2026, 11, 1, 10, 30, tzinfo=timezone.utc))


def test_openings_that_touch_count_as_one() -> None:
    hours = [parse_hours("We 09:00-12:00"), parse_hours("We 12:00-18:00")]
    assert at("2026-12-02 10:00", hours) == (True, "Wed 09:00", "Wed 18:00")
    assert at("2026-12-02 10:00", ALWAYS)[0]


def test_lunch_is_closed() -> None:
    hours = [parse_hours("We 09:00-12:00"), parse_hours("We 13:00-18:00")]
    assert at("2026-12-02 12:30", hours) == (False, "Wed 13:00", "Wed 18:00")


def test_no_hours_no_opening() -> None:
    assert opening_at([], NEW_YORK, datetime(2026, 12, 2, tzinfo=timezone.utc)) is None
