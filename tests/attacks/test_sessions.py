"""Who may speak in a session, from where, and how fast."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from channels.identity import Sessions
from channels.web.rate_limits import ADDRESS_BURST, ADDRESS_INTERVAL, message_cost
from runtime.clinic import Clinic
from runtime.clinics import served_clinics
from runtime.limits import MAX_SESSION_AGE
from tests.support.caller import LONG, WEBSITE, Visitor
from tests.support.clinics import only
from tests.support.servers import Server

HOUR = 60 * 60


def swapped(text: str, place: int) -> str:
    """Returns `text` with another sign at `place`."""
    other = "b" if text[place] == "a" else "a"
    return text[:place] + other + text[place + 1 :] if place >= 0 else swapped(text, place + len(text))


def parts(token: str) -> list[str]:
    return token.split(".")


FORGERIES: dict[str, Callable[[str, str], Any]] = {
    "another id": lambda token, other: swapped(token, 0),
    "another's id": lambda token, other: ".".join([parts(other)[0], *parts(token)[1:]]),
    "another time": lambda token, other: ".".join([parts(token)[0], swapped(parts(token)[1], -1), parts(token)[2]]),
    "another signature": lambda token, other: swapped(token, -2),
    "another's signature": lambda token, other: ".".join([*parts(token)[:2], parts(other)[2]]),
    "no signature": lambda token, other: ".".join(parts(token)[:2]),
    "an empty signature": lambda token, other: ".".join([*parts(token)[:2], ""]),
    "the id alone": lambda token, other: parts(token)[0],
    "cut off": lambda token, other: token[:-1],
    "something behind it": lambda token, other: token + "x",
    "something before it": lambda token, other: "x" + token,
    "capitals": lambda token, other: token.upper(),
    "twice": lambda token, other: f"{token}.{token}",
    "with a NUL": lambda token, other: f"{token}\0",
    "another key": lambda token, other: Sessions("k" * 40, served_clinics()).mint(),
    "nothing": lambda token, other: "",
    "three hundred signs": lambda token, other: "x" * 300,
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=list(FORGERIES))
def test_no_session_is_forged(victim: Server, forgery: Callable[[str, str], str]) -> None:
    forged = forgery(victim.session(), victim.session())
    for method, path in (("POST", "webhook"), ("POST", "feedback"), ("DELETE", "session")):
        body = {"sender": forged, "message": "hi", "topic": "ask_cost", "helpful": True}
        assert victim.call(method, path, body)[0] == 401
    if forged.isprintable():
        assert victim.call("GET", "history", Authorization=f"Bearer {forged}")[0] == 401


def test_a_session_counts_at_its_own_clinic_only() -> None:
    ours, theirs = (Sessions("k" * 40, only(Clinic(name=name))) for name in ("Ours", "Theirs"))
    token = ours.mint()
    assert len(ours.conversation(token)[0]) == 32
    with pytest.raises(PermissionError):
        theirs.conversation(token)


@pytest.mark.parametrize(("hours", "may_delete"), [(MAX_SESSION_AGE / HOUR + 0.1, True), (1000, False)])
def test_a_session_ends_after_twelve_hours(victim: Server, hours: float, may_delete: bool) -> None:
    token = victim.session(hours * HOUR)
    assert victim.say(token, "hi")[0] == 401
    assert victim.call("GET", "history", Authorization=f"Bearer {token}")[0] == 401
    assert victim.call("DELETE", "session", {"sender": token})[0] == (200 if may_delete else 401)


@pytest.mark.parametrize(
    "origin",
    [
        "https://elsewhere.example", "null", "file://", "https://", "*", f"{WEBSITE}.evil.com", f"{WEBSITE}@evil.com",
        f"{WEBSITE}:8443", f"{WEBSITE}:443", f"{WEBSITE}.", f"{WEBSITE}/", f"{WEBSITE} https://evil.com",
        f"https://evil.com {WEBSITE}", f"https://evil.com/{WEBSITE}", WEBSITE.replace("https", "http"), WEBSITE.upper(),
        WEBSITE.replace("www.", "shop."), WEBSITE.replace("www.", "evil.www."), "http://127.0.0.1", "http://127.0.0.1:1",
        "http://localhost",
    ],
)  # fmt: skip
def test_a_page_elsewhere_may_not_speak_for_a_visitor(victim: Server, origin: str) -> None:
    token = victim.session()
    for method, path in (
        ("POST", "session"),
        ("POST", "webhook"),
        ("GET", "history"),
        ("DELETE", "session"),
        ("OPTIONS", "webhook"),
    ):
        body = {"sender": token, "message": "hi"} if method == "POST" else None
        status, headers, answer = victim.call(method, path, body, Origin=origin, Authorization=f"Bearer {token}")
        assert (status, answer["error"]) == (403, "origin"), f"{method} {path}"
        assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize("name", ["rebound.example", "127.0.0.1.example", "localhost.example"])
def test_a_name_that_somebody_else_gave_us_is_not_ours(victim: Server, name: str) -> None:
    host = f"{name}:{victim.port}"
    status, headers, answer = victim.call("POST", "session", Host=host, Origin=f"http://{host}")
    assert (status, answer["error"]) == (403, "origin")
    assert "Access-Control-Allow-Origin" not in headers
    own = f"127.0.0.1:{victim.port}"
    assert victim.call("POST", "session", Host=own, Origin=f"https://{own}")[0] == 403, "another scheme is another page"


def test_the_clinics_pages_may(victim: Server) -> None:
    for origin in (WEBSITE, victim.address.split("/webhooks")[0]):
        for method, path, expected in (("POST", "session", 200), ("OPTIONS", "webhook", 204)):
            status, headers, _ = victim.call(method, path, Origin=origin)
            assert (status, headers["Access-Control-Allow-Origin"]) == (expected, origin)


def flood(visitor: Visitor, times: int, *request: Any) -> int:
    """Sends the same request many times; returns how many came through, once the rest was refused as it should be."""
    answers = [visitor.send(*request) for _ in range(times)]
    refused = [(wait, answer) for status, wait, answer in answers if status == 429]
    assert refused
    assert all(int(wait) >= 1 and answer["error"] == "too_fast" and "911" in answer["emergency"] for wait, answer in refused)
    return times - len(refused)


@pytest.mark.parametrize(
    ("method", "path", "body"), [("POST", "webhook", {"message": "hi"}), ("GET", "history", None), ("DELETE", "session", None)]
)
def test_a_session_that_goes_too_fast_is_told_to_wait(server: Server, method: str, path: str, body: Any) -> None:
    visitor, token = Visitor(server, "127.0.0.2"), server.session()
    assert flood(visitor, 40, method, path, body, token) < 30
    assert visitor.send("POST", "webhook", {"message": "hi"}, server.session())[0] == 200, "another session goes on"


def test_one_address_gets_only_so_many_sessions(server: Server) -> None:
    assert flood(Visitor(server, "127.0.0.3"), 40, "POST", "session") < 35
    assert Visitor(server, "127.0.0.4").send("POST", "session")[0] == 200, "another address goes on"


@pytest.mark.parametrize(
    ("address", "path", "body"),
    [("127.0.0.5", "webhook", {"sender": "guess", "message": "hi"}), ("127.0.0.6", "webhook", []), ("127.0.0.7", "feedback", {})],
    ids=["guesses", "no messages", "no feedback"],
)
def test_one_address_may_not_try_for_ever(server: Server, address: str, path: str, body: Any) -> None:
    assert flood(Visitor(server, address), 400, "POST", path, body) < 300


def test_long_messages_count_for_their_length(server: Server) -> None:
    visitor, sessions = Visitor(server, "127.0.0.8"), [server.session() for _ in range(30)]
    began = time.monotonic()
    statuses = [visitor.send("POST", "webhook", {"message": LONG}, token)[0] for token in sessions]
    # Of requests that counted once each, all would be let through.
    counted = ADDRESS_BURST + (time.monotonic() - began) / ADDRESS_INTERVAL
    assert statuses.count(200) <= counted / (1 + message_cost(len(LONG.strip())))
    assert set(statuses) == {200, 429}
