"""Facebook Messenger: batches of events, signed with the app's secret (SHA-256)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from typing import Any

from sanic.request import Request
from sanic.response import HTTPResponse, empty
from sanic.response import text as text_response

from channels.offered import token_of
from channels.platforms.outbound import Call
from channels.platforms.platform_api import GREETING, Incoming, equals_in_constant_time
from channels.platforms.platform_channel import PlatformChannel
from channels.platforms.rendering import Piece, Style

START = "start"  # the payload of the "Get started" button, as docs/channels.md sets it up
RATE_LIMIT_CODES = {4, 32, 613}  # Meta sends these with status 400


class MessengerChannel(PlatformChannel):
    """The Messenger Platform of Meta."""

    style = Style(max_text=2000, max_buttons=3, max_title=20, max_text_with_buttons=640)
    SIGNATURE_HEADER = "X-Hub-Signature-256"
    SECRETS = ("app_secret", "page_token", "verify_token")
    OPTIONAL = {"api_url": "https://graph.facebook.com/v25.0"}

    @classmethod
    def name(cls) -> str:
        return "messenger"

    def handshake(self, request: Request) -> HTTPResponse:
        if request.args.get("hub.mode") == "subscribe" and equals_in_constant_time(
            request.args.get("hub.verify_token"), self.settings["verify_token"]
        ):
            return text_response(request.args.get("hub.challenge", ""))
        return empty(403)

    def verifies(self, request: Request) -> bool:
        """Checks the signature of the whole body. We ignore the older header, which uses SHA-1."""
        digest = hmac.new(self.settings["app_secret"].encode(), request.body, hashlib.sha256).hexdigest()
        return equals_in_constant_time(request.headers.get(self.SIGNATURE_HEADER), f"sha256={digest}")

    def updates(self, request: Request) -> Iterable[Any]:
        body = json.loads(request.body)
        if not isinstance(body, dict) or body.get("object") != "page":
            raise ValueError
        entries = body.get("entry") or []
        return [event for entry in entries if isinstance(entry, dict) for event in entry.get("messaging") or []]

    def incoming(self, update: Any) -> Incoming | None:
        """Returns a message, an edited one, or a pressed button. Receipts, reactions and the rest use other fields."""
        user, sent = str(update["sender"]["id"]), update["timestamp"] / 1000
        if update["sender"] == update["recipient"]:
            return None
        if update.get("postback"):
            return _pressed(update["postback"], user, update["timestamp"])
        edit = update.get("message_edit")
        if edit:
            return Incoming(f"{edit['mid']} {edit['num_edit']}", user, user, edit.get("text") or "", edited=True, sent=sent)
        message = update.get("message") or {}
        text, kinds = message.get("text") or "", [attached["type"] for attached in message.get("attachments") or ()]
        # A typed link comes with a preview of type "fallback"; the text is all we need.
        media = any(kind != "fallback" for kind in kinds) or bool(kinds and not text)
        if message.get("is_echo") or not text and not media:
            return None
        return Incoming(str(message["mid"]), user, user, text, media=media, sent=sent)

    def identification(self) -> tuple[Mapping[str, str], None]:
        # In a header, so that it does not end up in logs.
        return {"Authorization": f"Bearer {self.settings['page_token']}"}, None

    def calls(self, address: Any, piece: Piece) -> list[Call]:
        """Returns a call with plain text, or with a button template."""
        if not piece.buttons:
            return [self._call(address, messaging_type="RESPONSE", message={"text": piece.text})]
        buttons = [
            {"type": "postback", "title": button["title"], "payload": token_of(button["payload"])} for button in piece.buttons
        ]
        template = {"template_type": "button", "text": piece.text, "buttons": buttons}
        return [self._call(address, messaging_type="RESPONSE", message={"attachment": {"type": "template", "payload": template}})]

    def typing(self, address: Any) -> Call:
        return self._call(address, sender_action="typing_on")  # shown for twenty seconds, or until the answer

    def retry_after(self, status: int, headers: Mapping[str, str], answer: Any) -> float | None:
        # Meta says in the body whether an error is temporary.
        error = answer.get("error") if isinstance(answer, dict) else None
        if isinstance(error, dict) and (error.get("is_transient") is True or error.get("code") in RATE_LIMIT_CODES):
            return 0.0
        return super().retry_after(status, headers, answer)

    def _call(self, user: str, **content: Any) -> Call:
        body: dict[str, Any] = {"recipient": {"id": user}, **content}
        return Call(f"{self.settings['api_url']}/me/messages", json=body)


def _pressed(button: Any, user: str, timestamp: int) -> Incoming:
    """Returns a pressed button. `timestamp` is in milliseconds since 1970."""
    key, sent = str(button.get("mid") or f"{user} {timestamp}"), timestamp / 1000
    if button["payload"] == START:
        return Incoming(key, user, user, GREETING, sent=sent)
    return Incoming(key, user, user, button.get("title", ""), button["payload"], sent=sent)
