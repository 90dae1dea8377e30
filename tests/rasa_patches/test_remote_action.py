"""The call of the action server, whose answer is held to Rasa's schema without checking the schema itself."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import ValidationError
from rasa.core.actions import action
from rasa.shared.core.domain import Domain

from components.rasa_patches.remote_action import RemoteAction
from tests.support.assistant import Assistant


def test_rasa_calls_the_action_server_this_way(assistant: Assistant) -> None:
    judge = action.action_for_name_or_text("action_assess_candidacy", assistant.agent.domain, None)
    assert isinstance(judge, RemoteAction)


@pytest.mark.parametrize("answer", [[], {"events": 3}, {"events": [{"event": 3}]}, {"responses": [3]}])
def test_an_answer_of_another_shape_is_refused(answer: Any) -> None:
    with pytest.raises(ValidationError):
        RemoteAction("action_assess_candidacy", None)._validate_action_result(answer)


def test_the_domain_stays_at_home(assistant: Assistant) -> None:
    endpoint = assistant.agent.processor.action_endpoint
    tracker = assistant.agent.tracker_store.init_tracker("x")
    assert "domain" not in RemoteAction("action_assess_candidacy", endpoint)._action_call_format(tracker, Domain.empty())
