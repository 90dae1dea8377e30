"""The assistant in the terminal, over the web channel, with sources and numbered buttons."""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from typing import Any, cast

from channels.options import asks_for_a_number, payload_for_typed
from commands.run import serve
from runtime.shapes import Message

REQUEST_TIMEOUT = 30  # seconds


def main() -> int:
    return serve(lambda address, _servers: converse(address, new_session(address)))


def new_session(address: str) -> str:
    """Returns a session token from the assistant at `address`."""
    return cast(str, _post(f"{address}/session", {})["sender"])


def converse(address: str, token: str, read: Callable[[str], str] = input) -> None:
    """Chats in the terminal until the visitor types /quit or the input ends."""
    print("Type a message, or the number or title of a button. Type /quit to stop.")
    replies: list[Message] = []
    while True:
        try:
            text = read("\n> ").strip()
        except EOFError:
            return
        if text == "/quit":
            return
        if text:
            replies = _send(address, token, payload_for_typed(text, replies) or text)
            print_replies(replies)


def _send(address: str, token: str, text: str) -> list[Message]:
    try:
        return cast(list[Message], _post(f"{address}/webhook", {"sender": token, "message": text}))
    except urllib.error.HTTPError as error:
        refusal = json.load(error)
        return [{"text": f"{refusal['message']} {refusal['emergency']}"}]


def _post(url: str, body: dict[str, Any]) -> Any:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=REQUEST_TIMEOUT) as answer:
        return json.load(answer)


def print_replies(replies: Iterable[Message]) -> None:
    """Prints the replies, with a number for each button."""
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


if __name__ == "__main__":
    sys.exit(main())
