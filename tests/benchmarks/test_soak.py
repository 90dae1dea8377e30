"""`make soak`, for some seconds and with two faults: nothing is lost, doubled or wrong, and the faults were felt."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Iterator

import pytest

from benchmarks.faults import House, kill_actions, lock_database
from benchmarks.soak import draw, soak, written
from benchmarks.visitors import ANSWERED, REFUSED, WITHOUT_PAST, count


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as running_house:
        yield running_house


def test_a_short_soak(house: House, tmp_path: Path) -> None:
    before = house.actions
    report = asyncio.run(soak(house, 12, [lock_database, kill_actions], visitors=8, think=0.3))
    assert report.faults == []
    assert [stretch.fault for stretch in report.stretches] == [lock_database, kill_actions]
    hows = count(report.tally.events)
    assert hows[ANSWERED] > 50
    assert hows[REFUSED] + hows[WITHOUT_PAST] > 0, "the locked database was not felt"
    assert house.actions not in (None, before), "the action server was not started again"
    assert report.refused > 0
    shown = written(report, 0.2)
    assert f"| turns answered as they should be | {hows[ANSWERED]} |" in shown
    assert "| database locked for 4 s | 1 |" in shown
    draw(report, tmp_path / "memory.png")
