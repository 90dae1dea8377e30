"""Asking to be called back, at the real server: what it takes, whom it refuses, and that nothing of it is anywhere else."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.support.client import free_port
from tests.support.receivers import PASSWORD, USER, Certified, MailServer
from tests.support.servers import Log, Server, running

CLINIC = {"name": "Larkspur", "phone": "555 010 0142", "callback": "desk@larkspur.example"}
FORM = {"name": "Zoë Bell", "phone": "212 555 0142", "email": "zoe@example.com", "when": "evening", "consent": True}
PRIVATE = ("Bell", "555-0142", "555 0142", "zoe@example")
DELIVERED_WITHIN = 20.0  # seconds; a round is every five


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    return Certified(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def smtp_port() -> str:
    return free_port()


@pytest.fixture(scope="module")
def calling(tmp_path_factory: pytest.TempPathFactory, certified: Certified, smtp_port: str) -> Iterator[Server]:
    """A server with limits, whose mail server is down unless a test starts it."""
    folder = tmp_path_factory.mktemp("calling")
    clinic = folder / "clinic.yml"
    clinic.write_text(yaml.safe_dump(CLINIC))
    mail = {"SMTP_SERVER": "127.0.0.1", "SMTP_PORT": smtp_port, "SMTP_USER": USER, "SMTP_PASSWORD": PASSWORD}
    with running(folder / "conversations.db", CLINIC_FILE=str(clinic), SSL_CERT_FILE=str(certified.file), **mail) as server:
        yield server


def session(server: Server) -> str:
    return server.call("POST", "session")[2]["sender"]


def ask(server: Server, token: str, key: str = "", **changed: Any) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token}", **({"Idempotency-Key": key} if key else {})}
    status, _, answer = server.call("POST", "callback", {**FORM, **changed}, **headers)
    return status, answer


def waiting(server: Server, token: str) -> int:
    with sqlite3.connect(server.database) as database:
        query = "SELECT count(*) FROM callbacks WHERE sender_id = ?"
        return database.execute(query, (token.split(".")[0],)).fetchone()[0]


def wait_for(condition: Any) -> None:
    deadline = time.monotonic() + DELIVERED_WITHIN
    while not condition():
        assert time.monotonic() < deadline, "it was not delivered"
        time.sleep(0.2)


def offers(replies: list[dict[str, Any]]) -> bool:
    return any(reply["metadata"].get("callback") for reply in replies)


def test_a_request_reaches_the_clinic_and_stands_nowhere_else(calling: Server, certified: Certified, smtp_port: str) -> None:
    log, token = Log(calling), session(calling)
    assert calling.say(token, "what are exosomes")[0] == 200
    with MailServer(certified, smtp_port).running() as mail:
        status, answer = ask(calling, token, key="once")
        assert (status, set(answer)) == (202, {"reference"})
        assert ask(calling, token, key="once") == (202, answer)
        wait_for(lambda: not waiting(calling, token))
        assert len([got for got in mail.mails if answer["reference"] in str(got["Subject"])]) == 1
    history = calling.call("GET", "history", Authorization=f"Bearer {token}")[2]
    stored = b"".join(file.read_bytes() for file in calling.database.parent.glob("*.db*")).decode(errors="replace")
    for words in PRIVATE:
        assert words not in log.text()
        assert words not in str(history)
        assert words not in stored
        assert words not in calling.figures()
    assert 'assistant_callbacks_total{event="delivered"} 0.0' not in calling.figures()


def test_it_waits_encrypted_until_the_visitor_deletes_the_chat(calling: Server) -> None:
    token = session(calling)
    assert ask(calling, token)[0] == 202
    assert waiting(calling, token) == 1
    stored = b"".join(file.read_bytes() for file in calling.database.parent.glob("*.db*"))
    assert b"Bell" not in stored
    assert calling.call("DELETE", "session", {"sender": token})[2] == {"deleted": True}
    assert waiting(calling, token) == 0


def test_wrong_fields_are_named_and_cost_nothing(calling: Server) -> None:
    token = session(calling)
    for _ in range(4):
        status, answer = ask(calling, token, phone="12", consent=False)
        assert (status, answer["error"], answer["fields"]) == (400, "wrong_fields", ["phone", "consent"])
        assert "911" in answer["emergency"]
    assert ask(calling, token)[0] == 202


def test_nobody_can_ask_without_a_session_or_too_often(calling: Server) -> None:
    assert ask(calling, "0" * 32 + ".a.b")[0] == 401
    token = session(calling)
    answers = [ask(calling, token)[0] for _ in range(4)]
    assert answers == [202, 202, 202, 429]


def test_a_request_that_is_sent_again_does_not_count_towards_the_limit(calling: Server) -> None:
    token = session(calling)
    first = ask(calling, token, key="first")
    assert first[0] == 202
    assert [ask(calling, token, key="first") for _ in range(4)] == [first] * 4
    assert [ask(calling, token, key=key)[0] for key in ("second", "third", "fourth")] == [202, 202, 429]
    assert ask(calling, token, key="first") == first


def test_a_minor_is_neither_offered_it_nor_heard(calling: Server) -> None:
    token = session(calling)
    calling.say(token, "i'm 16, can i get exosomes?")
    assert not offers(calling.say(token, "can i talk to a person")[1])
    status, answer = ask(calling, token)
    assert (status, answer["error"]) == (403, "adults_only")
    assert waiting(calling, token) == 0


def test_it_is_offered_to_whoever_wants_a_person_or_a_visit_but_not_in_danger(calling: Server) -> None:
    token = session(calling)
    assert not offers(calling.say(token, "what are exosomes")[1])
    for text in ("can i talk to a person", "how do i book a visit"):
        assert offers(calling.say(token, text)[1]), text
    for text in ("my throat is closing up, can somebody call me", "can i talk to a person"):
        assert not offers(calling.say(token, text)[1]), text


def test_a_clinic_that_takes_none_has_no_such_route(server: Server) -> None:
    token = server.session()
    assert ask(server, token)[0] == 404
    assert not offers(server.say(token, "can i talk to a person")[1])
