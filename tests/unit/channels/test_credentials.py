"""A platform is off without its secrets, and half a set of them is an error."""

from __future__ import annotations

import pytest

from channels.platforms.credentials import read_settings

SECRETS = ("token", "webhook_secret")
OPTIONAL = {"api_url": "https://api.example"}


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
        ({"token": "t"}, "telegram also needs webhook_secret"),
        ({"token": "t", "webhook_secret": "${NOT_SET_ANYWHERE}"}, "telegram also needs webhook_secret"),
        ({"tokn": "t", "other": "x"}, "telegram has no setting other, tokn"),
    ],
)
def test_a_wrong_entry_says_what_is_wrong(entry: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_settings("telegram", entry, SECRETS, OPTIONAL)
