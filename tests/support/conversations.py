"""Reads the test conversations from their text files.

Each file under `tests/conversations/<situation>/` is one conversation. The first line says what it shows. `>` is the visitor; a
title in brackets presses that button. `<` is one message from the assistant: its kind, with the topic, question or outcome, and
after a colon the words that it must contain. `*` matches any message.
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
    """Returns what the visitor says in a file, with the expected replies to each message."""
    read: list[tuple[str, list[str]]] = []
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        if line.startswith("> "):
            read.append((line[2:], []))
        elif line.startswith("< "):
            read[-1][1].append(line[2:])
    assert read, f"{path} is not a conversation"
    return read


def pressed(title: str, replies: list[Message]) -> str:
    """Returns the payload of the button `title` in the replies."""
    payloads = {
        button["title"]: button["payload"] for reply in replies for button in reply.get("buttons", []) if "payload" in button
    }
    return payloads[title]


def differs(replies: list[Message], expected: list[str]) -> str:
    """Returns how the replies differ from the expected lines; empty if they match."""
    got = kinds(replies)
    if len(got) != len(expected):
        return json.dumps(got)
    for reply, kind, line in zip(replies, got, expected, strict=True):
        wanted = EXPECTED.match(line)
        if wanted["kind"] not in ("*", kind) or (wanted["words"] or "").lower() not in reply["text"].lower():
            return f"{json.dumps(got)}: {reply['text']!r} instead of {line!r}"
    return ""
