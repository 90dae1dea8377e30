"""Turns a turn's messages into what a platform can show: texts within its limit, and buttons or a list."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from channels.options import asks_for_a_number, numbered_buttons, takes_several
from components.dialogue.texts import fixed_text
from components.dialogue.wording import spoken_or_english
from runtime.shapes import Button, Message, Source

SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def _plain(text: str) -> str:
    return text


def starred(text: str) -> str:
    """Returns `text` in bold, on the platforms that use asterisks for it."""
    return f"*{text}*"


def _plain_link(title: str, url: str) -> str:
    return f"{title}: {url.removeprefix('tel:')}"


@dataclass(frozen=True)
class Style:
    """What one message on a platform can hold.

    Attributes:
        max_text: maximum characters in a text.
        max_buttons: maximum buttons under a text; 0 if the platform has none.
        max_title: maximum characters in a button's title.
        max_text_with_buttons: maximum characters in a text with buttons.
        escape: escapes a text for the platform's markup.
        link: formats a link from a title and a URL.
        bold: formats an escaped text as a heading.
    """

    max_text: int
    max_buttons: int = 0
    max_title: int = 0
    max_text_with_buttons: int = 0
    escape: Callable[[str], str] = _plain
    link: Callable[[str, str], str] = _plain_link
    bold: Callable[[str], str] = _plain

    def has_room_for(self, buttons: list[Button]) -> bool:
        """Whether the platform can show `buttons` as buttons."""
        return 0 < len(buttons) <= self.max_buttons and all(len(button["title"]) <= self.max_title for button in buttons)


@dataclass(frozen=True)
class Piece:
    """One message to send on a platform."""

    text: str
    buttons: tuple[Button, ...] = ()


def render(messages: Iterable[Message], style: Style) -> list[Piece]:
    """Renders one turn's `messages` for a platform: sources and links as text, options as buttons or a list."""
    pieces: list[Piece] = []
    options_before = 0
    for message in messages:
        options = numbered_buttons([message])
        # A question with several answers gets no buttons: the first press would close it.
        as_buttons = style.has_room_for(options) and not takes_several(message)
        paragraphs = [_text(message, style), _links(message, style), _sources(message, style)]
        if options and not as_buttons:
            paragraphs.append(style.escape(_list(message, options, options_before)))
        options_before += len(options)
        max_length = style.max_text_with_buttons if as_buttons else style.max_text
        *texts, last = split("\n\n".join(filter(None, paragraphs)), max_length)
        pieces += [Piece(text) for text in texts] + [Piece(last, tuple(options) if as_buttons else ())]
    return pieces


def _text(message: Message, style: Style) -> str:
    """Returns the text, with its heading in bold if it has one: each of several answers does."""
    text, heading = message["text"], (message.get("metadata") or {}).get("heading")
    if not heading:
        return style.escape(text)
    return style.bold(style.escape(heading)) + style.escape(text.removeprefix(heading))


def _links(message: Message, style: Style) -> str:
    buttons = message.get("buttons") or ()
    return "\n".join(style.link(style.escape(button["title"]), button["url"]) for button in buttons if "url" in button)


def _sources(message: Message, style: Style) -> str:
    sources = (message.get("metadata") or {}).get("sources") or ()
    lines = [f"- {_source(source, style)}" for source in sources]
    return "\n".join([_words("utter_sources_heading", message), *lines]) if lines else ""


def _source(source: Source, style: Style) -> str:
    title, url = style.escape(source["title"]), source.get("url")
    return style.link(title, url) if url else title


def _list(message: Message, options: list[Button], options_before: int) -> str:
    if asks_for_a_number(message):
        return "\n".join([_words("utter_options_words", message), *(f"- {option['title']}" for option in options)])
    heading = _words("utter_options_several" if takes_several(message) else "utter_options_one", message)
    return "\n".join([heading, *(f"{number}. {option['title']}" for number, option in enumerate(options, options_before + 1))])


def _words(name: str, message: Message) -> str:
    """Returns a fixed text in the language of a message, if the assistant speaks it."""
    language = (message.get("metadata") or {}).get("language")
    return fixed_text(name, spoken_or_english(language))


def split(text: str, limit: int) -> list[str]:
    """Splits `text` into parts of at most `limit` characters, between paragraphs, lines or sentences where possible."""
    parts: list[str] = []
    while len(text) > limit:
        head = text[: limit + 1]
        sentences = [end.start() for end in SENTENCE_END.finditer(head)]
        places = (head.rfind("\n\n"), head.rfind("\n"), sentences[-1] if sentences else -1, head.rfind(" "), limit)
        # The best place to cut that leaves the part at least half full.
        cut = next(place for place in places if place > limit // 2)
        parts.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*parts, text]
