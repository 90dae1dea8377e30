"""The assistant in the terminal: the same web channel, with sources and numbered buttons."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any, Dict, List, Optional


def _call(address: str, path: str, body: Dict[str, Any]) -> Any:
    request = urllib.request.Request(f"{address}/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        refused = json.load(error)
        return [{"text": f"{refused['message']} {refused['emergency']}"}]


def _show(replies: List[Dict[str, Any]]) -> List[Dict[str, str]]:
    """Prints the replies and returns the buttons that can be pressed, in the order of their numbers."""
    buttons: List[Dict[str, str]] = []
    for reply in replies:
        print(f"\n{reply['text']}")
        for source in (reply.get("metadata") or {}).get("sources") or []:
            print(f"  source: {source['title']}" + (f" <{source['url']}>" if source.get("url") else ""))
        for button in reply.get("buttons") or []:
            if "payload" in button:
                buttons.append(button)
                print(f"  {len(buttons)}. {button['title']}")
            else:
                print(f"  {button['title']}: {button['url']}")
    return buttons


def _pressed(text: str, buttons: List[Dict[str, str]]) -> Optional[str]:
    number = text.strip().rstrip(".)")
    # In front of a question that is answered by a number, a number is the answer.
    if number.isdigit() and 0 < int(number) <= len(buttons) and not any('"age"' in button["payload"] for button in buttons):
        return buttons[int(number) - 1]["payload"]
    return None


def new_session(address: str) -> str:
    """Returns a session token of the assistant at `address`."""
    return _call(address, "session", {})["sender"]


def converse(address: str, token: str) -> None:
    """Talks on the terminal until the visitor says /quit or ends the input."""
    print("Type a message, or the number of a button. End with /quit.")
    buttons: List[Dict[str, str]] = []
    while True:
        try:
            text = input("\n> ").strip()
        except EOFError:
            return
        if text == "/quit":
            return
        if text:
            buttons = _show(_call(address, "webhook", {"sender": token, "message": _pressed(text, buttons) or text}))
