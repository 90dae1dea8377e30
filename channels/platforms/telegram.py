"""Telegram: one update per request, verified by the secret that we passed to setWebhook. Private chats only."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sanic.request import Request

from channels.offered import token_of
from channels.platforms.outbound import Call, seconds
from channels.platforms.platform_api import GREETING, Incoming, equals_in_constant_time
from channels.platforms.platform_channel import PlatformChannel
from channels.platforms.rendering import Piece, Style
from runtime.clinic import CLINIC_ID
from runtime.clinic_errors import ClinicError
from runtime.clinics import clinic_variable

MEDIA = {
    "photo", "voice", "audio", "video", "video_note", "animation", "document", "sticker", "location", "venue", "contact",
    "poll", "dice", "story", "paid_media", "game",
}  # fmt: skip
COMMAND = re.compile(r"^(/\w+)@\w+")  # with the name of the bot that it is for
START = "/start"  # what Telegram's start button sends in a new chat
WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")  # Telegram allows these characters, but even a single one


class TelegramChannel(PlatformChannel):
    """The Telegram Bot API."""

    style = Style(max_text=4096, max_buttons=20, max_title=64, max_text_with_buttons=4096)
    SIGNATURE_HEADER = "X-Telegram-Bot-Api-Secret-Token"
    SECRETS = ("token", "webhook_secret")
    OPTIONAL = {"api_url": "https://api.telegram.org"}

    def __init__(
        self, settings: Mapping[str, str], clinic_id: str = CLINIC_ID, environment: Mapping[str, str] = os.environ
    ) -> None:
        """Sets up the account.

        Raises:
            ClinicError: the webhook secret is too short, or has characters that Telegram does not accept.
        """
        if not WEBHOOK_SECRET.fullmatch(settings["webhook_secret"]):
            variable = clinic_variable("TELEGRAM_WEBHOOK_SECRET", clinic_id)
            raise ClinicError(f"{variable} must be 16 to 256 letters, digits, _ or -.")
        super().__init__(settings, clinic_id, environment)

    @classmethod
    def name(cls) -> str:
        return "telegram"

    def verifies(self, request: Request) -> bool:
        return equals_in_constant_time(request.headers.get(self.SIGNATURE_HEADER), self.settings["webhook_secret"])

    def updates(self, request: Request) -> Iterable[Any]:
        return [json.loads(request.body)]

    def incoming(self, update: Any) -> Incoming | None:
        """Returns a message, an edited one, or a pressed button. Channel posts, reactions and the rest use other fields."""
        key, pressed, edited = str(update["update_id"]), update.get("callback_query"), update.get("edited_message")
        message = pressed["message"] if pressed else update.get("message") or edited
        if not message or message["chat"]["type"] != "private":
            return None
        person = (pressed or message)["from"]
        if person.get("is_bot"):
            return None
        user, chat = str(person["id"]), message["chat"]["id"]
        if pressed:
            receipt = Call(self._address("answerCallbackQuery"), json={"callback_query_id": pressed["id"]})
            choice = str(pressed["data"])
            return Incoming(key, user, chat, _title(message, choice), choice, receipt=receipt)
        typed = _typed(message, key, user, chat)
        return replace(typed, edited=True) if typed and edited else typed

    def calls(self, address: Any, piece: Piece) -> list[Call]:
        """Returns a call with plain text, and each button on its own row."""
        body: dict[str, Any] = {"chat_id": address, "text": piece.text, "link_preview_options": {"is_disabled": True}}
        if piece.buttons:
            rows = [[{"text": button["title"], "callback_data": token_of(button["payload"])}] for button in piece.buttons]
            body["reply_markup"] = {"inline_keyboard": rows}
        return [Call(self._address("sendMessage"), json=body)]

    def typing(self, address: Any) -> Call:
        return Call(self._address("sendChatAction"), json={"chat_id": address, "action": "typing"})  # shown for five seconds

    def accepts(self, status: int, answer: Any) -> bool:
        return status == 200 and isinstance(answer, dict) and answer.get("ok") is True  # Telegram reports errors in the body

    def retry_after(self, status: int, headers: Mapping[str, str], answer: Any) -> float | None:
        pause = super().retry_after(status, headers, answer)
        # Telegram puts the wait time in the body.
        parameters = answer.get("parameters") if isinstance(answer, dict) else None
        if pause is None or not isinstance(parameters, dict):
            return pause
        return max(pause, seconds(parameters.get("retry_after")))

    def _address(self, method: str) -> str:
        return f"{self.settings['api_url']}/bot{self.settings['token']}/{method}"


def _title(message: Mapping[str, Any], choice: str) -> str:
    """Returns the title of the pressed button, taken from the message it belongs to."""
    rows = (message.get("reply_markup") or {}).get("inline_keyboard") or []
    return next((str(button["text"]) for row in rows for button in row if button.get("callback_data") == choice), "")


def _typed(message: Mapping[str, Any], key: str, user: str, chat: Any) -> Incoming | None:
    """Returns a typed message or one with media; None for "joined", "pinned a message" and the like."""
    text, media = message.get("text") or message.get("caption") or "", bool(MEDIA & set(message))
    if not text and not media:
        return None
    album = f"album {message['media_group_id']}" if "media_group_id" in message else ""
    if album and not text:
        key, album = album, ""  # one notice for all the photos in an album; those with words are more than that
    text = COMMAND.sub(r"\1", text)
    if text.split()[0:1] == [START]:
        text = GREETING
    return Incoming(key, user, chat, text, media=media, album=album, sent=float(message["date"]))
