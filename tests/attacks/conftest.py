"""A server to be attacked, and whether it stands unharmed afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.attackers import MAX_GROWTH, own_memory
from tests.support.caller import WEBSITE
from tests.support.servers import Server, running

FIRST_TURNS = ("does it hurt", "¿duele?", "am i a candidate?")  # what these load stays in memory, and no attack is to blame


@pytest.fixture(scope="session")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The assistant as `make run` starts it, without rate limits, which would end an attack before it counts."""
    folder = tmp_path_factory.mktemp("attacks")
    (folder / "clinic.yml").write_text(f"websites: [{WEBSITE}]")
    settings = {"CLINIC_FILE": str(folder / "clinic.yml"), "RATE_LIMIT": "off"}
    settings |= {"SANIC_REQUEST_TIMEOUT": "8", "SANIC_RESPONSE_TIMEOUT": "12"}
    with running(folder / "conversations.db", **settings) as server:
        for text in FIRST_TURNS:
            assert server.say(server.session(), text)[0] == 200
        yield server


@pytest.fixture
def victim(standing: Server) -> Iterator[Server]:
    """The same; after the test it has the same processes and about the same memory, has failed in no turn, and answers."""
    rasa, actions = standing.part("commands.rasa"), standing.part("actions.server")
    memory, failed = own_memory(rasa), failures(standing)
    yield standing
    assert rasa.is_running(), "Rasa ended"
    assert actions.is_running(), "the action server ended"
    assert standing.say(standing.session(), "does it hurt")[0] == 200
    assert failures(standing) == failed, "a turn failed"
    assert own_memory(rasa) < memory + MAX_GROWTH


def failures(server: Server) -> str:
    """Returns how many turns failed, as the figures have it."""
    return next((line for line in server.figures().splitlines() if line.startswith('assistant_failures_total{part="turn"}')), "")
