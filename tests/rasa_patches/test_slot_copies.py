"""The copies of slots that Rasa makes for each action."""

from __future__ import annotations

import copy

import pytest
from rasa.shared.core.slots import AnySlot, CategoricalSlot, Slot

from components.rasa_patches import slot_copies


@pytest.mark.parametrize(
    "slot", [AnySlot("said", [], initial_value=["utter_greet"]), CategoricalSlot("language", [], values=["en", "es"])]
)
def test_a_copy_is_the_same_slot_and_changes_by_itself(slot: Slot) -> None:
    slot_copies.install()
    twin = copy.copy(slot)
    assert type(twin) is type(slot)
    assert vars(twin) == vars(slot)
    twin.value = "es"
    assert slot.value != "es"
    assert slot.has_been_set is False
    twin.reset()
    assert vars(twin) == vars(slot)
