"""Slack: signed events and pressed buttons, with a time window of five minutes. Direct messages only."""

from __future__ import annotations

import html
import json
import os
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs

from sanic.request import Request
from sanic.response import HTTPResponse, empty
from sanic.response import text as text_response
from slack_sdk.signature import SignatureVerifier

from channels.offered import token_of
from channels.platforms.outbound import Call, seconds
from channels.platforms.platform_api import Incoming
from channels.platforms.platform_channel import PlatformChannel
from channels.platforms.rendering import Piece, Style, starred
from runtime.clinic import CLINIC_ID

TEMPORARY_ERRORS = {"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
# Message subtypes; deletions, joins and bots have other ones.
WRITTEN_BY_A_PERSON = {None, "file_share", "thread_broadcast", "me_message"}
EDITED = "message_changed"


def _escape(text: str) -> str:
    return html.escape(text, quote=False)


def _link(title: str, url: str) -> str:
    return f"<{url}|{title}>"


class SlackChannel(PlatformChannel):
    """Slack's Events API and interactive messages. Slack has no "typing" for apps like this one."""

    style = Style(
        max_text=3000, max_buttons=25, max_title=75, max_text_with_buttons=3000, escape=_escape, link=_link, bold=starred
    )
    SIGNATURE_HEADER = "X-Slack-Signature"
    SECRETS = ("signing_secret", "bot_token")
    OPTIONAL = {"api_url": "https://slack.com/api"}

    def __init__(
        self, settings: Mapping[str, str], clinic_id: str = CLINIC_ID, environment: Mapping[str, str] = os.environ
    ) -> None:
        super().__init__(settings, clinic_id, environment)
        self._verifier = SignatureVerifier(settings["signing_secret"])

    @classmethod
    def name(cls) -> str:
        return "slack"

    def verifies(self, request: Request) -> bool:
        headers = request.headers
        return self._verifier.is_valid(request.body, headers.get("X-Slack-Request-Timestamp"), headers.get(self.SIGNATURE_HEADER))

    def updates(self, request: Request) -> Iterable[Any]:
        return [_body(request)]

    def acknowledgement(self, request: Request) -> HTTPResponse:
        """Returns an empty response, or echoes the challenge that Slack sends to verify a new URL."""
        body = _body(request)
        return text_response(str(body.get("challenge", ""))) if body.get("type") == "url_verification" else empty(200)

    def incoming(self, update: Any) -> Incoming | None:
        """Returns a direct message, an edited one, or a pressed button."""
        if update["type"] == "block_actions":
            return _pressed(update)
        if update["type"] != "event_callback":
            return None
        event = update["event"]
        direct = event["type"] == "message" and event.get("channel_type") == "im"
        edited = event.get("subtype") == EDITED
        if not direct or not edited and event.get("subtype") not in WRITTEN_BY_A_PERSON:
            return None
        message = event["message"] if edited else event
        # A link that Slack has fetched a preview for counts as an edit, too.
        if _is_from_a_bot(update, message) or edited and message.get("text") == event["previous_message"].get("text"):
            return None
        text, media = html.unescape(message.get("text") or ""), bool(message.get("files"))
        if not text and not media:
            return None
        user, address = f"{update['team_id']} {message['user']}", _address(event["channel"], message)
        return Incoming(update["event_id"], user, address, text, media=media, edited=edited)

    def identification(self) -> tuple[Mapping[str, str], None]:
        return {"Authorization": f"Bearer {self.settings['bot_token']}"}, None

    def calls(self, address: Any, piece: Piece) -> list[Call]:
        """Returns a call with a section and its buttons. Notifications show the plain `text`."""
        blocks: list[dict[str, Any]] = [{"type": "section", "text": {"type": "mrkdwn", "text": piece.text}}]
        if piece.buttons:
            elements = [
                {
                    "type": "button",
                    "action_id": str(number),
                    "text": {"type": "plain_text", "text": button["title"]},
                    "value": token_of(button["payload"]),
                }
                for number, button in enumerate(piece.buttons)
            ]
            blocks.append({"type": "actions", "elements": elements})
        body = {**address, "text": piece.text, "blocks": blocks, "unfurl_links": False, "unfurl_media": False}
        return [Call(f"{self.settings['api_url']}/chat.postMessage", json=body)]

    def accepts(self, status: int, answer: Any) -> bool:
        return status == 200 and isinstance(answer, dict) and answer.get("ok") is True  # Slack reports errors in the body

    def retry_after(self, status: int, headers: Mapping[str, str], answer: Any) -> float | None:
        if isinstance(answer, dict) and answer.get("error") in TEMPORARY_ERRORS:
            return seconds(headers.get("Retry-After"))
        return super().retry_after(status, headers, answer)


def _pressed(update: Any) -> Incoming:
    """Returns a pressed button."""
    action, user = update["actions"][0], update["user"]["id"]
    # On Enterprise Grid, a user's own workspace may differ from the one that they write in. Their messages name the latter.
    team = (update.get("team") or {}).get("id") or update["user"]["team_id"]
    address = _address(update["channel"]["id"], update.get("message") or {})
    return Incoming(f"{user} {action['action_ts']}", f"{team} {user}", address, action["text"]["text"], action["value"])


def _address(channel: Any, message: Mapping[str, Any]) -> dict[str, Any]:
    """Returns where the answer goes: to the same thread, if there is one."""
    thread = message.get("thread_ts")
    return {"channel": channel, **({"thread_ts": thread} if thread else {})}


def _is_from_a_bot(update: Any, message: Mapping[str, Any]) -> bool:
    ours = {installed.get("user_id") for installed in update.get("authorizations") or () if installed.get("is_bot")}
    return bool(message.get("bot_id")) or message.get("user") in ours


def _body(request: Request) -> dict[str, Any]:
    """Returns the event. It is JSON; for a pressed button, the JSON is inside a form."""
    raw = request.body
    if request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
        raw = parse_qs(raw.decode("utf-8")).get("payload", [""])[0].encode("utf-8")
    body = json.loads(raw)
    if not isinstance(body, dict):
        raise ValueError
    return body
