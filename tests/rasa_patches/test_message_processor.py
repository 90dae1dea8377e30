"""The processor that reads a message as it was written, and puts only the masked text into Rasa's event."""

from __future__ import annotations

from rasa.shared.core.events import UserUttered, deserialise_events

from components.privacy.masking import MASK
from components.privacy.written_text import keep_written, written_entities, written_text
from components.rasa_patches.message_processor import MaskingProcessor, masked
from tests.support.assistant import Assistant


def test_rasa_processes_messages_this_way(assistant: Assistant) -> None:
    assert isinstance(assistant.agent.processor, MaskingProcessor)


def test_what_was_understood_stays_without_private_details_and_offsets() -> None:
    parsed = {
        "text": '/inform{"age": "a@b.example"}',
        "intent": {"name": "inform", "confidence": 1.0},
        "entities": [{"entity": "age", "value": ["a@b.example"], "start": 7, "end": 28, "role": "asked"}],
        "topics": ["ask_cost"],
    }
    assert masked(parsed) == {
        **parsed,
        "text": f'/inform{{"age": "{MASK}"}}',
        "entities": [{"entity": "age", "value": [MASK], "role": "asked"}],
    }
    assert parsed["entities"][0]["start"] == 7, "the argument has not changed"


def test_offsets_stay_where_nothing_was_masked() -> None:
    parsed = {"text": "prp", "intent": {}, "entities": [{"entity": "prior_treatments", "value": "prp", "start": 0, "end": 3}]}
    assert masked(parsed) == parsed


def test_the_written_text_is_in_no_form_of_the_event() -> None:
    event = UserUttered(MASK)
    keep_written(event, "a@b.example", [{"entity": "age", "value": "41", "start": 12, "end": 14}])
    assert written_text(event) == "a@b.example"
    assert written_entities(event)[0]["end"] == 14
    assert "a@b.example" not in f"{event.as_dict()} {event} {event!r}"
    (stored,) = deserialise_events([event.as_dict()])
    assert written_text(stored) == MASK
    assert written_entities(stored) == []
    assert written_text(UserUttered(None)) == ""
