"""`make soak`, for some seconds and with two faults: nothing is lost, doubled or wrong, and the faults were felt."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.faults import kill_actions, lock_database
from benchmarks.soak import draw, soak, written
from benchmarks.visitors import ANSWERED, REFUSED, WITHOUT_PAST, count
from tests.support.servers import Server, running


@pytest.fixture
def unlimited(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path / "conversations.db", RATE_LIMIT="off") as server:
        yield server


def test_a_short_soak(unlimited: Server, tmp_path: Path) -> None:
    before = unlimited.part("actions.server").pid
    report = asyncio.run(soak(unlimited, 12, [lock_database, kill_actions], visitors=8, think=0.3))
    assert report.faults == []
    assert [stretch.fault for stretch in report.stretches] == [lock_database, kill_actions]
    hows = count(report.tally.events)
    assert hows[ANSWERED] > 50
    assert hows[REFUSED] + hows[WITHOUT_PAST] > 0, "the locked database was not felt"
    assert unlimited.part("actions.server").pid != before, "the action server was not started again"
    assert report.refused > 0
    shown = written(report, 0.2)
    assert f"| turns answered correctly | {hows[ANSWERED]} |" in shown
    assert "| database locked for 4 s | 1 |" in shown
    draw(report, tmp_path / "memory.png")
