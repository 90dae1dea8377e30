"""Fixtures and hooks of all tests. What they are made of is in `tests/support/`."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

import hypothesis
import pytest
import structlog

if TYPE_CHECKING:
    from tests.support.assistant import Assistant
    from tests.support.servers import Server

SLOWEST_FIRST = ("widget", "faults", "deploy", "attacks")  # folders
# As `rasa run` does; without it every debug line is printed.
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
# The same examples each time; with `--hypothesis-profile=fresh` new ones.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None, database=None)
hypothesis.settings.register_profile("fresh", derandomize=False, deadline=None, database=None, print_blob=True)
hypothesis.settings.load_profile("steady")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts what takes longest first, so that tests that run side by side end together."""
    items.sort(
        key=lambda item: (
            SLOWEST_FIRST.index(item.path.parent.name) if item.path.parent.name in SLOWEST_FIRST else len(SLOWEST_FIRST)
        )
    )


# The fixtures import what they give, so that the unit tests, which take none of it, load no Rasa.


@pytest.fixture(scope="session")
def action_server() -> Iterator[str]:
    """The port of the real action server."""
    from tests.support.servers import running_actions

    with running_actions() as port:
        yield port


@pytest.fixture(scope="session")
def assistant(action_server: str, tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """The trained agent with the real store and the real action server."""
    from tests.support.assistant import load

    return load(tmp_path_factory.mktemp("assistant"), action_server)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The assistant as `make run` starts it, with a database of its own."""
    from tests.support.servers import running

    with running(tmp_path_factory.mktemp("server") / "conversations.db") as running_server:
        yield running_server
