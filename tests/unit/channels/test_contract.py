"""How the web channel reads a request, and what a refusal says."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest
from sanic.exceptions import InvalidUsage, MethodNotSupported, NotFound, PayloadTooLarge, ServiceUnavailable

from channels.web.contract import (
    MAX_KEY_LENGTH,
    PUBLIC_WORDS,
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
from components.dialogue.texts import fixed_text
from runtime.clinic import Clinic
from runtime.limits import MAX_MESSAGE_LENGTH

JSON = "application/json"
NOON = datetime(2026, 11, 30, 12, tzinfo=timezone.utc)  # a Monday
WEBSITES = ["https://www.example.com"]


@pytest.mark.parametrize("content_type", [JSON, "Application/JSON", " application/json ; charset=utf-8"])
def test_a_json_object_is_read(content_type: str) -> None:
    assert parse_body(content_type, b'{"sender": "x", "message": 3}') == {"sender": "x", "message": 3}
    assert parse_body(content_type, b"{}") == {}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("", b"{}"), ("text/plain", b"{}"), ("application/jsonx", b"{}"), (JSON, b""), (JSON, b"[]"), (JSON, b"null"),
        (JSON, b"\xff"), (JSON, b"[" * 100_000), (JSON, b'{"sender": null}'), (JSON, b'{"sender": ["x"]}'),
    ],
)  # fmt: skip
def test_any_other_body_is_refused(content_type: str, body: bytes) -> None:
    with pytest.raises(RequestRefusedError) as refused:
        parse_body(content_type, body)
    assert (refused.value.status, refused.value.name) == (400, "malformed")


def test_a_message_is_cleaned() -> None:
    assert parse_message(" does it hurt?\u0000 ") == "does it hurt?"
    assert len(parse_message("x" * MAX_MESSAGE_LENGTH)) == MAX_MESSAGE_LENGTH


@pytest.mark.parametrize(
    ("message", "name"),
    [
        (None, "malformed"),
        (3, "malformed"),
        ([], "malformed"),
        (" \u0000", "malformed"),
        ("x" * (MAX_MESSAGE_LENGTH + 1), "too_large"),
    ],
)
def test_what_is_no_message_is_refused(message: object, name: str) -> None:
    with pytest.raises(RequestRefusedError) as refused:
        parse_message(message)
    assert (refused.value.status, refused.value.name) == (400, name)


@pytest.mark.parametrize("key", ["", "0f3c-1", "x" * MAX_KEY_LENGTH])
def test_an_idempotency_key_is_taken_as_it_is(key: str) -> None:
    assert parse_idempotency_key(key) == key


@pytest.mark.parametrize("key", ["x" * (MAX_KEY_LENGTH + 1), "é", "a\tb"])
def test_any_other_key_is_refused(key: str) -> None:
    with pytest.raises(RequestRefusedError):
        parse_idempotency_key(key)


def test_another_text_under_the_same_key_is_another_message() -> None:
    assert idempotent_id("key", "hi") == idempotent_id("key", "hi")
    assert len({idempotent_id(key, text) for key in ("a", "b") for text in ("hi", "hello")}) == 4


@pytest.mark.parametrize(
    ("address", "caller"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "20010db800010002::"),
        ("2001:db8:1:2:ffff::1", "20010db800010002::"),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.7"),
        ("unix:", "unix:"),
    ],
)
def test_a_network_of_ipv6_is_one_caller(address: str, caller: str) -> None:
    assert caller_address(address) == caller


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://www.example.com", True), ("https://chat.example.com", True), ("http://chat.example.com", False),
        ("https://evil.example", False), ("https://www.example.com.evil", False), ("https://example.com", True),
        ("http://www.example.com", False), ("https://www.www.example.com", False), ("https://shop.example.com", False),
        ("", False), ("null", False), ("https://", False), ("file://", False),
    ],
)  # fmt: skip
def test_only_our_public_address_and_the_clinics_websites_may_speak(origin: str, allowed: bool) -> None:
    origins = [*Clinic(websites=WEBSITES).origins, "https://chat.example.com"]
    assert allowed_origin(origin, "http://127.0.0.1:5005", origins) == (origin if allowed else "")


@pytest.mark.parametrize(
    ("origin", "own_address", "allowed"),
    [
        ("http://127.0.0.1:5005", "http://127.0.0.1:5005", True), ("http://localhost:5005", "http://localhost:5005", True),
        ("http://[::1]:5005", "http://[::1]:5005", True), ("https://127.0.0.1", "https://127.0.0.1", True),
        ("https://127.0.0.1:5005", "http://127.0.0.1:5005", False), ("http://127.0.0.1:5005", "https://127.0.0.1:5005", False),
        ("http://127.0.0.1:1", "http://127.0.0.1:5005", False), ("http://evil.example:5005", "http://evil.example:5005", False),
        ("http://localhost.evil.example", "http://localhost.evil.example", False), ("http://", "http://", False),
        ("http://127.0.0.1.evil.example", "http://127.0.0.1.evil.example", False), ("http://[", "http://x", False),
    ],
)  # fmt: skip
def test_pages_of_this_server_may_speak_unless_a_stranger_may_have_named_it(origin: str, own_address: str, allowed: bool) -> None:
    assert allowed_origin(origin, own_address, []) == (origin if allowed else "")


@pytest.mark.parametrize(
    ("error", "status", "name"),
    [
        (RequestRefusedError(429, "too_fast", retry_after=7), 429, "too_fast"),
        (PayloadTooLarge("x"), 413, "too_large"),
        (NotFound("x"), 404, "not_found"),
        (InvalidUsage("x"), 400, "malformed"),
        (MethodNotSupported("x", "PUT", ["GET"]), 405, "malformed"),
        (ServiceUnavailable("x"), 503, "not_ready"),
    ],
)
def test_every_refusal_names_the_error_and_the_emergency_number(error: Exception, status: int, name: str) -> None:
    response = refusal(error)
    body = json.loads(response.body or b"")
    assert (response.status, body["error"], set(body)) == (status, name, {"error", "message", "emergency"})
    assert body["message"]
    assert "911" in body["emergency"]
    assert response.headers.get("Retry-After") == ("7" if name == "too_fast" else None)


def test_any_page_learns_how_to_reach_the_clinic_and_nothing_else() -> None:
    contact = public_contact(Clinic(name="Example", phone="555 010 0100", email="desk@example.com"), allowed=False)
    assert "911" in contact.pop("emergency")
    assert contact == {"allowed": False, "clinic_name": "Example", "clinic_phone": "555 010 0100"}


@pytest.mark.parametrize(
    ("hours", "zone", "language", "said"),
    [
        ("Mo-Fr 09:00-17:00", "America/New_York", "en", "The clinic is closed right now. It opens today at 9 am."),
        ("Mo-Fr 09:00-17:00", "Europe/Madrid", "en", "The clinic is open now, until 5 pm."),
        ("Mo-Fr 09:00-17:00", "Europe/Madrid", "es", "abierta"),
        ("Mo-Fr 09:00-17:00", "", "en", ""),
    ],
)
def test_the_widget_learns_whether_the_clinic_is_open_now(hours: str, zone: str, language: str, said: str) -> None:
    sentence = public_hours(Clinic(opening_hours=[hours], time_zone=zone), NOON, language)["open_now"]
    assert said in sentence
    assert bool(said) == bool(sentence)


def test_the_widget_learns_what_is_public_and_nothing_else() -> None:
    clinic = Clinic(name="Example", phone="555 010 0100", retention_hours=5, prices=["a lot"])
    config = public_config(clinic, ["en"])
    assert set(config) == {
        *PUBLIC_WORDS,
        "hours",
        "privacy_notice",
        "consent_to_store",
        "color",
        "greeting",
        "language",
        "languages",
    }
    assert (config["clinic_name"], config["languages"]) == ("Example", ["en"])
    assert config["greeting"]
    assert public_config(Clinic(greeting="Welcome."), ["en"])["greeting"] == "Welcome."


def test_a_page_in_spanish_gets_the_clinics_own_spanish_words_and_never_its_english_greeting() -> None:
    clinic = Clinic(greeting="Welcome.", hours="Monday", translations={"es": {"hours": "Lunes"}})
    config = public_config(clinic, ["en", "es"], "es")
    assert (config["hours"], config["greeting"]) == ("Lunes", fixed_text("utter_greeting", "es", clinic))
    welcoming = Clinic(greeting="Welcome.", translations={"es": {"greeting": "Bienvenida."}})
    assert public_config(welcoming, ["en", "es"], "es")["greeting"] == "Bienvenida."
