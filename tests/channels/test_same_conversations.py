"""The same conversations give the same answers on every platform and in `make shell` as on the web."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from channels.identity import Sessions
from channels.options import asks_for_a_number, numbered_buttons
from commands.shell import converse
from components.dialogue.texts import fixed_text
from runtime.clinics import served_clinics
from tests.support.all_channels import KEY, AllChannels
from tests.support.client import Message
from tests.support.conversations import FILES, pressed, turns
from tests.support.platforms import PLATFORMS, Shown

HOW_MANY = 20
NEXT = "<next turn>"


def _chosen() -> list[Path]:
    """Returns twenty conversations, of every situation in turn."""
    in_turn = [(number, path) for _, paths in groupby(FILES, lambda path: path.parent) for number, path in enumerate(paths)]
    return [path for _, path in sorted(in_turn)][:HOW_MANY]


CONVERSATIONS = _chosen()


@pytest.fixture(scope="module")
def told(checking_channels: AllChannels) -> dict[Path, list[list[Message]]]:
    """Remembers what the web answered, for each conversation."""
    return {}


def web(all_channels: AllChannels, path: Path, told: dict[Path, list[list[Message]]]) -> list[list[Message]]:
    if path not in told:
        talk = all_channels.assistant.talk()
        replies: list[Message] = []
        said = []
        for text, _ in turns(path):
            replies = talk.say(pressed(text[1:-1], replies) if text.startswith("[") else text)
            said.append(replies)
        told[path] = said
    return told[path]


def typed(title: str, replies: list[Message]) -> str:
    """Returns what a visitor types to choose an option: its number, or its words in front of a question for a number."""
    if any(asks_for_a_number(reply) for reply in replies):
        return title.lower()
    return f"{[button['title'] for button in numbered_buttons(replies)].index(title) + 1}."


def remainder(shown: str, replies: list[Message]) -> str:
    """Returns what stands in `shown` beside the texts, sources, links and options of `replies`, each of which must be there."""
    rest, number = squeezed(shown), 0
    for reply in replies:
        parts = [reply["text"]]
        for source in reply["metadata"].get("sources") or ():
            parts.append(f"{source['title']} {source['url']}" if source.get("url") else source["title"])
        for button in reply.get("buttons") or ():
            parts.append(f"{button['title']} {button['url']}" if "url" in button else button["title"])
            number += "url" not in button
        for part in parts:
            assert squeezed(part) in rest, f"{part!r} is not in {shown!r}"
            rest = rest.replace(squeezed(part), "", 1)
    for heading in ("utter_sources_heading", "utter_options_one", "utter_options_several", "utter_options_words"):
        rest = rest.replace(squeezed(fixed_text(heading)), "")
    return re.sub(r"\d|source", "", rest)


def squeezed(text: str) -> str:
    """Returns `text` without blanks and the signs that only lay out lists and links."""
    return re.sub(r"[\s<>:.*-]", "", text)


@pytest.mark.parametrize("path", CONVERSATIONS, ids=lambda path: f"{path.parent.name}/{path.stem}")
@pytest.mark.parametrize("name", [platform.name for platform in PLATFORMS])
def test_on_every_platform(checking_channels: AllChannels, told: Any, name: str, path: Path) -> None:
    platform = checking_channels.platforms[name]
    user = platform.user()
    expected: list[list[Message]] = web(checking_channels, path, told)
    shown: list[Shown] = []
    for number, (text, _) in enumerate(turns(path)):
        if text.startswith("["):
            title = text[1:-1]
            carried = next((message.buttons[title] for message in shown if title in message.buttons), None)
            request = platform.press(user, title, carried) if carried else platform.say(user, typed(title, expected[number - 1]))
        else:
            request = platform.say(user, text)
        _, shown = checking_channels.ask(name, user, request)
        whole = "\n".join([message.text for message in shown] + [title for message in shown for title in message.buttons])
        assert not remainder(whole, expected[number]), f"after {text!r}: {whole!r}"


@pytest.mark.parametrize("path", CONVERSATIONS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_in_the_terminal(checking_channels: AllChannels, told: Any, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    expected = web(checking_channels, path, told)
    lines = [
        typed(text[1:-1], expected[number - 1]) if text.startswith("[") else text for number, (text, _) in enumerate(turns(path))
    ]
    inputs = iter([*lines, "/quit"])

    def read(prompt: str) -> str:
        print(NEXT)
        return next(inputs)

    loop = checking_channels.assistant._loop
    address, token = f"{checking_channels.address}/web", Sessions(KEY, served_clinics()).mint()
    checking_channels.assistant.wait(loop.run_in_executor(None, converse, address, token, read))
    printed = capsys.readouterr().out.split(NEXT)[1:-1]
    assert len(printed) == len(expected)
    for text, output, replies in zip(lines, printed, expected, strict=True):
        assert not remainder(output, replies), f"after {text!r}: {output!r}"


def test_there_are_twenty_of_every_situation() -> None:
    assert len(CONVERSATIONS) == HOW_MANY
    assert {path.parent.name for path in CONVERSATIONS} == {path.parent.name for path in FILES}
