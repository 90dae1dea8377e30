"""Telegram: one update a request, known by the secret that was given to setWebhook. Private chats only."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from sanic.request import Request

from channels.offered import token_of
from channels.platforms.outbound import Call, seconds
from channels.platforms.platform_channel import GREETING, Incoming, PlatformChannel, equals_in_constant_time
from channels.platforms.rendering import Piece, Style

MEDIA = {
    "photo", "voice", "audio", "video", "video_note", "animation", "document", "sticker", "location", "venue", "contact",
    "poll", "dice", "story", "paid_media", "game",
}  # fmt: skip
START = "/start"  # what Telegram's own button sends in a new chat
WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")  # Telegram's signs; it would take a single one


class TelegramChannel(PlatformChannel):
    """The Telegram Bot API."""

    style = Style(text=4096, buttons=20, title=64, text_with_buttons=4096)
    SECRETS = ("token", "webhook_secret")
    OPTIONAL = {"api_url": "https://api.telegram.org"}

    def __init__(self, settings: Mapping[str, str]) -> None:
        """Takes the settings, all of them set.

        Raises:
            ValueError: the secret of the webhook is short, or has signs that Telegram does not take.
        """
        if not WEBHOOK_SECRET.fullmatch(settings["webhook_secret"]):
            raise ValueError("TELEGRAM_WEBHOOK_SECRET must be 16 to 256 letters, digits, _ or -.")
        super().__init__(settings)

    @classmethod
    def name(cls) -> str:
        """Returns the channel's name, which is also its path."""
        return "telegram"

    def verifies(self, request: Request) -> bool:
        """Compares the secret token."""
        return equals_in_constant_time(request.headers.get("X-Telegram-Bot-Api-Secret-Token"), self.settings["webhook_secret"])

    def updates(self, request: Request) -> Iterable[Any]:
        """Returns the one update."""
        return [json.loads(request.body)]

    def incoming(self, update: Any) -> Incoming | None:
        """Takes messages and pressed buttons; edits, channel posts, membership and the rest have other names."""
        key, pressed = str(update["update_id"]), update.get("callback_query")
        message = pressed["message"] if pressed else update.get("message")
        if not message or message["chat"]["type"] != "private":
            return None
        user, chat = str((pressed or message)["from"]["id"]), message["chat"]["id"]
        if pressed:
            signal = Call(self._address("answerCallbackQuery"), json={"callback_query_id": pressed["id"]})
            choice = str(pressed["data"])
            return Incoming(key, user, chat, _title(message, choice), choice, signal=signal)
        text, media = message.get("text") or message.get("caption") or "", bool(MEDIA & set(message))
        if not text and not media:
            return None  # "joined", "pinned a message"
        if not text and "media_group_id" in message:
            key = f"album {message['media_group_id']}"  # one sentence for all photos of an album
        if text.split()[0:1] == [START]:
            text = GREETING
        return Incoming(key, user, chat, text, media=media, sent=float(message["date"]))

    def calls(self, address: Any, piece: Piece) -> list[Call]:
        """Sends plain text, each button in a row of its own."""
        body: dict[str, Any] = {"chat_id": address, "text": piece.text, "link_preview_options": {"is_disabled": True}}
        if piece.buttons:
            rows = [[{"text": button["title"], "callback_data": token_of(button["payload"])}] for button in piece.buttons]
            body["reply_markup"] = {"inline_keyboard": rows}
        return [Call(self._address("sendMessage"), json=body)]

    def typing(self, address: Any) -> Call:
        """Shows "typing" for five seconds."""
        return Call(self._address("sendChatAction"), json={"chat_id": address, "action": "typing"})

    def accepts(self, status: int, answer: Any) -> bool:
        """Telegram says ok in the body."""
        return status == 200 and isinstance(answer, dict) and answer.get("ok") is True

    def retry_after(self, status: int, headers: Mapping[str, str], answer: Any) -> float | None:
        """Telegram says in the body how long to wait."""
        pause = super().retry_after(status, headers, answer)
        asked = answer.get("parameters") if isinstance(answer, dict) else None
        return max(pause, seconds(asked.get("retry_after"))) if pause is not None and isinstance(asked, dict) else pause

    def _address(self, method: str) -> str:
        return f"{self.settings['api_url']}/bot{self.settings['token']}/{method}"


def _title(message: Mapping[str, Any], choice: str) -> str:
    """Returns the title of the pressed button, which stands in the message that it hangs under."""
    rows = (message.get("reply_markup") or {}).get("inline_keyboard") or []
    return next((str(button["text"]) for row in rows for button in row if button.get("callback_data") == choice), "")
