"""A platform is off without its secrets, and half a set of them is an error."""

from __future__ import annotations

import pytest

from channels.platforms.credentials import read_settings
from runtime.clinic_errors import ClinicError

SECRETS = ("token", "webhook_secret")
OPTIONAL = {"api_url": "https://api.example"}


VARIABLES = {"secret": "${SESSION_SECRET}", "token": "${TG_TOKEN}", "webhook_secret": "${TG_SECRET}", "api_url": "${TG_URL}"}


def test_each_clinic_has_settings_of_its_own() -> None:
    environment = {"SESSION_SECRET": "k", "TG_TOKEN": "ours", "TG_SECRET": "s", "TG_URL": "http://ours"}
    environment |= {
        "TG_TOKEN_NORTH_WEST": "theirs",
        "TG_SECRET_NORTH_WEST": "t",
        "TG_TOKEN_SOUTH": "half",
        "SESSION_SECRET_SOUTH": "x",
    }

    def settings(clinic: str) -> dict[str, str] | None:
        return read_settings("telegram", VARIABLES, SECRETS, OPTIONAL, clinic, environment)

    assert settings("clinic") == {"secret": "k", "token": "ours", "webhook_secret": "s", "api_url": "http://ours"}
    assert settings("north-west") == {"secret": "k", "token": "theirs", "webhook_secret": "t", "api_url": "https://api.example"}
    assert settings("north") is None, "what is another clinic's is not its own"
    with pytest.raises(ClinicError, match=r"south\.telegram also needs TG_SECRET_SOUTH\."):
        settings("south")


def test_what_is_written_out_is_not_every_clinics_secret() -> None:
    written = {"secret": "k", "token": "ours", "webhook_secret": "s", "api_url": "http://our-own"}
    assert read_settings("telegram", written, SECRETS, OPTIONAL, "north", {}) is None
    both = {**VARIABLES, "api_url": "http://our-own"}
    settings = read_settings("telegram", both, SECRETS, OPTIONAL, "north", {"TG_TOKEN_NORTH": "t", "TG_SECRET_NORTH": "s"})
    assert settings
    assert settings["api_url"] == "http://our-own"


def test_all_settings_with_their_defaults() -> None:
    entry = {"secret": "k", "token": "t", "webhook_secret": 42}
    assert read_settings("telegram", entry, SECRETS, OPTIONAL) == {
        "secret": "k", "token": "t", "webhook_secret": "42", "api_url": "https://api.example",
    }  # fmt: skip
    changed = read_settings("telegram", {**entry, "api_url": "http://127.0.0.1"}, SECRETS, OPTIONAL)
    assert changed
    assert changed["api_url"] == "http://127.0.0.1"


@pytest.mark.parametrize(
    "entry", [None, {}, {"secret": "k"}, {"token": "", "webhook_secret": None}, {"token": "${NOT_SET_ANYWHERE}"}]
)
def test_without_secrets_the_platform_is_off(entry: dict[str, str] | None) -> None:
    assert read_settings("telegram", entry, SECRETS, OPTIONAL) is None


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"token": "t"}, r"telegram also needs webhook_secret in credentials\.yml"),
        ({"token": "t", "webhook_secret": "${NOT_SET_ANYWHERE}"}, "telegram also needs NOT_SET_ANYWHERE"),
        ({"tokn": "t", "other": "x"}, "telegram has no setting other, tokn"),
    ],
)
def test_a_wrong_entry_says_what_is_wrong(entry: dict[str, str], message: str) -> None:
    with pytest.raises(ClinicError, match=message):
        read_settings("telegram", entry, SECRETS, OPTIONAL)
