"""A client of the web channel."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from typing import Any

from commands.loopback import free_port as free_port

Message = dict[str, Any]


class Client:
    """Talks to the web channel at `address`."""

    def __init__(self, address: str, trusted: ssl.SSLContext | None = None) -> None:
        """Takes the channel's URL and, for HTTPS, which certificates to trust instead of the machine's."""
        self.address, self._trusted = address, trusted

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], Any]:
        """Sends a request. Returns the status, the headers and the decoded body. `body` is sent as JSON, unless it is bytes."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
        request = urllib.request.Request(f"{self.address}/{path}", data, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30, context=self._trusted) as response:
                status, received, content = response.status, response.headers, response.read()
        except urllib.error.HTTPError as error:
            status, received, content = error.code, error.headers, error.read()
        is_json = (received.get("Content-Type") or "").startswith("application/json")
        return status, dict(received), json.loads(content) if is_json and content else content

    def say(self, token: str, message: Any, **headers: str) -> tuple[int, Any]:
        """Sends a message and returns the status and the reply."""
        status, _, reply = self.call("POST", "webhook", {"sender": token, "message": message}, **headers)
        return status, reply


def kinds(replies: list[Message]) -> list[str]:
    """Summarises the replies: their kind, with the topic, question or outcome if they have one."""
    short = []
    for reply in replies:
        metadata = reply.get("metadata") or {}
        detail = metadata.get("outcome") or metadata.get("slot")
        if metadata.get("kind") == "answer":
            detail = detail or metadata.get("topic")
        short.append(f"{metadata.get('kind')} {detail}" if detail else str(metadata.get("kind")))
    return short
