"""The channel for the clinic's website, under `/webhooks/web/`. The API is in docs/openapi.yml and docs/web_channel.md."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from datetime import datetime, timezone
from functools import partial
from typing import Any, NamedTuple

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, Sanic
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse, empty
from sanic.response import json as json_response

from channels.background_jobs import start_background_jobs, working_parts
from channels.callbacks.form import FormError, parse_form
from channels.callbacks.intake import CallbackIntake, check_callbacks
from channels.identity import Sessions
from channels.offered import OfferedButtons
from channels.turn import Handle, Turn, conversation_store, delete_conversation, ready_agent, take_turn, transcript
from channels.web.contract import (
    CORS_HEADERS,
    MAX_BODY_SIZE,
    RequestRefusedError,
    allowed_origin,
    caller_address,
    idempotent_id,
    parse_body,
    parse_idempotency_key,
    parse_message,
    public_config,
    public_contact,
    public_hours,
    refusal,
)
from channels.web.rate_limits import (
    ADDRESS_BURST,
    ADDRESS_INTERVAL,
    CALLBACK_LIMITS,
    CLINIC_BURST,
    CLINIC_INTERVAL,
    HISTORY_PER_REQUEST,
    MESSAGE_BURST,
    MESSAGE_INTERVAL,
    SESSION_BURST,
    SESSION_INTERVAL,
    STORED_BURST,
    STORED_INTERVAL,
    STORED_PER_TURN,
    TokenBuckets,
    message_cost,
    rates_are_limited,
)
from channels.web.widget_files import WidgetFiles
from components.dialogue import check
from components.dialogue.callback_offer import is_minor
from components.dialogue.texts import fixed_text
from components.dialogue.turn_plan import PAGE_LANGUAGE
from components.dialogue.wording import spoken_or_english
from components.rasa_patches.cors_preflight import answer_preflight
from components.rasa_patches.version_banner import hide_banner
from components.storage.callbacks import CallbackStore
from components.storage.conversation_store import IDEMPOTENT_PREFIX, ConversationStore, ephemeral_id, is_ephemeral
from components.storage.figures import CONTACTS
from components.storage.stored_tracker import StoredTracker
from components.understanding.normalise import read_length
from runtime import logs
from runtime.clinics import UnknownClinicError, clinic_of, served_clinics
from runtime.environment import expand, setting
from runtime.http_limits import limit_requests
from runtime.limits import MAX_SESSION_AGE, MAX_SESSION_IDLE
from runtime.version import VERSION

logger = logging.getLogger(__name__)
LIMITED_PATHS = {"/session", "/webhook", "/history", "/feedback", "/pressed", "/callback", "/hours"}
PUBLIC = {("GET", "/widget.js"), ("GET", "/contact")}  # any page may read these; they are the same for everyone
NAMING_CLINIC = {"/session", "/config", "/contact", "/hours"}  # where requests name their clinic; elsewhere it is in the token
SAFE_METHODS = ("GET", "HEAD")

Handler = Callable[..., Coroutine[Any, Any, HTTPResponse]]


class Visitor(NamedTuple):
    """Who sent a request: the token, the id of their conversation, and what is stored of it."""

    token: str
    sender: str
    conversation: StoredTracker | None


class WebChannel(InputChannel):
    """JSON over HTTP for the widget: sessions, messages, history, feedback, deletion and health."""

    @classmethod
    def name(cls) -> str:
        """Returns the channel's name, which is also part of its path."""
        return "web"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None, environment: Mapping[str, str] = os.environ) -> WebChannel:
        """Creates the channel from its entry in credentials.yml.

        Raises:
            ClinicError: a clinic's file is invalid, a secret is missing or too short, or limits are off beyond loopback.
        """
        return cls(expand((credentials or {}).get("secret") or "", environment), environment)

    def __init__(self, secret: str, environment: Mapping[str, str] = os.environ) -> None:
        self._clinics = served_clinics(environment)
        self._clinics.require(partial(check_callbacks, environment=environment))
        self._public_url = setting("PUBLIC_URL", environment).rstrip("/")
        self._sessions = Sessions(secret, self._clinics, old_secret=setting("SESSION_SECRET_OLD", environment))
        self._limited = rates_are_limited(setting("HOST", environment), environment)
        self._messages = TokenBuckets(MESSAGE_BURST, MESSAGE_INTERVAL)
        self._other_requests = TokenBuckets(MESSAGE_BURST, MESSAGE_INTERVAL)
        self._addresses = TokenBuckets(ADDRESS_BURST, ADDRESS_INTERVAL)
        self._stored = TokenBuckets(STORED_BURST, STORED_INTERVAL)
        self._new_sessions = TokenBuckets(SESSION_BURST, SESSION_INTERVAL)
        self._crowds = TokenBuckets(CLINIC_BURST, CLINIC_INTERVAL)
        self._callbacks = {whose: TokenBuckets(*limit) for whose, limit in CALLBACK_LIMITS.items()}
        callback_secret = setting("CALLBACK_SECRET", environment)
        self._intake = CallbackIntake(callback_secret) if callback_secret else None
        self._files = WidgetFiles()

    def blueprint(self, on_new_message: Handle) -> Blueprint:
        routes = Blueprint("web_channel", strict_slashes=False)
        routes.middleware(logs.bind_request_id, "request")
        routes.after_server_start(start_background_jobs)

        @routes.before_server_start  # Sanic silently drops methods here, so this is a function
        async def prepare(app: Sanic, _loop: Any) -> None:
            limit_requests(app)
            app.error_handler.add(Exception, self._refuse_outside_routes)
            answer_preflight(app, self._preflight)
            hide_banner(app)

        handlers: list[tuple[str, str, Handler]] = [
            ("POST", "/session", self._begin_session),
            ("DELETE", "/session", self._delete_conversation),
            ("POST", "/webhook", partial(self._answer_message, on_new_message)),
            ("GET", "/history", self._history),
            ("POST", "/history", self._history),  # the same, where a page's service worker might keep what GET returns
            ("POST", "/feedback", self._take_feedback),
            ("POST", "/pressed", self._count_contact),
            ("POST", "/callback", self._take_callback),
            ("GET", "/config", self._config),
            ("GET", "/contact", self._contact),
            ("GET", "/hours", self._hours),
            ("GET", "/health", self._health),
            ("GET", "/alive", self._alive),
            ("GET", "/demo", partial(self._file, path="demo.html")),
            ("GET", "/widget.js", partial(self._file, path="widget.js")),
            ("GET", "/<path:path>", self._file),
            *((method, "/<path:path>", self._not_found) for method in ("POST", "PUT", "PATCH", "DELETE")),
        ]
        for method, path, handler in handlers:
            find_clinic = self._clinic_named if path in NAMING_CLINIC and method != "DELETE" else self._clinic_signed
            answer = self._answering_always(handler, find_clinic, path in LIMITED_PATHS, (method, path) in PUBLIC)
            methods = list(SAFE_METHODS) if method == "GET" else [method]
            routes.add_route(answer, path, methods=methods, name=f"{method} {path}", ctx_max_body_size=MAX_BODY_SIZE)
        return routes

    # Shared by all requests

    def _answering_always(
        self, handler: Handler, find_clinic: Callable[[Request], str | None], limited: bool, public: bool
    ) -> Handler:
        """Wraps `handler` in the checks that all requests share. Whatever fails, the caller gets an answer."""

        async def answer(request: Request, **path_parameters: Any) -> HTTPResponse:
            try:
                request.ctx.clinic_id = find_clinic(request)
                if not public:
                    self._check_origin(request)
                if limited:
                    self._check_rate(self._addresses, _address(request))
                response = await handler(request, **path_parameters)
            except RequestRefusedError as error:
                response = self._refusal(request, error)
            except Exception as error:
                response = self._refusal(request, _unexpected(error))
            answered = self._with_headers(request, response)
            if public:
                answered.headers["Access-Control-Allow-Origin"] = "*"
            return answered

        return answer

    async def _refuse_outside_routes(self, request: Request, error: Exception) -> HTTPResponse:
        """Answers errors outside our routes: an unreadable request, an unknown URL, or an error in a platform's route."""
        await logs.bind_request_id(request)
        if not isinstance(error, SanicException) and request.route:
            error = _unexpected(error)
        return self._with_headers(request, self._refusal(request, error))

    async def _preflight(self, request: Request) -> HTTPResponse:
        try:
            self._check_origin(request)
        except RequestRefusedError as error:
            return self._with_headers(request, self._refusal(request, error))
        return self._with_headers(request, empty(204))

    def _check_origin(self, request: Request) -> None:
        # Pages on other sites must not act for a visitor. Tools other than browsers send no Origin.
        if request.headers.get("Origin") and not self._allowed_origin(request):
            raise RequestRefusedError(403, "origin")

    def _allowed_origin(self, request: Request) -> str:
        clinic_id = _clinic_id(request)
        # A preflight has neither token nor body, and a file is the same for all. The request that follows names its clinic.
        origins = self._clinics.of(clinic_id).origins if clinic_id else self._clinics.origins
        own_address = f"{request.scheme}://{request.host}"
        return allowed_origin(request.headers.get("Origin", ""), own_address, [*origins, self._public_url])

    def _refusal(self, request: Request, error: Exception) -> HTTPResponse:
        return refusal(error, _language(request), self._clinics.of(_clinic_id(request)))

    def _clinic_named(self, request: Request) -> str | None:
        """Returns the id of the clinic that a request names; None if it names none of ours."""
        name = request.args.get("clinic") if request.method in SAFE_METHODS else _body_or_nothing(request).get("clinic")
        with contextlib.suppress(UnknownClinicError):
            return self._clinics.named(name)
        return None

    def _clinic_signed(self, request: Request) -> str | None:
        """Returns the id of the clinic in a request's token; None if there is no token of ours."""
        token = request.token or _body_or_nothing(request).get("sender")
        with contextlib.suppress(PermissionError):
            return clinic_of(self._sessions.conversation(token, max_age=math.inf)[0])
        return None

    def _check_rate(self, buckets: TokenBuckets, caller: str, cost: float = 1) -> None:
        wait = buckets.wait(caller, cost) if self._limited else 0.0
        if wait:
            raise RequestRefusedError(429, "too_fast", retry_after=int(wait) + 1)

    @contextlib.asynccontextmanager
    async def _authenticated(
        self, request: Request, body: dict[str, Any], max_age: int = MAX_SESSION_AGE, max_idle: float = MAX_SESSION_IDLE
    ) -> AsyncIterator[Visitor]:
        """Finds out who sent `request`, and opens their conversation. Both limits are in seconds."""
        token = request.token or body.get("sender", "")
        try:
            sender, minted = self._sessions.conversation(token, max_age)
        except PermissionError:
            raise RequestRefusedError(401, "session") from None
        async with _store(request).open(sender) as opened:
            last_seen = opened.tracker.stored_at if opened.tracker else minted
            # If the store is down, we cannot know, so we let the session continue.
            if not opened.is_unreadable and time.time() - last_seen > max_idle:
                raise RequestRefusedError(401, "session")
            yield Visitor(token, sender, opened.tracker)

    def _with_headers(self, request: Request, response: HTTPResponse) -> HTTPResponse:
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers[logs.REQUEST_ID_HEADER] = logs.request_id()
        vary = filter(None, (response.headers.get("Vary") or "").split(", "))
        response.headers["Vary"] = ", ".join(dict.fromkeys([*vary, "Origin"]))
        origin = self._allowed_origin(request)
        if origin:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers.update(CORS_HEADERS)
        return response

    # The routes

    async def _begin_session(self, request: Request) -> HTTPResponse:
        self._check_rate(self._new_sessions, _address(request))
        body = _body(request) if request.body else {}
        agreed, clinic_id = body.get("agreed", False), _known_clinic(request)
        if not isinstance(agreed, bool):
            raise RequestRefusedError(400, "malformed")
        if self._clinics.of(clinic_id).consent_to_store and not agreed:
            return json_response({"sender": self._sessions.token_for(ephemeral_id(clinic_id))})
        return json_response({"sender": self._sessions.mint(clinic_id)})

    async def _delete_conversation(self, request: Request) -> HTTPResponse:
        # Visitors can delete their chat for as long as we may have stored it.
        max_age = self._clinics.of(_clinic_id(request)).retention_hours * 60 * 60 + MAX_SESSION_AGE
        body = _body(request) if request.body else {}
        async with self._authenticated(request, body, max_age, max_idle=math.inf) as visitor:
            self._check_rate(self._other_requests, visitor.sender)
            await delete_conversation(_agent(request), visitor.sender)
        if _store(request).database.keeps_deleted:
            clinic = self._clinics.of(_clinic_id(request))
            message = fixed_text("utter_web_chat_deleted_soon", _language(request), clinic)
            return json_response({"deleted": True, "overwritten": False, "message": message}, status=202)
        return json_response({"deleted": True})

    async def _answer_message(self, handle: Handle, request: Request) -> HTTPResponse:
        body = _body(request)
        async with self._authenticated(request, body) as visitor:
            text = parse_message(body.get("message"))
            self._check_rate(self._messages, visitor.sender)
            cost = message_cost(read_length(text))
            self._check_rate(self._addresses, _address(request), cost)
            if len(self._clinics) > 1:
                self._check_rate(self._crowds, clinic_of(visitor.sender), 1 + cost)
            key = parse_idempotency_key(request.headers.get("Idempotency-Key", ""))
            message_id = IDEMPOTENT_PREFIX + idempotent_id(key, text) if key else None
            metadata = {PAGE_LANGUAGE: _language(request)}
            if is_ephemeral(visitor.sender):
                metadata |= check.NEEDS_CONSENT
            text = OfferedButtons(visitor.conversation).strip_unoffered_payload(text)
            turn = Turn(text, visitor.sender, self.name(), visitor.token, message_id, metadata)
            if self._limited and self._stored.wait(_address(request), STORED_PER_TURN + 2 * len(text.encode())):
                logger.warning("An address has sent more than we store in a day. We answer it without storing.")
                turn = turn.unkept()
            return json_response(await take_turn(turn, handle, _store(request)))

    async def _history(self, request: Request) -> HTTPResponse:
        async with self._authenticated(request, {}) as visitor:
            self._check_rate(self._other_requests, visitor.sender)
            response = json_response(transcript(await _store(request).messages(visitor.sender)))
            self._addresses.charge(_address(request), len(response.body or b"") / HISTORY_PER_REQUEST)
            return response

    async def _take_feedback(self, request: Request) -> HTTPResponse:
        body = _body(request)
        topic, detail, helpful = body.get("topic"), body.get("detail", ""), body.get("helpful")
        async with self._authenticated(request, body) as visitor:
            if not isinstance(helpful, bool) or not isinstance(topic, str) or not isinstance(detail, str):
                raise RequestRefusedError(400, "malformed")
            self._check_rate(self._other_requests, visitor.sender)
            # An answer that we did not give in this conversation cannot have helped.
            if not await _store(request).add_feedback(visitor.sender, self.name(), topic, detail, helpful):
                raise RequestRefusedError(400, "malformed")
        return json_response({"stored": True})

    async def _count_contact(self, request: Request) -> HTTPResponse:
        body = _body(request)
        async with self._authenticated(request, body) as visitor:
            if body.get("kind") not in CONTACTS:
                raise RequestRefusedError(400, "malformed")
            self._check_rate(self._other_requests, visitor.sender)
            if not await _store(request).count_contact(visitor.sender, self.name(), body["kind"]):
                raise RequestRefusedError(400, "malformed")
        return json_response({"counted": True})

    async def _take_callback(self, request: Request) -> HTTPResponse:
        if not self._intake:
            raise RequestRefusedError(404, "not_found")
        body = _body(request)
        async with self._authenticated(request, body) as visitor:
            clinic = self._clinics.of(clinic_of(visitor.sender))
            if not clinic.callback:
                raise RequestRefusedError(404, "not_found")
            key = parse_idempotency_key(request.headers.get("Idempotency-Key", "")) or secrets.token_hex(16)
            try:
                form = parse_form(body, clinic.country)
            except FormError as error:
                raise RequestRefusedError(400, "wrong_fields", fields=error.fields) from None
            if visitor.conversation and is_minor(visitor.conversation.current_slot_values()):
                raise RequestRefusedError(403, "adults_only")
            self._check_rate(self._other_requests, visitor.sender)
            callbacks = CallbackStore(_store(request).database)
            if not await self._intake.has(callbacks, visitor.sender, key):
                self._check_callback_rates(request, visitor.sender)
            reference = await self._intake.take(callbacks, visitor.sender, form, key, time.time())
        return json_response({"reference": reference}, status=202)

    def _check_callback_rates(self, request: Request, sender: str) -> None:
        for whose, caller in (("session", sender), ("address", _address(request)), ("clinic", clinic_of(sender))):
            self._check_rate(self._callbacks[whose], caller)

    async def _config(self, request: Request) -> HTTPResponse:
        return json_response(public_config(self._clinics.of(_known_clinic(request)), self._files.languages(), _language(request)))

    async def _contact(self, request: Request) -> HTTPResponse:
        clinic = self._clinics.of(_known_clinic(request))
        return json_response(public_contact(clinic, bool(self._allowed_origin(request)), _language(request)))

    async def _hours(self, request: Request) -> HTTPResponse:
        clinic = self._clinics.of(_known_clinic(request))
        return json_response(public_hours(clinic, datetime.now(timezone.utc), _language(request)))

    async def _health(self, request: Request) -> HTTPResponse:
        parts = await working_parts(ready_agent(request.app))
        # Without the action server we only lose the result of the check.
        ready = parts["model"] and parts["store"]
        status = "ready" if ready else "not ready"
        return json_response({"status": status, "version": VERSION, **parts}, status=200 if ready else 503)

    async def _alive(self, request: Request) -> HTTPResponse:
        return json_response({"status": "alive"})

    async def _file(self, request: Request, path: str) -> HTTPResponse:
        headers = request.headers
        tags, encodings = headers.get("If-None-Match", ""), headers.get("Accept-Encoding", "")
        response = self._files.response(path, tags, encodings, request.host)
        if not response:
            raise RequestRefusedError(404, "not_found")
        return response

    async def _not_found(self, request: Request, path: str) -> HTTPResponse:
        raise RequestRefusedError(404, "not_found")


def _unexpected(error: Exception) -> RequestRefusedError:
    # The text of the error may quote the visitor, so we only log its type.
    logger.error("A request failed: %s", type(error).__name__)
    return RequestRefusedError(503, "not_ready")


def _clinic_id(request: Request) -> str | None:
    """Returns the id of the clinic that a request is for; None if it is for none of ours, or for no clinic at all."""
    return getattr(request.ctx, "clinic_id", None)


def _known_clinic(request: Request) -> str:
    clinic_id = _clinic_id(request)
    if clinic_id is None:
        raise RequestRefusedError(404, "unknown_clinic")
    return clinic_id


def _language(request: Request) -> str:
    return spoken_or_english(request.args.get("language"))


def _address(request: Request) -> str:
    return caller_address(request.remote_addr or request.ip)


def _body(request: Request) -> dict[str, Any]:
    return parse_body(request.headers.get("Content-Type", ""), request.body)


def _body_or_nothing(request: Request) -> dict[str, Any]:
    try:
        return _body(request)
    except RequestRefusedError:
        return {}


def _agent(request: Request) -> Agent:
    agent = ready_agent(request.app)
    if not agent:
        raise RequestRefusedError(503, "not_ready")
    return agent


def _store(request: Request) -> ConversationStore:
    return conversation_store(_agent(request))
