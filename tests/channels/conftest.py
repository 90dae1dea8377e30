"""The channels of two clinics in this process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.assistant import Assistant
from tests.support.house import PAGE, House
from tests.support.platforms import PLATFORMS


@pytest.fixture(scope="session")
def house(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A clinic that keeps the check on its website."""
    house = House(assistant, tmp_path_factory.mktemp("house"), {"name": "Example Dermatology", "chat_page": PAGE})
    yield house
    house.close()


@pytest.fixture(scope="session")
def open_house(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A clinic that holds the check on every platform; otherwise as `clinic.yml` comes."""
    house = House(assistant, tmp_path_factory.mktemp("open_house"), {"check_also_on": [platform.name for platform in PLATFORMS]})
    yield house
    house.close()


@pytest.fixture(params=[platform.name for platform in PLATFORMS])
def name(request: pytest.FixtureRequest) -> str:
    """Each platform in turn."""
    return request.param
