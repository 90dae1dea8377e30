"""Turns the replies of a turn into what a messaging platform can show: texts below its limit, its buttons or a list."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from channels.options import asks_for_a_number, takes_several
from components.dialogue.texts import fixed_text

SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def _plain(text: str) -> str:
    return text


def _plain_link(title: str, url: str) -> str:
    return f"{title}: {url}"


@dataclass(frozen=True)
class Style:
    """What one message of a platform holds.

    Attributes:
        text: longest text, in characters.
        buttons: most buttons under a text; 0 when it has none.
        title: longest title of a button, in characters.
        text_with_buttons: longest text that has buttons under it, in characters.
        escape: makes a text safe for the platform's own markup.
        link: writes a link from a title and an address.
    """

    text: int
    buttons: int = 0
    title: int = 0
    text_with_buttons: int = 0
    escape: Callable[[str], str] = _plain
    link: Callable[[str, str], str] = _plain_link

    def has_room_for(self, buttons: list[dict[str, str]]) -> bool:
        """Whether the platform can show `buttons` as its own."""
        return 0 < len(buttons) <= self.buttons and all(len(button["title"]) <= self.title for button in buttons)


@dataclass(frozen=True)
class Piece:
    """One message as a platform sends it."""

    text: str
    buttons: tuple[dict[str, str], ...] = ()


def render(messages: Iterable[Mapping[str, Any]], style: Style) -> list[Piece]:
    """Returns one turn's `messages` as pieces for a platform: sources and links readable, options as buttons or as a list."""
    pieces: list[Piece] = []
    number = 0
    for message in messages:
        buttons = [button for button in message.get("buttons") or () if "payload" in button]
        links = [
            style.link(style.escape(button["title"]), button["url"]) for button in message.get("buttons") or () if "url" in button
        ]
        parts = [style.escape(message["text"]), "\n".join(links), _sources(message, style)]
        # Pressing a button would close a question that takes several answers after the first.
        own = style.has_room_for(buttons) and not takes_several(message)
        if buttons and not own:
            parts.append(style.escape(_list(message, buttons, number)))
        number += len(buttons)
        texts = split("\n\n".join(part for part in parts if part), style.text_with_buttons if own else style.text)
        pieces += [Piece(text) for text in texts[:-1]] + [Piece(texts[-1], tuple(buttons) if own else ())]
    return pieces


def _sources(message: Mapping[str, Any], style: Style) -> str:
    sources = (message.get("metadata") or {}).get("sources") or ()
    lines = [
        "- " + (style.link(style.escape(source["title"]), source["url"]) if source.get("url") else style.escape(source["title"]))
        for source in sources
    ]
    return "\n".join([fixed_text("utter_sources_heading"), *lines]) if lines else ""


def _list(message: Mapping[str, Any], buttons: list[dict[str, str]], before: int) -> str:
    if asks_for_a_number(message):
        return "\n".join([fixed_text("utter_options_words"), *(f"- {button['title']}" for button in buttons)])
    heading = fixed_text("utter_options_several" if takes_several(message) else "utter_options_one")
    return "\n".join([heading, *(f"{number}. {button['title']}" for number, button in enumerate(buttons, before + 1))])


def split(text: str, limit: int) -> list[str]:
    """Returns `text` in parts of at most `limit` characters, cut between paragraphs, lines or sentences where there are any."""
    parts: list[str] = []
    while len(text) > limit:
        head = text[: limit + 1]
        sentences = [end.start() for end in SENTENCE_END.finditer(head)]
        places = (head.rfind("\n\n"), head.rfind("\n"), sentences[-1] if sentences else -1, head.rfind(" "), limit)
        # The best kind of place that does not leave the part half empty.
        cut = next(place for place in places if place > limit // 2)
        parts.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*parts, text]
