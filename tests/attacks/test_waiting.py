"""Within its limits, no caller keeps the others waiting. This measures how long they wait, so nothing else may run beside it."""

from __future__ import annotations

import statistics

import pytest

from runtime.http_limits import MAX_UNFINISHED
from tests.support.attackers import LIMITED, MAX_GROWTH, attacked, own_memory
from tests.support.caller import Caller, take_turns
from tests.support.servers import Server

TURNS, PAUSE = 100, 0.2  # the pause in seconds
MAX_THREADS = 600  # with five hundred silent connections to the metrics
SHORT_WAIT = 0.05  # seconds, which nobody minds

pytestmark = pytest.mark.long


@pytest.mark.parametrize("attack", LIMITED)
def test_within_its_limits_no_address_keeps_the_others_waiting(server: Server, attack: str) -> None:
    neighbours = [Caller(server, "127.0.0.9") for _ in range(5)]  # alone, a visitor would come to a limit
    before = take_turns(*neighbours, number=TURNS, pause=PAUSE)
    rasa = server.part("commands.rasa")
    memory = own_memory(rasa)
    with attacked(attack, server.port, server.session(), server.metrics_port):
        during = take_turns(*neighbours, number=TURNS, pause=PAUSE)
        assert own_memory(rasa) < memory + MAX_UNFINISHED + MAX_GROWTH
        assert rasa.num_threads() < MAX_THREADS
    assert percentile_95(during) < max(2 * percentile_95(before), SHORT_WAIT)


def percentile_95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]
