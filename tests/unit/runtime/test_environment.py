"""Each setting has one default, and the environment overrides it."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.environment import DEFAULTS, expand, server_address, setting, wrong_settings


@pytest.mark.parametrize("environment", [{}, {"PORT": ""}])
def test_a_setting_that_is_unset_or_empty_has_its_default(environment: dict[str, str]) -> None:
    assert setting("PORT", environment) == DEFAULTS["PORT"] == "5005"
    assert setting("NOT_SET_ANYWHERE", environment) == ""


def test_the_environment_overrides_a_default() -> None:
    assert setting("PORT", {"PORT": "6000"}) == "6000"
    assert setting("NOT_SET_ANYWHERE", {"NOT_SET_ANYWHERE": "x"}) == "x"


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("", "127.0.0.1:5005"),
        ("0.0.0.0", "127.0.0.1:5005"),
        ("::", "[::1]:5005"),
        ("10.0.0.5", "10.0.0.5:5005"),
        ("fd00::5", "[fd00::5]:5005"),
        ("localhost", "localhost:5005"),
    ],
)
def test_programs_on_this_machine_reach_the_server_where_it_listens(host: str, address: str) -> None:
    assert server_address({"HOST": host}) == address


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, ""),
        ({"PORT": "abc"}, "PORT is 'abc'. It must be a number from 1 to 65535."),
        ({"PORT": "-1"}, "PORT is '-1'."),
        ({"ACTION_PORT": "65536"}, "ACTION_PORT is '65536'."),
        ({"METRICS_PORT": "0"}, "METRICS_PORT is '0'."),
        ({"PORT": "5055"}, "PORT and ACTION_PORT are both 5055."),
        ({"METRICS_PORT": "5005"}, "PORT and METRICS_PORT are both 5005."),
        ({"SESSION_SECRET": ""}, ""),
        ({"SESSION_SECRET": "k" * 32, "ACTION_SECRET": "k" * 32}, ""),
        ({"SESSION_SECRET": " " * 40}, "SESSION_SECRET is blank. Set it to 32 random characters"),
        ({"SESSION_SECRET_OLD": "\n"}, "SESSION_SECRET_OLD is blank."),
        ({"ACTION_SECRET": "short"}, "ACTION_SECRET is too short."),
        ({"CALLBACK_SECRET": " " * 40}, "CALLBACK_SECRET is blank."),
        ({"CALLBACK_SECRET": "k" * 32 + ", " + "l" * 32}, ""),
        ({"CALLBACK_SECRET": "k" * 32 + ","}, "CALLBACK_SECRET is blank."),
        ({"CALLBACK_SECRET": "k" * 32 + ",short"}, "CALLBACK_SECRET is too short."),
        ({"MAX_DATABASE_SIZE": "10 GB"}, "MAX_DATABASE_SIZE is '10 GB'. It must be a number of megabytes, such as 10000."),
        ({"MAX_DATABASE_SIZE": "0"}, "MAX_DATABASE_SIZE is '0'."),
    ],
)
def test_a_setting_that_cannot_be_right_gets_one_sentence(environment: dict[str, str], told: str) -> None:
    sentences = list(wrong_settings(environment))
    assert len(sentences) == bool(told)
    assert all(sentence.startswith(told) for sentence in sentences)


def test_the_conversations_are_in_the_state_folder_unless_they_are_set() -> None:
    assert setting("CONVERSATIONS_DB", {"ASSISTANT_STATE": "/srv/state"}) == "/srv/state/conversations.db"
    assert Path(setting("CONVERSATIONS_DB", {})).is_absolute()
    assert setting("CONVERSATIONS_DB", {"CONVERSATIONS_DB": "postgresql://x/y"}) == "postgresql://x/y"


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("http://127.0.0.1:${ACTION_PORT}/webhook", "http://127.0.0.1:5055/webhook"),
        ("${NAME}", "Ann"),
        ("${NAME} and ${NOT_SET_ANYWHERE}.", "Ann and ."),
        ("$NAME costs $5 {NAME}", "$NAME costs $5 {NAME}"),
        ("", ""),
    ],
)
def test_variables_in_braces_are_expanded_and_nothing_else(text: str, expanded: str) -> None:
    assert expand(text, {"NAME": "Ann"}) == expanded


def test_a_value_is_not_expanded_again() -> None:
    assert expand("${NAME}", {"NAME": "${OTHER}", "OTHER": "x"}) == "${OTHER}"
