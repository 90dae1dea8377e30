"""Options that a visitor picks by typing a number or the title, on the platforms and in the terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from actions.questionnaire import AGE
from runtime.shapes import Button, Message

# "2", "2.", "2)", and for questions with several answers "1, 3", "1 and 3", "1 3".
NUMBERS = re.compile(r"\d{1,2}[.)]?((\s*(,|;|&|\+|and|y)\s*|\s+)\d{1,2}[.)]?)*", re.I)


def numbered_buttons(messages: Iterable[Message]) -> list[Button]:
    """Returns the buttons in one turn's `messages` that a visitor can pick, in order of their numbers. Links have no number."""
    return [button for message in messages for button in message.get("buttons") or () if "payload" in button]


def asks_for_a_number(message: Message) -> bool:
    """Whether the answer to `message` is a number."""
    return (message.get("metadata") or {}).get("slot") == AGE


def takes_several(message: Message) -> bool:
    """Whether a visitor may pick several options of `message`."""
    return (message.get("metadata") or {}).get("select") == "many"


def payload_for_typed(text: str, messages: Sequence[Message]) -> str | None:
    """Returns the payload of the option in `messages` (one turn) that `text` names, or None."""
    typed = text.strip()
    buttons = numbered_buttons(messages)
    for button in buttons:
        if _normalized(typed) == _normalized(button["title"]):
            return button["payload"]
    if not NUMBERS.fullmatch(typed) or any(asks_for_a_number(message) for message in messages):
        return None
    payloads = _payloads_by_number(typed, buttons)
    if len(payloads) < 2:
        return payloads[0] if payloads else None
    combinable = {button["payload"] for button in numbered_buttons(filter(takes_several, messages))}
    return _combined(payloads) if combinable.issuperset(payloads) else None


def _payloads_by_number(typed: str, buttons: Sequence[Button]) -> list[str]:
    """Returns the payloads of the buttons with these numbers; an empty list if any number has no button."""
    numbers = list(dict.fromkeys(int(number) for number in re.findall(r"\d+", typed)))
    if not all(0 < number <= len(buttons) for number in numbers):
        return []
    return [buttons[number - 1]["payload"] for number in numbers]


def _normalized(words: str) -> str:
    return words.rstrip(".!? ").casefold()


def _combined(payloads: list[str]) -> str:
    """Returns one payload for several options of the same question."""
    intent = payloads[0].partition("{")[0]
    answers = [json.loads(payload[len(intent) :]) for payload in payloads]
    ((slot, _),) = answers[0].items()
    return intent + json.dumps({slot: [answer[slot] for answer in answers]})
