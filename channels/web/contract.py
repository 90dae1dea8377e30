"""How the web channel reads requests and words its refusals.

This module does not need Rasa: nginx sends some of these answers itself, and deploy/nginx.py writes them into its
configuration. The whole API is in docs/openapi.yml and docs/web_channel.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime
from ipaddress import IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

from sanic.exceptions import NotFound, PayloadTooLarge
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from channels.text import clean
from components.dialogue.texts import fixed_text, fixed_texts
from components.dialogue.wording import wording
from components.understanding.languages import ENGLISH
from runtime.clinic import Clinic
from runtime.limits import MAX_MESSAGE_LENGTH

MAX_BODY_SIZE = 64 * 1024  # bytes; enough for 5,000 escaped characters in any script
MAX_KEY_LENGTH = 255  # characters of an idempotency key
# Sent together with the allowed origin.
CORS_HEADERS = {
    "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key",
    "Access-Control-Max-Age": "600",
}
# The words of the clinic that the widget may see.
PUBLIC_WORDS = (
    *("clinic_name", "clinic_phone", "booking_link", "finder_url", "register_url"),
    *("emergency_number", "crisis_line", "crisis_phone", "abuse_phone", "retention_hours"),
)


class RequestRefusedError(Exception):
    """A request that we refuse.

    Attributes:
        status: the HTTP status.
        name: what the answer calls the error; `utter_error_<name>` is the text that explains it.
        retry_after: the seconds until the caller may send the request again; None if waiting does not help.
        fields: the fields of a form that are wrong.
    """

    def __init__(self, status: int, name: str, retry_after: int | None = None, fields: Sequence[str] = ()) -> None:
        super().__init__(name)
        self.status, self.name, self.retry_after, self.fields = status, name, retry_after, fields


def public_config(clinic: Clinic, languages: list[str], language: str = ENGLISH) -> dict[str, Any]:
    """Returns what the widget may know about the clinic, in the page's language, and the languages of the widget."""
    spoken = clinic.spoken_in(language)
    words = {**clinic.words, **wording(language).country(clinic.country)}
    return {
        **{name: words[name] for name in PUBLIC_WORDS},
        "hours": spoken.hours,
        "privacy_notice": clinic.privacy_notice,
        "consent_to_store": clinic.consent_to_store,
        "color": clinic.color,
        "greeting": spoken.greeting or fixed_text("utter_greeting", language, clinic),
        "language": language,
        "languages": languages,
    }


def public_contact(clinic: Clinic, allowed: bool, language: str = ENGLISH) -> dict[str, Any]:
    """Returns what any page may know, even one that is not `allowed` to show the chat: how to reach the clinic."""
    names = ("clinic_name", "clinic_phone")
    emergency = fixed_text("utter_emergency_line", language, clinic)
    return {"allowed": allowed, **{name: clinic.words[name] for name in names}, "emergency": emergency}


def public_hours(clinic: Clinic, moment: datetime, language: str = ENGLISH) -> dict[str, str]:
    """Returns whether the clinic is open at `moment`, as a sentence; an empty one if it has not told us its hours."""
    known = clinic.opening_hours and clinic.time_zone
    return {"open_now": fixed_texts(clinic, language).open_now(moment) if known else ""}


def refusal_body(name: str, response: str, language: str = ENGLISH, clinic: Clinic | None = None) -> dict[str, str]:
    """Returns the body of a refusal: the name of the error, the text of `response`, and the emergency sentence.

    The message may have been about an emergency, so every refusal includes the emergency number.
    """
    texts = fixed_texts(clinic, language)
    return {"error": name, "message": texts.text(response), "emergency": texts.text("utter_emergency_line")}


def refusal(error: Exception, language: str = ENGLISH, clinic: Clinic | None = None) -> HTTPResponse:
    """Returns the answer, in the page's language, to a request to a clinic that ended in `error`, ours or Sanic's."""
    status, name = _status_and_name(error)
    headers = getattr(error, "headers", None)
    fields = {"fields": error.fields} if isinstance(error, RequestRefusedError) and error.fields else {}
    body = {**refusal_body(name, f"utter_error_{name}", language, clinic), **fields}
    response = json_response(body, status=status, headers=headers)
    retry_after = getattr(error, "retry_after", None)
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _status_and_name(error: Exception) -> tuple[int, str]:
    if isinstance(error, RequestRefusedError):
        return error.status, error.name
    if isinstance(error, PayloadTooLarge):
        return 413, "too_large"
    if isinstance(error, NotFound):
        return 404, "not_found"
    status = getattr(error, "status_code", 400)
    return status, "malformed" if status < 500 else "not_ready"


def parse_body(content_type: str, body: bytes) -> dict[str, Any]:
    """Returns the JSON object in a body.

    Raises:
        RequestRefusedError: the body is not a JSON object, or its `sender` is not a string.
    """
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise RequestRefusedError(400, "malformed")
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise RequestRefusedError(400, "malformed") from None
    if not isinstance(content, dict) or not isinstance(content.get("sender", ""), str):
        raise RequestRefusedError(400, "malformed")
    return content


def parse_message(message: object) -> str:
    """Returns what a visitor wrote, cleaned.

    Raises:
        RequestRefusedError: it is not a string, too long, or empty once cleaned.
    """
    if not isinstance(message, str):
        raise RequestRefusedError(400, "malformed")
    if len(message) > MAX_MESSAGE_LENGTH:
        raise RequestRefusedError(400, "too_large")
    text = clean(message)
    if not text:
        raise RequestRefusedError(400, "malformed")
    return text


def parse_idempotency_key(key: str) -> str:
    """Returns the idempotency key in the header; empty if there is none.

    Raises:
        RequestRefusedError: it is too long, or not printable ASCII.
    """
    if len(key) > MAX_KEY_LENGTH or not key.isascii() or not key.isprintable():
        raise RequestRefusedError(400, "malformed")
    return key


def idempotent_id(key: str, text: str) -> str:
    """Returns the id of the message `text` under `key`. A different text under the same key is a different message."""
    return hashlib.sha256(f"{key} {text}".encode()).hexdigest()


def caller_address(address: str) -> str:
    """Returns the address that counts as one caller. For IPv6 that is the network, since one caller owns the whole network."""
    with suppress(ValueError):
        parsed = ip_address(address)
        if isinstance(parsed, IPv6Address) and not parsed.ipv4_mapped:
            return f"{int(parsed) >> 64:x}::"
    return address


def allowed_origin(origin: str, own_address: str, origins: Collection[str]) -> str:
    """Returns `origin` if its pages may call us, otherwise "".

    Args:
        origin: the scheme, host and port of the page.
        own_address: the same of this server, as the caller names it.
        origins: those that we know: the clinic's websites, and our own public address.
    """
    # Anybody can have a name that leads here (DNS rebinding), so our own pages need a known one, or none.
    is_own = origin == own_address and _is_nameless(own_address)
    return origin if is_own or origin in origins else ""


def _is_nameless(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    with suppress(ValueError):
        return bool(ip_address(host))
    return host == "localhost"
