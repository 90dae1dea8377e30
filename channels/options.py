"""Options that a visitor chooses by typing: their numbers or their words. For the platforms and the terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

Message = Mapping[str, Any]
Button = dict[str, str]

# "2", "2.", "2)", and for questions with several answers "1, 3", "1 and 3", "1 3".
NUMBERS = re.compile(r"\d{1,2}[.)]?((\s*(,|;|&|\+|and)\s*|\s+)\d{1,2}[.)]?)*", re.I)
AGE = "age"  # the one question that is answered by a number, so in front of it a number is no option


def options(messages: Iterable[Message]) -> list[Button]:
    """Returns the buttons of one turn's `messages` that say something, in the order of their numbers. Links have none."""
    return [button for message in messages for button in message.get("buttons") or () if "payload" in button]


def asks_for_a_number(message: Message) -> bool:
    """Whether the answer to `message` is itself a number."""
    return (message.get("metadata") or {}).get("slot") == AGE


def takes_several(message: Message) -> bool:
    """Whether several options of `message` may be chosen together."""
    return (message.get("metadata") or {}).get("select") == "many"


def chosen(text: str, messages: list[Message]) -> str | None:
    """Returns the payload that a typed `text` stands for in front of one turn's `messages`; None when it is no option."""
    typed = text.strip()
    offered = options(messages)
    for button in offered:
        if _bare(typed) == _bare(button["title"]):
            return button["payload"]
    if not NUMBERS.fullmatch(typed) or any(asks_for_a_number(message) for message in messages):
        return None
    numbers = list(dict.fromkeys(int(number) for number in re.findall(r"\d+", typed)))
    if not all(0 < number <= len(offered) for number in numbers):
        return None
    payloads = [offered[number - 1]["payload"] for number in numbers]
    if len(payloads) == 1:
        return payloads[0]
    several = {button["payload"] for button in options(message for message in messages if takes_several(message))}
    return _together(payloads) if several.issuperset(payloads) else None


def _bare(words: str) -> str:
    return words.rstrip(".!? ").casefold()


def _together(payloads: list[str]) -> str:
    """Returns one payload for several options of the same question."""
    intent = payloads[0].partition("{")[0]
    answers = [json.loads(payload[len(intent) :]) for payload in payloads]
    ((slot, _),) = answers[0].items()
    return intent + json.dumps({slot: [answer[slot] for answer in answers]})
