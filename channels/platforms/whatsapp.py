"""WhatsApp via Twilio: one message per request, as a form. The signature covers the public URL and all fields."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
from sanic.request import Request
from sanic.response import HTTPResponse, text
from twilio.request_validator import RequestValidator

from channels.platforms.outbound import Call
from channels.platforms.platform_api import Incoming
from channels.platforms.platform_channel import PlatformChannel
from channels.platforms.rendering import Piece, Style, starred
from runtime.clinic import CLINIC_ID

MAX_FORM_FIELDS = 200
MAX_FORM_SIZE = 256 * 1024  # bytes; anyone can make us parse this much, since we need the form to check its signature


class WhatsAppChannel(PlatformChannel):
    """Twilio's Programmable Messaging.

    We do not show "typing": Twilio's is a public beta without HIPAA coverage (November 2026).
    """

    style = Style(max_text=1600, bold=starred)
    SIGNATURE_HEADER = "X-Twilio-Signature"
    SECRETS = ("account_sid", "auth_token", "number", "public_url")
    # The ids of the templates with one, two and three quick replies (see docs/channels.md). Without them, options are a list.
    OPTIONAL = {"api_url": "https://api.twilio.com", "quick_replies_1": "", "quick_replies_2": "", "quick_replies_3": ""}

    def __init__(
        self, settings: Mapping[str, str], clinic_id: str = CLINIC_ID, environment: Mapping[str, str] = os.environ
    ) -> None:
        super().__init__(settings, clinic_id, environment)
        self._validator = RequestValidator(settings["auth_token"])
        self._templates = [settings[f"quick_replies_{number}"] for number in (1, 2, 3)]
        if all(self._templates):
            self.style = replace(self.style, max_buttons=3, max_title=20, max_text_with_buttons=1600)

    @classmethod
    def name(cls) -> str:
        return "whatsapp"

    def verifies(self, request: Request) -> bool:
        """Uses Twilio's validator with the public URL, since a proxy may have changed the URL in the request."""
        signature = request.headers.get(self.SIGNATURE_HEADER, "")
        return len(request.body) <= MAX_FORM_SIZE and self._validator.validate(
            self.settings["public_url"], _fields(request), signature
        )

    def updates(self, request: Request) -> Iterable[Any]:
        return [_fields(request)]

    def incoming(self, update: Any) -> Incoming | None:
        """Returns a message that somebody wrote to us."""
        if not self._is_written_to_us(update) or _is_reaction(update):
            return None
        user, media = update["From"], update.get("NumMedia", "0") != "0" or "Latitude" in update
        if not update["Body"] and not media:
            return None
        return Incoming(update["MessageSid"], user, user, update["Body"], media=media)

    def _is_written_to_us(self, update: Mapping[str, str]) -> bool:
        """Whether it is neither a report about a message of ours (those say "sent", "delivered" or "read") nor from ourselves."""
        status = update.get("SmsStatus") or update.get("MessageStatus") or "received"
        return "Body" in update and status == "received" and update.get("From") != f"whatsapp:{self.settings['number']}"

    def acknowledgement(self, request: Request) -> HTTPResponse:
        return text("<Response/>", content_type="text/xml")  # no instructions for Twilio

    def identification(self) -> tuple[Mapping[str, str], aiohttp.BasicAuth]:
        return {}, aiohttp.BasicAuth(self.settings["account_sid"], self.settings["auth_token"])

    def calls(self, address: Any, piece: Piece) -> list[Call]:
        """Returns a call with the text, and a second one for the buttons. Twilio only allows buttons in a template message."""
        calls = [self._call(address, Body=piece.text)]
        if piece.buttons:
            titles = {str(number): button["title"] for number, button in enumerate(piece.buttons, 1)}
            template = self._templates[len(piece.buttons) - 1]
            calls.append(self._call(address, ContentSid=template, ContentVariables=json.dumps(titles)))
        return calls

    def _call(self, user: str, **content: str) -> Call:
        form = {"From": f"whatsapp:{self.settings['number']}", "To": user, **content}
        return Call(f"{self.settings['api_url']}/2010-04-01/Accounts/{self.settings['account_sid']}/Messages.json", form=form)


def _is_reaction(update: Mapping[str, str]) -> bool:
    """Whether it only adds an emoji to an earlier message, which does not answer our question."""
    about_another = bool(update.get("OriginalRepliedMessageSid"))
    is_sign = not any(character.isalnum() or character == "?" for character in update["Body"])
    return update.get("MessageType") == "reaction" or about_another and is_sign and update.get("NumMedia", "0") == "0"


def _fields(request: Request) -> dict[str, str]:
    """Returns the fields of the form, including empty ones, since they are signed too."""
    return dict(parse_qsl(request.body.decode("utf-8"), keep_blank_values=True, max_num_fields=MAX_FORM_FIELDS))
