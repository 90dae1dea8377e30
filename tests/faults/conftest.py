"""A server of its own for the faults, with every log at debug."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers import Log, Server, running


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server keeps its database."""
    return tmp_path_factory.mktemp("faults")


@pytest.fixture(scope="package")
def chatty(folder: Path) -> Iterator[Server]:
    """The assistant as `make run` starts it, logging all it can."""
    debug = {"LOG_LEVEL": "DEBUG", "LOG_LEVEL_LIBRARIES": "DEBUG", "RATE_LIMIT": "off"}
    with running(folder / "conversations.db", **debug) as server:
        yield server


@pytest.fixture
def log(chatty: Server) -> Log:
    """The log of one test."""
    return Log(chatty)
