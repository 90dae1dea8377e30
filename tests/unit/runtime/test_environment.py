"""Each setting has one default, and the environment overrides it."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.environment import DEFAULTS, expand, setting


@pytest.mark.parametrize("environment", [{}, {"PORT": ""}])
def test_a_setting_that_is_unset_or_empty_has_its_default(environment: dict[str, str]) -> None:
    assert setting("PORT", environment) == DEFAULTS["PORT"] == "5005"
    assert setting("NOT_SET_ANYWHERE", environment) == ""


def test_the_environment_overrides_a_default() -> None:
    assert setting("PORT", {"PORT": "6000"}) == "6000"
    assert setting("NOT_SET_ANYWHERE", {"NOT_SET_ANYWHERE": "x"}) == "x"


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
