"""`make soak`, for some seconds and with three faults: nothing is lost, doubled or wrong, and the faults were felt."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.faults import Scene, kill_actions, lock_database, replace_database
from benchmarks.soak import draw, soak, written
from benchmarks.visitors import ANSWERED, REFUSED, WITHOUT_PAST, count
from tests.support import hard_kill
from tests.support.servers import running


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    database = tmp_path / "conversations.db"
    with hard_kill.telegram() as telegram, running(database, RATE_LIMIT="off", **hard_kill.settings(telegram)) as server:
        yield Scene(server, telegram)


def test_a_short_soak(scene: Scene, tmp_path: Path) -> None:
    before = scene.server.part("actions.server").pid
    faults = [lock_database, replace_database, kill_actions]
    report = asyncio.run(soak(scene, 16, faults, visitors=8, think=0.3))
    assert report.faults == []
    assert [stretch.fault for stretch in report.stretches] == faults
    hows = count(report.tally.events)
    assert hows[ANSWERED] > 30
    assert hows[REFUSED] + hows[WITHOUT_PAST] > 0, "the locked database was not felt"
    assert scene.server.part("actions.server").pid != before, "the action server was not started again"
    assert report.refused > 0
    shown = written(report, 0.2)
    assert f"| turns answered correctly | {hows[ANSWERED]} |" in shown
    assert "| database locked for 4 s | 1 |" in shown
    draw(report, tmp_path / "memory.png")
