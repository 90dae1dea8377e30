"""A server of its own for the faults, with every log at debug."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import hard_kill
from tests.support.platforms import Telegram
from tests.support.servers import Log, Server, running


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server keeps its database."""
    return tmp_path_factory.mktemp("faults")


@pytest.fixture(scope="package")
def telegram() -> Iterator[Telegram]:
    """Telegram's side, which the servers of the faults talk to."""
    with hard_kill.telegram() as platform:
        yield platform


@pytest.fixture(scope="package")
def chatty(folder: Path, telegram: Telegram) -> Iterator[Server]:
    """The assistant as `make run` starts it, logging all it can."""
    debug = {"LOG_LEVEL": "DEBUG", "LOG_LEVEL_LIBRARIES": "DEBUG", "RATE_LIMIT": "off"}
    with running(folder / "conversations.db", **debug, **hard_kill.settings(telegram)) as server:
        yield server


@pytest.fixture
def log(chatty: Server) -> Log:
    """The log of one test."""
    return Log(chatty)
