"""The assistant in the terminal: the same web channel, with sources and numbered buttons."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from channels.options import asks_for_a_number, chosen


def _call(address: str, path: str, body: dict[str, Any]) -> Any:
    request = urllib.request.Request(f"{address}/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        refused = json.load(error)
        return [{"text": f"{refused['message']} {refused['emergency']}"}]


def _show(replies: list[dict[str, Any]]) -> None:
    """Prints the replies, with numbers for the buttons that can be pressed."""
    number = 0
    for reply in replies:
        print(f"\n{reply['text']}")
        for source in (reply.get("metadata") or {}).get("sources") or []:
            print(f"  source: {source['title']}" + (f" <{source['url']}>" if source.get("url") else ""))
        for button in reply.get("buttons") or []:
            if "url" in button:
                print(f"  {button['title']}: {button['url']}")
                continue
            number += 1
            print(f"  - {button['title']}" if asks_for_a_number(reply) else f"  {number}. {button['title']}")


def new_session(address: str) -> str:
    """Returns a session token of the assistant at `address`."""
    return _call(address, "session", {})["sender"]


def converse(address: str, token: str, read: Callable[[str], str] = input) -> None:
    """Talks on the terminal until the visitor says /quit or ends the input."""
    print("Type a message, or the number or words of a button. End with /quit.")
    replies: list[dict[str, Any]] = []
    while True:
        try:
            text = read("\n> ").strip()
        except EOFError:
            return
        if text == "/quit":
            return
        if text:
            replies = _call(address, "webhook", {"sender": token, "message": chosen(text, replies) or text})
            _show(replies)
