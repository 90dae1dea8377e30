"""The way in from the clinic's website, under `/webhooks/web/`. The contract: docs/openapi.yml and docs/web_channel.md."""

from __future__ import annotations

import hashlib
import json
import logging
import math
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import wraps
from ipaddress import IPv6Address, ip_address
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.exceptions import NotFound, PayloadTooLarge, SanicException
from sanic.request import Request
from sanic.response import HTTPResponse, empty
from sanic.response import json as json_response

from channels.identity import MAX_SESSION_AGE, MAX_SILENCE, Sessions
from channels.offered import without_unoffered_payload
from channels.startup import parts_that_work, start_background_jobs
from channels.turn import (
    MAX_MESSAGE_LENGTH,
    Turn,
    clean,
    conversation_store,
    delete_conversation,
    fixed_text,
    ready_agent,
    take_turn,
    transcript,
)
from channels.web.rate_limits import TokenBuckets
from channels.web.widget_files import WidgetFiles
from components.storage.conversation_store import IDEMPOTENT_PREFIX, StoreUnavailableError
from runtime import logs
from runtime.clinic import Clinic, load_clinic
from runtime.environment import expand
from runtime.http_limits import limit_requests
from runtime.version import VERSION

logger = logging.getLogger(__name__)
MAX_BODY_SIZE = 64 * 1024  # bytes; 5,000 characters of any script, escaped, fit
MAX_KEY_LENGTH = 255  # characters of an idempotency key
MESSAGE_BURST, MESSAGE_INTERVAL = 10, 1.0  # per session; as many again of all other requests
ADDRESS_BURST, ADDRESS_INTERVAL = 200, 0.1  # per address, all its sessions together: a waiting room may share one
CHARACTERS_AT_ONCE = 500  # so many more of a message count as one more request of its address: they take as long to read
LIMITED = {"/session", "/webhook", "/history", "/feedback"}
SESSION_BURST, SESSION_INTERVAL = 30, 20.0  # new sessions per address
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
LANGUAGE = "en"  # of every answer
# Sent beside the origin that may read the answer.
FOR_OTHER_ORIGINS = {
    "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key",
    "Access-Control-Max-Age": "600",
}

Handler = Callable[..., Awaitable[HTTPResponse]]


class RequestRefusedError(Exception):
    """A request that is not served: a status, and the name of the fixed text that says why."""

    def __init__(self, status: int, error: str, retry_after: int | None = None) -> None:
        super().__init__(error)
        self.status, self.error, self.retry_after = status, error, retry_after


class WebChannel(InputChannel):
    """JSON over HTTP for the widget: sessions, messages, history, feedback, deletion, health."""

    @classmethod
    def name(cls) -> str:
        """Returns the channel's name, which is also its path."""
        return "web"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> WebChannel:
        """Makes the channel from its entry in credentials.yml.

        Raises:
            ValueError: the session secret is missing or short, `clinic.yml` is wrong, or the limits are off beyond loopback.
        """
        return cls(expand((credentials or {}).get("secret") or ""))

    def __init__(self, secret: str) -> None:
        self._clinic = load_clinic()
        self._sessions = Sessions(secret, self._clinic)
        self._limited = os.environ.get("RATE_LIMIT", "on") != "off"
        if not self._limited and os.environ.get("HOST", "127.0.0.1") not in LOOPBACK:
            raise ValueError("RATE_LIMIT=off is for benchmarks on this machine; it is refused when HOST is not loopback.")
        self._messages = TokenBuckets(MESSAGE_BURST, MESSAGE_INTERVAL)
        self._other_requests = TokenBuckets(MESSAGE_BURST, MESSAGE_INTERVAL)
        self._addresses = TokenBuckets(ADDRESS_BURST, ADDRESS_INTERVAL)
        self._new_sessions = TokenBuckets(SESSION_BURST, SESSION_INTERVAL)
        self._files = WidgetFiles()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Returns the routes."""
        routes = Blueprint("web_channel", strict_slashes=False)
        routes.middleware(logs.follow, "request")

        @routes.before_server_start
        async def prepare(app: Sanic, _loop: Any) -> None:
            limit_requests(app)
            app.error_handler.add(Exception, refuse)
            app.request_middleware.appendleft(preflight)

        @routes.after_server_start
        async def start(app: Sanic, _loop: Any) -> None:
            await start_background_jobs(app)

        async def refuse(request: Request, error: Exception) -> HTTPResponse:
            """Answers what fails outside the routes below: a request that cannot be read, another address, a platform's route."""
            await logs.follow(request)
            if not isinstance(error, SanicException) and request.route:
                logger.error("A request failed: %s", type(error).__name__)
                error = RequestRefusedError(503, "not_ready")
            return self._refuse(request, error)

        async def preflight(request: Request) -> HTTPResponse | None:
            """Answers what a browser asks first. Rasa's own answer to it, of whichever page, lets none speak to us."""
            if request.method != "OPTIONS":
                return None
            try:
                self._check_origin(request)
            except RequestRefusedError as refusal:
                return self._refuse(request, refusal)
            return self._with_headers(request, empty(204))

        def route(path: str, *methods: str) -> Callable[[Handler], Handler]:
            def register(handler: Handler) -> Handler:
                @wraps(handler)
                async def answer(request: Request, **parts: Any) -> HTTPResponse:
                    try:
                        self._check_origin(request)
                        if path in LIMITED:
                            self._check_rate(self._addresses, _address(request))
                        response = await handler(request, **parts)
                    except RequestRefusedError as refusal:
                        response = self._refuse(request, refusal)
                    except Exception as error:
                        # The error's own text may quote the visitor, so only its kind is logged.
                        logger.error("A request failed: %s", type(error).__name__)
                        response = self._refuse(request, RequestRefusedError(503, "not_ready"))
                    return self._with_headers(request, response)

                routes.add_route(answer, path, methods=methods, ctx_largest=MAX_BODY_SIZE)
                return answer

            return register

        @route("/session", "POST")
        async def session(request: Request) -> HTTPResponse:
            self._check_rate(self._new_sessions, _address(request))
            return json_response({"sender": self._sessions.mint()})

        @route("/webhook", "POST")
        async def webhook(request: Request) -> HTTPResponse:
            body = _body(request)
            token, sender = await self._authenticate(request, body)
            message = body.get("message")
            if not isinstance(message, str):
                raise RequestRefusedError(400, "malformed")
            if len(message) > MAX_MESSAGE_LENGTH:
                raise RequestRefusedError(400, "too_large")
            text = clean(message)
            if not text:
                raise RequestRefusedError(400, "malformed")
            self._check_rate(self._messages, sender)
            self._check_rate(self._addresses, _address(request), len(text) / CHARACTERS_AT_ONCE)
            store, key = _store(request), _key(request)
            guarded = await without_unoffered_payload(text, sender, store)
            # Another text under the same key is another message, or it would go unread.
            message_id = IDEMPOTENT_PREFIX + hashlib.sha256(f"{key} {text}".encode()).hexdigest() if key else None
            turn = Turn(guarded, sender, self.name(), token, message_id)
            return json_response(await take_turn(turn, on_new_message, store))

        @route("/history", "GET")
        async def history(request: Request) -> HTTPResponse:
            _, sender = await self._authenticate(request, {})
            self._check_rate(self._other_requests, sender)
            return json_response(transcript(await _store(request).messages(sender)))

        @route("/feedback", "POST")
        async def feedback(request: Request) -> HTTPResponse:
            body = _body(request)
            _, sender = await self._authenticate(request, body)
            topic, helpful = body.get("topic"), body.get("helpful")
            if not isinstance(helpful, bool) or topic not in _agent(request).domain.intents:
                raise RequestRefusedError(400, "malformed")
            self._check_rate(self._other_requests, sender)
            await _store(request).add_feedback(sender, topic, helpful)
            return json_response({"stored": True})

        @route("/session", "DELETE")
        async def forget(request: Request) -> HTTPResponse:
            # As long as anything may be stored, whoever wrote it may delete it.
            kept = self._clinic.retention_hours * 60 * 60 + MAX_SESSION_AGE
            _, sender = await self._authenticate(request, _body(request) if request.body else {}, kept, math.inf)
            self._check_rate(self._other_requests, sender)
            await delete_conversation(_agent(request), sender)
            return json_response({"deleted": True})

        @route("/config", "GET")
        async def config(request: Request) -> HTTPResponse:
            return json_response(public_config(self._clinic, self._files.languages()))

        @route("/health", "GET")
        async def health(request: Request) -> HTTPResponse:
            parts = await parts_that_work(ready_agent(request.app))
            # Without the action server only the judgement of the check is missing.
            ready = parts["model"] and parts["store"]
            status = "ready" if ready else "not ready"
            return json_response({"status": status, "version": VERSION, **parts}, status=200 if ready else 503)

        @route("/alive", "GET")
        async def alive(request: Request) -> HTTPResponse:
            return json_response({"status": "alive"})

        @route("/demo", "GET")
        async def demo(request: Request) -> HTTPResponse:
            return self._file(request, "demo.html")

        @route("/<path:path>", "GET")
        async def widget(request: Request, path: str) -> HTTPResponse:
            return self._file(request, path)

        @route("/<path:path>", "POST", "PUT", "PATCH", "DELETE")
        async def not_found(request: Request, path: str) -> HTTPResponse:
            raise RequestRefusedError(404, "not_found")

        return routes

    def _file(self, request: Request, name: str) -> HTTPResponse:
        sent = request.headers
        response = self._files.response(name, sent.get("If-None-Match", ""), sent.get("Accept-Encoding", ""))
        if not response:
            raise RequestRefusedError(404, "not_found")
        return response

    async def _authenticate(
        self, request: Request, body: dict[str, Any], longest: int = MAX_SESSION_AGE, silence: float = MAX_SILENCE
    ) -> tuple[str, str]:
        """Returns the token and the conversation id it stands for."""
        token = request.token or body.get("sender")
        try:
            sender, minted = self._sessions.conversation(token, longest)
        except PermissionError:
            raise RequestRefusedError(401, "session") from None
        try:
            seen = await _store(request).last_seen(sender) or minted
        except StoreUnavailableError:
            seen = time.time()  # nobody can tell, so no session ends over it
        if time.time() - seen > silence:
            raise RequestRefusedError(401, "session")
        return token, sender

    def _check_rate(self, buckets: TokenBuckets, caller: str, cost: float = 1) -> None:
        wait = buckets.wait(caller, cost) if self._limited else 0.0
        if wait:
            raise RequestRefusedError(429, "too_fast", retry_after=int(wait) + 1)

    def _allowed_origin(self, request: Request) -> str | None:
        origin = request.headers.get("Origin")
        same = origin and request.host and origin.partition("://")[2] == request.host
        return origin if same or origin in self._clinic.websites else None

    def _check_origin(self, request: Request) -> None:
        # A page elsewhere must not speak in a visitor's name; tools without a browser send no Origin.
        if request.headers.get("Origin") and not self._allowed_origin(request):
            raise RequestRefusedError(403, "origin")

    def _with_headers(self, request: Request, response: HTTPResponse) -> HTTPResponse:
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers[logs.HEADER] = logs.request_id()
        vary = filter(None, (response.headers.get("Vary") or "").split(", "))
        response.headers["Vary"] = ", ".join(dict.fromkeys([*vary, "Origin"]))
        origin = self._allowed_origin(request)
        if origin:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers.update(FOR_OTHER_ORIGINS)
        return response

    def _refuse(self, request: Request, error: Exception) -> HTTPResponse:
        """Answers a refused request. The refused message may have been an emergency, so the number is in every answer."""
        if isinstance(error, RequestRefusedError):
            status, name = error.status, error.error
        elif isinstance(error, PayloadTooLarge):
            status, name = 413, "too_large"
        elif isinstance(error, NotFound):
            status, name = 404, "not_found"
        else:
            status = getattr(error, "status_code", 400)
            name = "malformed" if status < 500 else "not_ready"
        headers = getattr(error, "headers", None)
        response = json_response(refusal(name, f"utter_error_{name}"), status=status, headers=headers)
        if isinstance(error, RequestRefusedError) and error.retry_after:
            response.headers["Retry-After"] = str(error.retry_after)
        return self._with_headers(request, response)


def public_config(clinic: Clinic, languages: list[str]) -> dict[str, Any]:
    """Returns what the widget may know of the clinic, and the languages that the widget has."""
    words = clinic.words
    shown = ("clinic_name", "clinic_phone", "booking_link", "emergency_number", "crisis_line", "crisis_phone", "finder_url")
    return {
        **{name: words[name] for name in shown},
        "hours": clinic.hours,
        "color": clinic.color,
        "greeting": clinic.greeting or fixed_text("utter_greeting"),
        "language": LANGUAGE,
        "languages": languages,
    }


def refusal(error: str, message: str) -> dict[str, str]:
    """Returns the body of a refused request: the name of the error, the response `message`, and the emergency sentence."""
    return {"error": error, "message": fixed_text(message), "emergency": fixed_text("utter_emergency_line")}


def _address(request: Request) -> str:
    """Returns where a request comes from. Of IPv6 that is the network, since one caller has all its addresses."""
    address = request.remote_addr or request.ip
    with suppress(ValueError):
        parsed = ip_address(address)
        if isinstance(parsed, IPv6Address) and not parsed.ipv4_mapped:
            return f"{int(parsed) >> 64:x}::"
    return address


def _body(request: Request) -> dict[str, Any]:
    """Returns the JSON object in the body of `request`."""
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
        raise RequestRefusedError(400, "malformed")
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        raise RequestRefusedError(400, "malformed") from None
    if not isinstance(body, dict) or not isinstance(body.get("sender", ""), str):
        raise RequestRefusedError(400, "malformed")
    return body


def _key(request: Request) -> str:
    """Returns the key under which a message may come again; empty when there is none."""
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > MAX_KEY_LENGTH or not key.isascii() or not key.isprintable():
        raise RequestRefusedError(400, "malformed")
    return key


def _agent(request: Request) -> Any:
    agent = ready_agent(request.app)
    if not agent:
        raise RequestRefusedError(503, "not_ready")
    return agent


def _store(request: Request) -> Any:
    return conversation_store(_agent(request))
