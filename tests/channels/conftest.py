"""The channels of two clinics in this process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.all_channels import PAGE, AllChannels
from tests.support.assistant import Assistant
from tests.support.platforms import PLATFORMS


@pytest.fixture(scope="session")
def all_channels(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AllChannels]:
    """A clinic that keeps the check on its website."""
    channels = AllChannels(assistant, tmp_path_factory.mktemp("all_channels"), {"name": "Example Dermatology", "chat_page": PAGE})
    yield channels
    channels.close()


@pytest.fixture(scope="session")
def checking_channels(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AllChannels]:
    """A clinic that holds the check on every platform; otherwise as `clinic.yml` comes."""
    channels = AllChannels(
        assistant, tmp_path_factory.mktemp("checking_channels"), {"check_also_on": [platform.name for platform in PLATFORMS]}
    )
    yield channels
    channels.close()


@pytest.fixture(params=[platform.name for platform in PLATFORMS])
def name(request: pytest.FixtureRequest) -> str:
    """Each platform in turn."""
    return request.param
