"""`make soak`, for some seconds and with three faults: nothing is lost, doubled or wrong, and the faults were felt."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.faults import UNNOTICED, Scene, kill_actions, lock_database, replace_database
from benchmarks.soak import Report, Stretch, draw, soak, written
from benchmarks.visitors import ANSWERED, REFUSED, WITHOUT_PAST, Event, Tally, count
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


def test_who_is_kept_waiting_beside_an_attacker_and_too_much_memory_are_named() -> None:
    attack = list(UNNOTICED)[-1]
    events = [Event(second, second + (0.2 if 30 <= second < 40 else 0.02), ANSWERED) for second in range(100)]
    report = Report(Tally(events), [Stretch(attack, 30, 39)], sizes=[(0, 1, 500, 50)])
    assert report.faults == [f"stalled: {UNNOTICED[attack]}: 95th percentile 200 ms of at most 50, 0 refused"]
    report = Report(Tally(events), sizes=[(0, 1, 1500, 50)])
    assert report.faults == ["memory: 1550 MB of at most 1536"]
