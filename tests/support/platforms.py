"""Imitations of the four platforms. Each signs requests like the real platform, and answers our calls like its API."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import html
import itertools
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

from aiohttp import web
from aiohttp.helpers import BasicAuth
from slack_sdk.signature import SignatureVerifier
from twilio.request_validator import RequestValidator

Signed = tuple[bytes, dict[str, str]]
SECRET = "s3cret-of-the-platform-" + "x" * 20
TOKEN = "t0ken-of-ours"
numbers = itertools.count(1)  # for ids: a server ignores a message whose id it has seen in another test


@dataclass
class Shown:
    """One message as the visitor sees it: its text, its buttons by title with the payload of each, and Slack's thread."""

    to: str
    text: str
    buttons: dict[str, str] = field(default_factory=dict)
    thread: str = ""


@dataclass
class Trouble:
    """How the API answers the next calls instead of executing them."""

    times: int = 1
    status: int = 500
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0  # seconds; with status 200, the call is executed late


class Platform:
    """A platform: its side of the webhook, and its API. Records every call and its time."""

    name: str

    def __init__(self, clinic: str = "") -> None:
        """Knows the account of one of several clinics, or of the only one."""
        self.secret, self.token, self.path = SECRET + clinic, TOKEN + clinic, f"{clinic}/webhook".lstrip("/")
        self.shown: list[Shown] = []
        self.signs: list[str] = []  # "typing" and the like
        self.calls: list[float] = []  # the time of each attempt to send, successful or not
        self.trouble: list[Trouble] = []
        self.address = ""

    def user(self) -> str:
        """Returns a new user."""
        return f"{self.name}-user-{next(numbers)}"

    def credentials(self) -> dict[str, str]:
        raise NotImplementedError

    def say(self, user: str, text: str, **changes: Any) -> Signed:
        """Returns the signed request for one message. `changes` override parts of it: `id`, `sent`, `media`."""
        return self.sign(self.message(user, text, **changes))

    def message(self, user: str, text: str, **changes: Any) -> Any:
        raise NotImplementedError

    def press(self, user: str, title: str, carried: str) -> Signed | None:
        """Returns the signed request for a pressed button; None if the platform has no buttons."""
        raise NotImplementedError

    def sign(self, body: Any, key: str = "") -> Signed:
        raise NotImplementedError

    def forged(self, user: str, text: str) -> list[Signed]:
        """Returns requests with wrong signatures: another key, none, another algorithm, garbage."""
        raise NotImplementedError

    async def start(self) -> web.AppRunner:
        """Starts to listen on loopback."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.address = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
        return runner

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        try:
            return await self.serve(request)
        except ConnectionError:  # the caller was killed
            return web.Response()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        raise NotImplementedError

    async def carry_out(self, request: web.Request, work: Callable[[], None], done: Any) -> web.StreamResponse:
        """Records an attempt to send, and executes it unless there is trouble. Sends the answer in two parts."""
        self.calls.append(time.monotonic())
        if self.trouble:
            trouble = self.trouble[0]
            trouble.times -= 1
            if trouble.times == 0:
                self.trouble.pop(0)
            await asyncio.sleep(trouble.delay)
            if trouble.status != 200:
                return web.json_response(trouble.body, status=trouble.status, headers=trouble.headers)
        work()
        answer, text = web.StreamResponse(headers={"Content-Type": "application/json"}), json.dumps(done).encode()
        await answer.prepare(request)
        await answer.write(text[:5])
        await asyncio.sleep(0.002)
        await answer.write(text[5:])
        return answer

    def seen(self, user: str) -> list[Shown]:
        """Returns what `user` has seen."""
        return [message for message in self.shown if message.to == user]


class Telegram(Platform):
    name = "telegram"

    def user(self) -> str:
        return str(700_000_000 + next(numbers))

    def credentials(self) -> dict[str, str]:
        return {"token": self.token, "webhook_secret": self.secret, "api_url": self.address}

    def message(self, user: str, text: str, id: Any = None, sent: float | None = None, media: bool = False) -> Any:
        number = next(numbers)
        content: dict[str, Any] = {"text": text}
        if media:
            content = {"photo": [{"file_id": "canary-file"}], **({"caption": text} if text else {})}
        person = {"id": int(user) if user.isdigit() else user, "first_name": "Canary", "username": "canary_name"}
        chat = {"id": person["id"], "type": "private"}
        message = {"message_id": number, "date": int(sent or time.time()), "from": person, "chat": chat, **content}
        return {"update_id": id or number, "message": message}

    def press(self, user: str, title: str, carried: str) -> Signed:
        keyboard = {"inline_keyboard": [[{"text": title, "callback_data": carried}]]}
        chat = {"id": int(user), "type": "private"}
        message = {"message_id": 1, "date": 1, "chat": chat, "reply_markup": keyboard}
        pressed = {"id": f"q{next(numbers)}", "from": {"id": int(user)}, "message": message, "data": carried}
        return self.sign({"update_id": next(numbers), "callback_query": pressed})

    def sign(self, body: Any, key: str = "") -> Signed:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return raw, {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": key or self.secret}

    def forged(self, user: str, text: str) -> list[Signed]:
        raw, headers = self.say(user, text)
        kind = {"Content-Type": "application/json"}
        digest = hashlib.sha256(self.secret.encode()).hexdigest()
        wrong = (self.secret[:-1], self.secret + "x", self.secret.upper(), digest, "", "\u00e9\u00e9", "\udcff")
        tokens = [(raw, {**kind, "X-Telegram-Bot-Api-Secret-Token": token}) for token in wrong]
        return [*tokens, (raw, kind), (raw, {**kind, "Authorization": f"Bearer {self.secret}"})]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        token, method = re.fullmatch(r"/bot([^/]+)/(\w+)", request.path).groups()
        assert token == self.token
        body = await request.json()
        if method != "sendMessage":
            self.signs.append(body.get("action") or method)
            return web.json_response({"ok": True, "result": True})
        rows = body.get("reply_markup", {}).get("inline_keyboard", [])
        buttons = {button["text"]: button["callback_data"] for row in rows for button in row}
        fits = 0 < len(body["text"]) <= 4096 and all(0 < len(data.encode()) <= 64 for data in buttons.values())
        if not fits or "parse_mode" in body:
            return web.json_response({"ok": False, "error_code": 400, "description": "Bad Request"}, status=400)
        shown = Shown(str(body["chat_id"]), body["text"], buttons)
        return await self.carry_out(request, lambda: self.shown.append(shown), {"ok": True, "result": {}})


class Messenger(Platform):
    name = "messenger"

    def credentials(self) -> dict[str, str]:
        return {
            "app_secret": self.secret,
            "page_token": self.token,
            "verify_token": f"verify-me{self.secret.removeprefix(SECRET)}",
            "api_url": f"{self.address}/v25.0",
        }

    def message(self, user: str, text: str, id: Any = None, sent: float | None = None, media: bool = False) -> Any:
        return self.batch([self.event(user, text, id, sent, media)])

    def event(self, user: str, text: str, id: Any = None, sent: float | None = None, media: bool = False) -> Any:
        message: dict[str, Any] = {"mid": id or f"m_{next(numbers)}", **({"text": text} if text else {})}
        if media:
            message["attachments"] = [{"type": "image", "payload": {"url": "https://cdn.example/canary-file"}}]
        when = int((sent or time.time()) * 1000)
        return {"sender": {"id": user}, "recipient": {"id": "page"}, "timestamp": when, "message": message}

    def batch(self, events: list[Any]) -> Any:
        return {"object": "page", "entry": [{"id": "page", "time": 1, "messaging": [event]} for event in events]}

    def press(self, user: str, title: str, carried: str) -> Signed:
        event = self.event(user, "")
        event["postback"] = {"mid": event.pop("message")["mid"], "title": title, "payload": carried}
        return self.sign(self.batch([event]))

    def sign(self, body: Any, key: str = "") -> Signed:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        digest = hmac.new((key or self.secret).encode(), raw, hashlib.sha256).hexdigest()
        return raw, {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}

    def forged(self, user: str, text: str) -> list[Signed]:
        raw, headers = self.say(user, text)
        kind = {"Content-Type": "application/json"}
        right = headers["X-Hub-Signature-256"]
        weak = hmac.new(self.secret.encode(), raw, hashlib.sha1).hexdigest()
        wrong = (
            f"sha1={weak}",
            f"sha256={weak}",
            "none=",
            "sha256=",
            right.upper(),
            right[7:],
            "",
            "\u00e9",
            "\udcff",
            "x" * 9000,
        )
        return [
            self.sign(raw, "another key"),
            (raw, kind),
            (raw, {**kind, "X-Hub-Signature": f"sha1={weak}"}),
            (raw + b" ", headers),
            *((raw, {**kind, "X-Hub-Signature-256": signature}) for signature in wrong[:-1]),
        ]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        assert request.path == "/v25.0/me/messages"
        assert request.headers["Authorization"] == f"Bearer {self.token}"
        body = await request.json()
        user = body["recipient"]["id"]
        if "sender_action" in body:
            self.signs.append(body["sender_action"])
            return web.json_response({"recipient_id": user})
        assert body["messaging_type"] == "RESPONSE"
        message = body["message"]
        template = message.get("attachment", {}).get("payload")
        buttons = {button["title"]: button["payload"] for button in template["buttons"]} if template else {}
        text = template["text"] if template else message["text"]
        if not 0 < len(text) <= (640 if template else 2000) or len(buttons) > 3 or any(len(title) > 20 for title in buttons):
            return web.json_response({"error": {"code": 100, "message": "Invalid parameter"}}, status=400)
        return await self.carry_out(request, lambda: self.shown.append(Shown(user, text, buttons)), {"message_id": "m"})


class WhatsApp(Platform):
    name = "whatsapp"
    templates = {"quick_replies_1": "HX1", "quick_replies_2": "HX2", "quick_replies_3": "HX3"}

    @property
    def public_url(self) -> str:
        return f"https://chat.example.com/webhooks/whatsapp/{self.path}"

    def user(self) -> str:
        return f"whatsapp:+1556{next(numbers):07d}"  # never our own number, +15550001111, which gets no answer

    def credentials(self) -> dict[str, str]:
        ours = {"account_sid": "AC1", "auth_token": self.secret, "number": "+15550001111", "public_url": self.public_url}
        return {**ours, **self.templates, "api_url": self.address}

    def message(self, user: str, text: str, id: Any = None, sent: float | None = None, media: bool = False) -> Any:
        fields = {"MessageSid": id or f"SM{next(numbers)}", "From": user, "To": "whatsapp:+15550001111", "Body": text}
        fields |= {"ProfileName": "Canary", "WaId": user[-11:], "SmsStatus": "received", "NumMedia": str(int(media))}
        return {
            **fields,
            **({"MediaUrl0": "https://api.twilio.com/canary-file", "MediaContentType0": "image/jpeg"} if media else {}),
        }

    def press(self, user: str, title: str, carried: str) -> Signed:
        return self.sign({**self.message(user, title), "ButtonText": title, "ButtonPayload": carried, "MessageType": "button"})

    def sign(self, body: Any, key: str = "") -> Signed:
        raw = body if isinstance(body, bytes) else urlencode(body, errors="replace").encode()
        fields = {name: values[-1] for name, values in parse_qs(raw.decode("latin-1"), keep_blank_values=True).items()}
        signature = RequestValidator(key or self.secret).compute_signature(self.public_url, fields)
        return raw, {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}

    def forged(self, user: str, text: str) -> list[Signed]:
        raw, headers = self.say(user, text)
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        right = headers["X-Twilio-Signature"]
        local = RequestValidator(self.secret).compute_signature("http://127.0.0.1/webhooks/whatsapp/webhook", {})
        other = hmac.new(self.secret.encode(), self.public_url.encode() + raw, hashlib.sha256).hexdigest()
        return [
            self.sign(raw, "another key"),
            (raw, kind),
            (raw + b"&Body=more", headers),
            (raw.replace(b"Body=", b"body="), headers),
            *(
                (raw, {**kind, "X-Twilio-Signature": signature})
                for signature in (local, other, right[:-2], "", "\u00e9", "\udcff")
            ),
        ]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        assert request.path == "/2010-04-01/Accounts/AC1/Messages.json"
        assert BasicAuth.decode(request.headers["Authorization"]) == BasicAuth("AC1", self.secret)
        form = await request.post()
        assert form["From"] == "whatsapp:+15550001111"
        if "ContentSid" in form:
            titles = list(json.loads(form["ContentVariables"]).values())
            assert form["ContentSid"] == f"HX{len(titles)}"
            shown = Shown(form["To"], "", {title: str(number) for number, title in enumerate(titles, 1)})
        else:
            titles, shown = [], Shown(form["To"], form["Body"])
        if len(form.get("Body", "x")) not in range(1, 1601) or len(titles) > 3 or any(len(title) > 20 for title in titles):
            return web.json_response({"code": 21617, "status": 400}, status=400)
        return await self.carry_out(request, lambda: self.shown.append(shown), {"sid": "SM"})


class Slack(Platform):
    name = "slack"

    def credentials(self) -> dict[str, str]:
        return {"signing_secret": self.secret, "bot_token": self.token, "api_url": f"{self.address}/api"}

    def message(self, user: str, text: str, id: Any = None, sent: float | None = None, media: bool = False) -> Any:
        event = {"type": "message", "channel_type": "im", "channel": user, "user": user, "ts": "1.0"}
        event["text"] = html.escape(text, quote=False)
        if media:
            event |= {"subtype": "file_share", "files": [{"url_private": "https://files.slack.com/canary-file"}]}
        return {"type": "event_callback", "team_id": "T1", "event_id": id or f"Ev{next(numbers)}", "event": event}

    def press(self, user: str, title: str, carried: str, home: str = "T1", thread: str = "") -> Signed:
        """On Enterprise Grid, `home` may be another workspace than the one where the button is."""
        action = {"action_id": "0", "action_ts": str(next(numbers)), "text": {"type": "plain_text", "text": title}}
        body = {"type": "block_actions", "user": {"id": user, "team_id": home}, "channel": {"id": user}}
        body |= {"team": {"id": "T1"}, "message": {"ts": "1.0", **({"thread_ts": thread} if thread else {})}}
        raw = urlencode({"payload": json.dumps({**body, "actions": [{**action, "value": carried}]})}).encode()
        _, headers = self.sign(raw)
        return raw, {**headers, "Content-Type": "application/x-www-form-urlencoded"}

    def sign(self, body: Any, key: str = "", age: float = 0) -> Signed:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        stamp = str(int(time.time() - age))
        key = key or self.secret
        signature = SignatureVerifier(key).generate_signature(timestamp=stamp, body=raw.decode("latin-1"))
        if not raw.isascii():
            signature = f"v0={hmac.new(key.encode(), f'v0:{stamp}:'.encode() + raw, hashlib.sha256).hexdigest()}"
        return raw, {"Content-Type": "application/json", "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}

    def forged(self, user: str, text: str) -> list[Signed]:
        raw, headers = self.say(user, text)
        weak = hmac.new(
            self.secret.encode(), f"v0:{headers['X-Slack-Request-Timestamp']}:".encode() + raw, hashlib.sha1
        ).hexdigest()
        right = headers["X-Slack-Signature"]
        stamps = ("", "now", "9" * 400, "9" * 5000, "-1", "\u0661", "nan", str(int(time.time()) + 3600))
        wrong = (f"v0={weak}", f"v1={right[3:]}", right[3:], "", "\u00e9", "\udcff")
        return [
            self.sign(raw, "another key"),
            self.sign(raw, age=301),
            (raw, {"Content-Type": "application/json"}),
            (raw + b" ", headers),
            *((raw, {**headers, "X-Slack-Request-Timestamp": stamp}) for stamp in stamps),
            *((raw, {**headers, "X-Slack-Signature": signature}) for signature in wrong),
        ]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        assert request.path == "/api/chat.postMessage"
        assert request.headers["Authorization"] == f"Bearer {self.token}"
        body = await request.json()
        section, *actions = body["blocks"]
        buttons = {button["text"]["text"]: button["value"] for block in actions for button in block["elements"]}
        text = section["text"]["text"]
        if (
            not 0 < len(text) <= 3000
            or len(buttons) > 25
            or any(len(title) > 75 for title in buttons)
            or re.search("<(?!http)", text)
        ):
            return web.json_response({"ok": False, "error": "invalid_blocks"})
        read = html.unescape(re.sub(r"<(http[^|>]*)\|([^>]*)>", r"\2: \1", text))
        shown = Shown(body["channel"], read, buttons, body.get("thread_ts", ""))
        return await self.carry_out(request, lambda: self.shown.append(shown), {"ok": True})


PLATFORMS: list[Any] = [Telegram, Messenger, WhatsApp, Slack]
