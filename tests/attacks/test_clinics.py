"""Many clinics in one deployment: nothing of one reaches another, whatever a caller sends."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

from channels.identity import Sessions
from runtime.clinics import served_clinics
from tests.support.caller import LONG, Visitor
from tests.support.client import free_port
from tests.support.servers import Log, Server, running

PAGE = "https://www.{}.example"
CLINICS: dict[str, dict[str, Any]] = {
    "north": {"name": "North Hair", "phone": "555 010 0111", "country": "US", "callback": "desk@north.example"},
    "south": {"name": "South Skin", "phone": "020 7946 0222", "country": "GB", "greeting": "Hello from the south."},
    "clinic": {"name": "The First", "phone": "555 010 0333", "country": "US"},
}
NO_CLINICS = (
    "gone", "", "NORTH", "north.", ".north", "north.yml", "north/../south", "../clinic", "..", "/etc/passwd", "north\0", "north ",
    "north%00", "x" * 300, "нorth",
)  # fmt: skip
WITH_TOKEN: dict[tuple[str, str], dict[str, Any] | None] = {
    ("POST", "webhook"): {"message": "hi"},
    ("GET", "history"): None,
    ("POST", "history"): {},
    ("POST", "feedback"): {"topic": "ask_pain", "helpful": True},
    ("POST", "pressed"): {"kind": "phone"},
    ("POST", "callback"): {"name": "Zoe", "email": "zoe@example.com", "when": "morning", "consent": True},
    ("DELETE", "session"): None,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chain") / "clinics"
    folder.mkdir()
    for name, fields in CLINICS.items():
        write(folder, name, **fields)
    return folder


@pytest.fixture(scope="module")
def chain(folder: Path) -> Iterator[Server]:
    mail = {"SMTP_SERVER": "127.0.0.1", "SMTP_PORT": free_port(), "SMTP_USER": "chain@example.com"}
    with running(folder.with_name("conversations.db"), CLINICS_FOLDER=str(folder), **mail) as server:
        yield server


def write(folder: Path, clinic: str, **fields: Any) -> None:
    (folder / f"{clinic}.yml").write_text(yaml.safe_dump({**fields, "websites": [PAGE.format(clinic)]}))


def said(replies: Any) -> str:
    return " ".join(reply["text"] for reply in replies)


def signed(server: Server, sender: str) -> str:
    return Sessions(server.settings["SESSION_SECRET"], served_clinics(server.settings)).token_for(sender)


def stored(server: Server, query: str, *values: str) -> list[Any]:
    with contextlib.closing(sqlite3.connect(server.database)) as database:
        return database.execute(query, values).fetchall()


@pytest.mark.parametrize(("clinic", "emergency"), [("north", "911"), ("south", "999"), ("clinic", "911")])
def test_each_clinic_speaks_for_itself(chain: Server, clinic: str, emergency: str) -> None:
    own, others = CLINICS[clinic]["phone"], [fields["phone"] for name, fields in CLINICS.items() if name != clinic]
    status, headers, config = chain.call("GET", f"config?clinic={clinic}", Origin=PAGE.format(clinic))
    assert (status, config["clinic_name"], config["emergency_number"]) == (200, CLINICS[clinic]["name"], emergency)
    assert headers["Access-Control-Allow-Origin"] == PAGE.format(clinic)
    token = chain.call("POST", "session", {"clinic": clinic}, Origin=PAGE.format(clinic))[2]["sender"]
    words = [said(chain.say(token, text)[1]) for text in ("can i talk to a person", "my throat is closing up")]
    assert own in words[0]
    assert emergency in words[1]
    assert not any(phone in " ".join([*words, str(config)]) for phone in others)


@pytest.mark.parametrize("name", [*NO_CLINICS, None, 3, ["north"], {"north": 1}], ids=ascii)
def test_what_is_no_clinic_gets_nothing(chain: Server, name: Any) -> None:
    visitor = Visitor(chain, "127.0.1.1")
    query = f"?clinic={quote(name)}" if isinstance(name, str) else ""
    answers = [visitor.send("GET", f"{path}{query}") for path in ("config", "contact")]
    answers.append(visitor.send("POST", "session", {"clinic": name}))
    for status, _, answer in answers:
        assert (status, answer["error"], set(answer)) == (404, "unknown_clinic", {"error", "message", "emergency"})
        assert "911" not in answer["emergency"], "whose number it is depends on the clinic"


@pytest.mark.parametrize(("method", "path"), WITH_TOKEN, ids=" ".join)
def test_a_token_counts_at_no_other_clinic(chain: Server, method: str, path: str) -> None:
    token, visitor = chain.session(clinic="north"), Visitor(chain, "127.0.1.2")
    unsigned = token.removeprefix("north.")
    for forged in (f"south.{unsigned}", unsigned, f"clinic.{unsigned}", f"south.{token}", f"../south.{unsigned}", f".{unsigned}"):
        assert visitor.send(method, path, WITH_TOKEN[method, path], forged)[0] == 401, forged


@pytest.mark.parametrize(("method", "path"), WITH_TOKEN, ids=" ".join)
def test_the_pages_of_one_clinic_do_not_act_at_another(chain: Server, method: str, path: str) -> None:
    token, body = chain.session(clinic="north"), WITH_TOKEN[method, path]
    for named in ({}, {"clinic": "south"}):
        sent = {**body, **named, "sender": token} if body is not None else None
        origin = {"Origin": PAGE.format("south"), "Authorization": f"Bearer {token}"}
        status, headers, answer = chain.call(method, f"{path}?clinic=south", sent, **origin)
        assert (status, answer["error"]) == (403, "origin")
        assert "Access-Control-Allow-Origin" not in headers


def test_the_pages_of_one_clinic_learn_nothing_of_another(chain: Server) -> None:
    origin = PAGE.format("south")
    assert chain.call("POST", "session", {"clinic": "north"}, Origin=origin)[2]["error"] == "origin"
    assert chain.call("GET", "config?clinic=north", Origin=origin)[2]["error"] == "origin"
    assert chain.call("GET", "contact?clinic=north", Origin=origin)[2]["allowed"] is False
    token = chain.session(clinic="south")
    own = {"Origin": origin, "Authorization": f"Bearer {token}"}
    assert chain.call("POST", "session", {"clinic": "north"}, **own)[2]["error"] == "origin", "not even with a token of its own"


def test_the_same_number_at_two_clinics_is_two_conversations(chain: Server) -> None:
    number, key = "ab" * 16, {"Idempotency-Key": "the same"}
    tokens = {clinic: signed(chain, f"{clinic}.{number}") for clinic in ("north", "south")}
    words = {clinic: said(chain.say(token, "can i talk to a person", **key)[1]) for clinic, token in tokens.items()}
    assert all(CLINICS[clinic]["phone"] in text for clinic, text in words.items())
    assert words["north"] != words["south"]
    assert chain.call("DELETE", "session", Authorization=f"Bearer {tokens['south']}")[0] == 200
    left = {clinic: chain.call("GET", "history", Authorization=f"Bearer {token}")[2] for clinic, token in tokens.items()}
    assert (len(left["north"]) > 1, left["south"]) == (True, [])
    feedback = {"sender": tokens["south"], "topic": "talk_to_human", "helpful": False}
    assert chain.call("POST", "feedback", feedback)[0] == 400, "the answer was another clinic's"


def test_what_happens_counts_at_its_clinic_only(chain: Server) -> None:
    token = chain.session(clinic="south")
    assert chain.say(token, "does it hurt?")[0] == 200
    before = dict(stored(chain, "SELECT clinic, sum(number) FROM figures GROUP BY clinic"))
    assert chain.call("POST", "pressed", {"sender": token, "kind": "phone"})[0] == 200
    after = dict(stored(chain, "SELECT clinic, sum(number) FROM figures GROUP BY clinic"))
    assert after == {**before, "south": before["south"] + 1}
    assert set(after) <= set(CLINICS)


def test_a_request_to_be_called_back_goes_to_its_clinic_only(chain: Server) -> None:
    form = WITH_TOKEN["POST", "callback"]
    tokens = {clinic: chain.session(clinic=clinic) for clinic in CLINICS}
    statuses = {
        clinic: chain.call("POST", "callback", form, Authorization=f"Bearer {token}")[0] for clinic, token in tokens.items()
    }
    assert statuses == {"north": 202, "south": 404, "clinic": 404}
    assert stored(chain, "SELECT DISTINCT clinic FROM callbacks") == [("north",)]


def test_no_cache_mixes_clinics_and_no_figure_names_one(chain: Server) -> None:
    for path in ("config?clinic=north", "contact?clinic=north", "hours?clinic=north"):
        headers = chain.call("GET", path)[1]
        assert (headers["Cache-Control"], "Origin" in headers["Vary"], headers.get("ETag")) == ("no-store", True, None)
    files = {chain.call("GET", f"{name}?clinic={clinic}")[1]["ETag"] for name in ("chat.js",) for clinic in CLINICS}
    assert len(files) == 1, "the files are the same for all clinics"
    seen = chain.figures() + Log(chain).text()
    for name, fields in CLINICS.items():
        assert fields["name"] not in seen
        assert fields["phone"] not in seen
        assert f'"{name}"' not in chain.figures()


def test_what_was_stored_before_there_were_several_belongs_to_the_first(chain: Server) -> None:
    token = chain.session(clinic="clinic")
    assert "clinic" not in token
    assert CLINICS["clinic"]["phone"] in said(chain.say(token, "can i talk to a person")[1])


def test_the_crowd_of_one_clinic_leaves_room_for_another(chain: Server) -> None:
    statuses = []
    for address in range(4):
        visitor, token = Visitor(chain, f"127.0.2.{address}"), chain.session(clinic="north")
        statuses += [visitor.send("POST", "webhook", {"message": LONG}, token)[0] for _ in range(9)]
    assert statuses[-1] == 429
    assert Visitor(chain, "127.0.2.9").send("POST", "webhook", {"message": "hi"}, chain.session(clinic="south"))[0] == 200


def test_files_are_read_again_without_a_lost_turn(chain: Server, folder: Path) -> None:
    log, rasa, token = Log(chain), chain.part("commands.rasa"), chain.session(clinic="south")
    stopped, statuses = threading.Event(), []

    def keep_talking() -> None:
        visitor = Visitor(chain, "127.0.3.1")
        while not stopped.is_set():
            statuses.append(visitor.send("POST", "webhook", {"message": "does it hurt?"}, token)[0])
            time.sleep(1)

    talking = threading.Thread(target=keep_talking)
    talking.start()
    try:
        write(folder, "west", name="West", phone="555 010 0444", country="CA")
        write(folder, "south", name="South Skin", phone="020 7946 0999", country="GB")
        rasa.send_signal(signal.SIGHUP)
        until(lambda: chain.call("GET", "config?clinic=west")[0] == 200)
        assert chain.call("GET", "config?clinic=south")[2]["clinic_phone"] == "020 7946 0999"
        assert "020 7946 0999" in said(chain.say(chain.session(clinic="south"), "can i talk to a person")[1])

        (folder / "south.yml").write_text("phone: none")
        rasa.send_signal(signal.SIGHUP)
        until(lambda: "stay as they were" in log.text())
        assert "south.yml" in log.text()
        assert "phone: 'none' is wrong" in log.text()
        assert chain.call("GET", "config?clinic=south")[2]["clinic_phone"] == "020 7946 0999"

        gone = Sessions(chain.settings["SESSION_SECRET"], served_clinics({**chain.settings, "CLINICS_FOLDER": str(folder)})).mint(
            "north"
        )
        write(folder, "south", **CLINICS["south"])
        (folder / "north.yml").unlink()
        rasa.send_signal(signal.SIGHUP)
        until(lambda: chain.call("GET", "config?clinic=north")[0] == 404)
        assert chain.say(gone, "hi")[0] == 401
    finally:
        stopped.set()
        talking.join()
    assert set(statuses) == {200}


def until(condition: Any) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.2)
