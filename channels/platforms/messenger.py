"""Facebook Messenger: batches of events, signed with the app's secret by SHA-256."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from typing import Any

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, empty, text

from channels.offered import token_of
from channels.platforms.outbound import Call
from channels.platforms.platform_channel import GREETING, Handle, Incoming, PlatformChannel, equals_in_constant_time
from channels.platforms.rendering import Piece, Style

START = "start"  # the payload of the "Get started" button, as docs/channels.md sets it up
BUSY = {4, 32, 613}  # codes of Meta's rate limits, which come with status 400


class MessengerChannel(PlatformChannel):
    """The Messenger Platform of Meta."""

    style = Style(text=2000, buttons=3, title=20, text_with_buttons=640)
    SECRETS = ("app_secret", "page_token", "verify_token")
    OPTIONAL = {"api_url": "https://graph.facebook.com/v25.0"}

    @classmethod
    def name(cls) -> str:
        """Returns the channel's name, which is also its path."""
        return "messenger"

    def blueprint(self, on_new_message: Handle) -> Blueprint:
        """Returns the routes; Meta calls the second one once, when the webhook is set up."""
        routes = super().blueprint(on_new_message)

        @routes.get("/webhook")
        async def subscribe(request: Request) -> HTTPResponse:
            if request.args.get("hub.mode") == "subscribe" and equals_in_constant_time(
                request.args.get("hub.verify_token"), self.settings["verify_token"]
            ):
                return text(request.args.get("hub.challenge", ""))
            return empty(403)

        return routes

    def verifies(self, request: Request) -> bool:
        """Compares the signature of the whole body; the older header with SHA-1 does not count."""
        digest = hmac.new(self.settings["app_secret"].encode(), request.body, hashlib.sha256).hexdigest()
        return equals_in_constant_time(request.headers.get("X-Hub-Signature-256"), f"sha256={digest}")

    def updates(self, request: Request) -> Iterable[Any]:
        """Returns all events of all entries."""
        body = json.loads(request.body)
        if not isinstance(body, dict) or body.get("object") != "page":
            raise ValueError
        entries = body.get("entry") or []
        return [event for entry in entries if isinstance(entry, dict) for event in entry.get("messaging") or []]

    def incoming(self, update: Any) -> Incoming | None:
        """Takes messages and pressed buttons; echoes, receipts, reactions and the rest have other names."""
        user, sent = str(update["sender"]["id"]), update["timestamp"] / 1000
        pressed, message = update.get("postback"), update.get("message") or {}
        if pressed:
            key = str(pressed.get("mid") or f"{user} {update['timestamp']}")
            if pressed["payload"] == START:
                return Incoming(key, user, user, GREETING, sent=sent)
            return Incoming(key, user, user, pressed.get("title", ""), pressed["payload"], sent=sent)
        said, kinds = message.get("text") or "", [attached["type"] for attached in message.get("attachments") or ()]
        # A typed link comes with a preview, a "fallback"; the words are all there is to it.
        media = any(kind != "fallback" for kind in kinds) or bool(kinds and not said)
        if message.get("is_echo") or not said and not media:
            return None
        return Incoming(str(message["mid"]), user, user, said, media=media, sent=sent)

    def identification(self) -> tuple[Mapping[str, str], None]:
        """Sends the token in a header, where no log shows it."""
        return {"Authorization": f"Bearer {self.settings['page_token']}"}, None

    def calls(self, address: Any, piece: Piece) -> list[Call]:
        """Sends text, with buttons as a button template."""
        if not piece.buttons:
            return [self._call(address, messaging_type="RESPONSE", message={"text": piece.text})]
        buttons = [
            {"type": "postback", "title": button["title"], "payload": token_of(button["payload"])} for button in piece.buttons
        ]
        template = {"template_type": "button", "text": piece.text, "buttons": buttons}
        return [self._call(address, messaging_type="RESPONSE", message={"attachment": {"type": "template", "payload": template}})]

    def typing(self, address: Any) -> Call:
        """Shows "typing" for twenty seconds, or until the answer."""
        return self._call(address, sender_action="typing_on")

    def retry_after(self, status: int, headers: Mapping[str, str], answer: Any) -> float | None:
        """Meta says in the body whether an error passes."""
        error = answer.get("error") if isinstance(answer, dict) else None
        if isinstance(error, dict) and (error.get("is_transient") is True or error.get("code") in BUSY):
            return 0.0
        return super().retry_after(status, headers, answer)

    def _call(self, user: str, **content: Any) -> Call:
        body: dict[str, Any] = {"recipient": {"id": user}, **content}
        return Call(f"{self.settings['api_url']}/me/messages", json=body)
