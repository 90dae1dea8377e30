"""Messages with something to choose, as the assistant sends them."""

from __future__ import annotations

from runtime.shapes import Button, Message


def question(slot: str, values: dict[str, str], select: str = "one") -> Message:
    buttons: list[Button] = [{"title": title, "payload": f'/inform{{"{slot}": "{value}"}}'} for value, title in values.items()]
    return {"text": "Which?", "buttons": buttons, "metadata": {"slot": slot, "select": select}}


STAGE = question("hair_loss_stage", {"early": "Early, hardly seen", "moderate": "Clearly thinner"})
FLAGS = question("health_flags", {"past_cancer": "Cancer in the past", "allergy": "Allergy", "none": "None of these"}, "many")
AGE = question("age", {"not_sure": "Not sure", "declined": "Rather not say"})
LINK: Message = {"text": "See one.", "buttons": [{"title": "Book a visit", "url": "https://example.com"}], "metadata": {}}
