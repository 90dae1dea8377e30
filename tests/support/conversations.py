"""The whole conversations that are kept as text files.

Each file under `tests/conversations/<situation>/` is one conversation: its first line says what it shows; `>` is the
visitor (a title in brackets presses that button), `<` one message of the assistant: its kind, with the topic, question or
outcome, and after a colon words that it must contain. `*` stands for any message.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from runtime.paths import ROOT
from tests.support.client import Message, kinds

FILES = sorted((ROOT / "tests" / "conversations").rglob("*.txt"))
EXPECTED = re.compile(r'^(?P<kind>[^:]+?)(?:: "(?P<words>.+)")?$')


def turns(path: Path) -> list[tuple[str, list[str]]]:
    """Returns what the visitor says in a file, each with the lines of the expected replies."""
    read: list[tuple[str, list[str]]] = []
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        if line.startswith("> "):
            read.append((line[2:], []))
        elif line.startswith("< "):
            read[-1][1].append(line[2:])
    assert read, f"{path} is no conversation"
    return read


def pressed(title: str, replies: list[Message]) -> str:
    """Returns the payload of the button `title` of the replies."""
    payloads = {
        button["title"]: button["payload"] for reply in replies for button in reply.get("buttons", []) if "payload" in button
    }
    return payloads[title]


def differs(replies: list[Message], expected: list[str]) -> str:
    """Returns how the replies of a turn differ from its lines; nothing when they do not."""
    got = kinds(replies)
    if len(got) != len(expected):
        return json.dumps(got)
    for reply, kind, line in zip(replies, got, expected, strict=True):
        wanted = EXPECTED.match(line)
        if wanted["kind"] not in ("*", kind) or (wanted["words"] or "").lower() not in reply["text"].lower():
            return f"{json.dumps(got)}: {reply['text']!r} instead of {line!r}"
    return ""
