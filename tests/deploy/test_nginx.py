"""nginx in front of several processes: where a message goes, and what a visitor gets when it cannot go there."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from channels.web.contract import MAX_BODY_SIZE, refusal_body
from channels.web.rate_limits import ADDRESS_BURST, SESSION_BURST
from channels.web.widget_files import TYPES, WidgetFiles
from commands.loopback import certify
from deploy.nginx import REFUSALS
from runtime.clinic import PLATFORMS, Clinic
from runtime.http_limits import MAX_REQUEST_SIZE
from runtime.paths import ROOT, WIDGET
from tests.support.client import Client, free_port, kinds
from tests.support.fake_rasa import FakeRasa
from tests.support.nginx import CLINIC, WEBSITE, Proxy, open_folder
from tests.support.servers import Server

CANARY = "Zyxquorple"
FILES = sorted(file.relative_to(WIDGET).as_posix() for file in WIDGET.rglob("*") if file.suffix in TYPES)
SIGNATURES = {
    "telegram": "X_Telegram_Bot_Api_Secret_Token",
    "messenger": "X_Hub_Signature_256",
    "whatsapp": "X_Twilio_Signature",
    "slack": "X_Slack_Signature",
}
MAX_WAIT = 10.0  # seconds, for any visitor


@pytest.fixture(scope="module")
def processes() -> list[FakeRasa]:
    return [FakeRasa() for _ in range(3)]


@pytest.fixture(scope="module")
def written(processes: list[FakeRasa]) -> Iterator[Proxy]:
    with open_folder() as folder:
        proxy = Proxy(folder)
        # Each test comes from addresses of its own.
        proxy.write(*(f"127.0.0.1:{process.port}" for process in processes), "--trusted", "127.0.0.0/8")
        yield proxy


@pytest.fixture
def proxy(written: Proxy, processes: list[FakeRasa]) -> Iterator[Proxy]:
    with written.running():
        yield written
    for process in processes:
        process.behave("answers")


def say(proxy: Proxy, token: str, **headers: str) -> tuple[int, Any]:
    """Sends a message as the widget does."""
    return proxy.call("POST", "webhook", {"message": CANARY}, Authorization=f"Bearer {token}", **headers)[::2]


def new_token() -> str:
    """Returns what looks like a session token."""
    return f"{secrets.token_hex(16)}.aTpYxA.{secrets.token_hex(10)}"


def serving(proxy: Proxy, token: str) -> str:
    """Returns the port of the process that answers in the conversation of `token`."""
    status, answer = say(proxy, token)
    assert status == 200
    return answer["process"]


def process_of(proxy: Proxy, token: str, processes: list[FakeRasa]) -> FakeRasa:
    port = serving(proxy, token)
    return next(process for process in processes if process.port == port)


def test_a_conversation_stays_where_it_is_and_only_those_of_a_process_that_is_gone_move(
    proxy: Proxy, processes: list[FakeRasa]
) -> None:
    tokens = [new_token() for _ in range(60)]
    before = {token: serving(proxy, token) for token in tokens}
    assert set(before.values()) == {process.port for process in processes}
    assert before == {token: serving(proxy, token) for token in tokens}
    # Another token of the same conversation, and every other request of it, go there too.
    assert serving(proxy, f"{tokens[0].split('.')[0]}.other.signature") == before[tokens[0]]
    for method, path in (("GET", "history"), ("POST", "feedback"), ("DELETE", "session")):
        assert proxy.call(method, path, Authorization=f"Bearer {tokens[0]}")[2]["process"] == before[tokens[0]]
    processes[0].behave("gone")
    after = {token: serving(proxy, token) for token in tokens}
    assert all(after[token] == port for token, port in before.items() if port != processes[0].port)
    assert {after[token] for token, port in before.items() if port == processes[0].port} == {
        process.port for process in processes[1:]
    }


def test_a_new_process_takes_its_share_and_moves_nothing_else(proxy: Proxy, processes: list[FakeRasa]) -> None:
    tokens = [new_token() for _ in range(60)]
    before = {token: serving(proxy, token) for token in tokens}
    more = [*processes, FakeRasa()]
    with open_folder() as folder:
        larger = Proxy(folder)
        larger.write(*(f"127.0.0.1:{process.port}" for process in more))
        with larger.running():
            moved = [port for token in tokens if (port := serving(larger, token)) != before[token]]
    assert set(moved) == {more[-1].port}
    assert len(moved) < len(tokens) / 2


def test_without_a_token_an_address_stays_together(proxy: Proxy) -> None:
    for address in ("10.1.2.3", "10.4.5.6", "10.7.8.9"):
        ports = {proxy.call("POST", "session", X_Forwarded_For=address)[2]["process"] for _ in range(5)}
        assert len(ports) == 1


@pytest.mark.parametrize("account", [*PLATFORMS, *(f"{platform}/glow-boston" for platform in PLATFORMS)])
def test_an_accounts_webhook_has_its_process_and_its_signature_arrives(proxy: Proxy, account: str) -> None:
    channel, platform = Client(f"http://127.0.0.1:{proxy.port}/webhooks/{account}"), account.partition("/")[0]
    answers = [channel.call("POST", "webhook?hub=1", {}, **{SIGNATURES[platform]: "signed"})[2] for _ in range(5)]
    assert len({answer["process"] for answer in answers}) == 1
    assert answers[0]["path"] == f"/webhooks/{account}/webhook?hub=1"
    assert "signed" in answers[0]["headers"].values()


def test_the_accounts_of_many_clinics_are_spread_over_the_processes(proxy: Proxy) -> None:
    channel = Client(f"http://127.0.0.1:{proxy.port}/webhooks/telegram")
    answers = [channel.call("POST", f"glow-{number}/webhook", {}) for number in range(20)]
    assert len({answer["process"] for _, _, answer in answers}) > 1
    sent = {name.lower(): value for name, value in answers[0][2]["headers"].items()}
    assert proxy.logged(sent["x-request-id"])["route"] == "POST /webhooks/telegram/<clinic>/webhook"


def test_a_process_gets_only_what_it_reads(proxy: Proxy, processes: list[FakeRasa]) -> None:
    # From a visitor's own machine, no header tells another address, host or path.
    claims = dict.fromkeys(("X_Forwarded_Host", "X_Forwarded_Path", "Forwarded", "X_Real_IP", "X_Request_ID", "Cookie"), CANARY)
    answer = proxy.call("POST", f"webhook?secret={CANARY}", {"message": "hi"}, X_Forwarded_For="10.9.9.9", **claims)[2]
    sent = {name.lower(): value for name, value in answer["headers"].items()}
    assert answer["path"] == "/webhooks/web/webhook?language=en"
    assert set(sent) == {
        *(
            "connection",
            "content-length",
            "content-type",
            "host",
            "idempotency-key",
            "x-forwarded-for",
            "x-forwarded-proto",
            "x-request-id",
        ),
    }
    assert (sent["host"], sent["x-forwarded-for"]) == (f"127.0.0.1:{proxy.port}", "10.9.9.9")
    assert sent["x-request-id"] == sent["idempotency-key"]
    assert proxy.logged(sent["x-request-id"])["route"] == "POST /webhooks/web/webhook"
    assert proxy.call("POST", "webhook", {}, Idempotency_Key="k")[2]["headers"]["Idempotency-Key"] == "k"


def test_a_message_that_a_process_died_over_is_handed_on_once_under_its_key(proxy: Proxy, processes: list[FakeRasa]) -> None:
    token = new_token()
    first = process_of(proxy, token, processes)
    first.behave("dies")
    status, answer = say(proxy, token)
    assert status == 200
    assert answer["process"] != first.port
    assert answer["headers"]["Idempotency-Key"] == first.calls[0]["headers"]["Idempotency-Key"]
    assert answer["body"] == first.calls[0]["body"]


def test_a_message_that_every_process_dies_over_does_not_end_them_all(proxy: Proxy, processes: list[FakeRasa]) -> None:
    for process in processes:
        process.behave("dies")
    assert say(proxy, new_token())[0] == 503
    assert sum(len(process.calls) for process in processes) == 2


def test_a_message_to_a_process_that_hangs_is_answered_in_time(proxy: Proxy, processes: list[FakeRasa]) -> None:
    token = new_token()
    first = process_of(proxy, token, processes)
    first.behave("hangs")
    began = time.monotonic()
    status, answer = say(proxy, token)
    assert time.monotonic() - began < MAX_WAIT
    assert status == 200
    assert answer["process"] != first.port
    began = time.monotonic()
    assert say(proxy, token)[0] == 200
    assert time.monotonic() - began < MAX_WAIT / 3, "it is left alone for a while"


def test_every_visitor_is_told_in_time_when_all_hang(proxy: Proxy, processes: list[FakeRasa]) -> None:
    for process in processes:
        process.behave("hangs")
    began = time.monotonic()
    status, answer = say(proxy, new_token())
    assert time.monotonic() - began < MAX_WAIT
    assert status == 503
    assert "911" in answer["emergency"]


@pytest.fixture
def alone(proxy: Proxy, processes: list[FakeRasa]) -> Proxy:
    """nginx with nothing behind it."""
    for process in processes:
        process.behave("gone")
    return proxy


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "webhook"),
        ("POST", "session"),
        ("DELETE", "session"),
        ("GET", "history"),
        ("POST", "feedback"),
        ("GET", "health"),
    ],
)
def test_with_nothing_behind_it_the_clinics_page_can_read_the_safe_text(alone: Proxy, method: str, path: str) -> None:
    body = {"message": CANARY} if method == "POST" else None
    status, headers, answer = alone.call(method, path, body, Origin=WEBSITE, Authorization=f"Bearer {new_token()}")
    assert (status, answer["error"]) == (503, "not_ready")
    assert "911" in answer["emergency"]
    for words in ("988", "911", "(555) 010-0142", "board-certified dermatologist"):
        assert words in answer["message"]
    assert headers["Access-Control-Allow-Origin"] == WEBSITE
    assert int(headers["Retry-After"]) >= 1
    assert headers["Cache-Control"] == "no-store"


def test_a_page_in_spanish_is_refused_in_spanish(proxy: Proxy, processes: list[FakeRasa]) -> None:
    message = ("POST", "webhook?language=es", {"message": CANARY})
    assert proxy.call(*message)[2]["path"] == "/webhooks/web/webhook?language=es"
    sessions = [proxy.call("POST", "session?language=es", X_Forwarded_For="10.0.0.5") for _ in range(SESSION_BURST + 1)]
    refused = {
        "too_fast": sessions[-1],
        "too_large": proxy.call("POST", "webhook?language=es", b"x" * (MAX_BODY_SIZE + 1)),
        "not_found": proxy.call("GET", "nothing?language=es"),
        "unknown_clinic": proxy.call("GET", "config?language=es&clinic=nobody"),
    }
    for process in processes:
        process.behave("dies")
    refused["not_ready"] = proxy.call(*message)
    for name, (_, _, answer) in refused.items():
        assert answer == refusal_body(name, REFUSALS[name], "es", Clinic(**CLINIC)), name


def test_with_nothing_behind_it_the_chat_still_opens_on_the_clinics_page(alone: Proxy) -> None:
    asked = {"Origin": WEBSITE, "Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "authorization"}
    status, headers, _ = alone.call("OPTIONS", "webhook", **asked)
    assert (status, headers["Access-Control-Allow-Origin"]) == (204, WEBSITE)
    assert "Idempotency-Key" in headers["Access-Control-Allow-Headers"]
    assert alone.call("GET", "config", Origin=WEBSITE)[2]["emergency_number"] == "911"
    for asked_for, spoken in (("es", "es"), ("xx", "en"), ("../x", "en")):
        assert alone.call("GET", f"config?language={asked_for}", Origin=WEBSITE)[2]["language"] == spoken
    assert alone.call("GET", "widget.js")[0] == alone.call("GET", "chat.js", Origin=WEBSITE)[0] == 200
    assert b"<exosome-chat>" in alone.call("GET", "demo")[2]


@pytest.mark.parametrize("path", ["chat.js", "config", "webhook"])  # any page may load widget.js, and show the number
def test_a_page_elsewhere_gets_nothing(proxy: Proxy, path: str) -> None:
    method = "OPTIONS" if path == "webhook" else "GET"
    status, headers, answer = proxy.call(method, path, Origin="https://elsewhere.example")
    assert (status, answer["error"]) == (403, "origin")
    assert "Access-Control-Allow-Origin" not in headers
    assert proxy.call(method, path, Origin=f"http://127.0.0.1:{proxy.port}")[0] in (200, 204)


def test_nothing_else_is_reached(proxy: Proxy, processes: list[FakeRasa]) -> None:
    paths = (
        *(
            "/",
            "/webhooks/",
            "/webhooks/rest/webhook",
            "/webhooks/web/webhook/x",
            "/webhooks/web/Webhook",
            "/webhooks/web/../../model",
        ),
        *(
            "/conversations/x/tracker",
            "/status",
            "/metrics",
            "/nginx.conf",
            "/errors/not_ready_en.json",
            "/config/clinic_en.json",
            "/preflight",
        ),
        *("/run/access.log", "/webhooks/web/strings", "/webhooks/web/strings/", "/webhooks/web/strings/xx.js"),
        *(
            "/webhooks/web/widget.js.gz",
            "/webhooks/web/..%2f..%2fconfig/clinic_en.json",
            "/webhooks/web/..%2f..%2f..%2fnginx.conf",
        ),
        *("/webhooks/web/../../errors/not_ready_en.json", "/webhooks/telegram/set_webhook"),
    )
    for path in paths:
        for method in ("GET", "POST"):
            connection = http.client.HTTPConnection("127.0.0.1", proxy.port)
            connection.request(method, path)
            answer = connection.getresponse()
            assert answer.status in (400, 404), path
            assert set(json.load(answer)) == {"error", "message", "emergency"}, path
            connection.close()
    assert not any(process.calls for process in processes)


def test_a_file_cannot_be_posted_to(proxy: Proxy) -> None:
    assert proxy.call("POST", "widget.js", {})[2]["error"] == "not_found"


def test_too_large_a_body_is_refused_before_a_process_hears_of_it(proxy: Proxy, processes: list[FakeRasa]) -> None:
    status, headers, answer = proxy.call("POST", "webhook", b"x" * (MAX_BODY_SIZE + 1), Origin=WEBSITE)
    assert (status, answer["error"], headers["Access-Control-Allow-Origin"]) == (413, "too_large", WEBSITE)
    telegram = Client(f"http://127.0.0.1:{proxy.port}/webhooks/telegram")
    assert telegram.call("POST", "webhook", b"x" * (MAX_REQUEST_SIZE + 1))[0] == 413
    assert not any(process.calls for process in processes)
    assert proxy.call("POST", "webhook", b"x" * MAX_BODY_SIZE)[0] == 200
    assert telegram.call("POST", "webhook", b"x" * MAX_REQUEST_SIZE)[0] == 200


@pytest.mark.parametrize(
    "begin",
    [
        b"no http at all\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /" + b"x" * 40_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /webhooks/web/config HTTP/1.1\r\nHost: x\r\nA: " + b"x" * 40_000 + b"\r\n\r\n",
    ],
    ids=["no method", "no host", "a long address", "a long header"],
)
def test_what_is_no_request_gets_an_answer_all_the_same(proxy: Proxy, begin: bytes) -> None:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=MAX_WAIT) as visitor:
        visitor.sendall(begin)
        answer = visitor.makefile("rb").read()
    assert b'"emergency"' in answer
    assert answer.split()[1] in (b"400", b"414")


def test_too_many_sessions_from_one_address(proxy: Proxy) -> None:
    answers = [proxy.call("POST", "session", X_Forwarded_For="10.0.0.1", Origin=WEBSITE) for _ in range(SESSION_BURST + 1)]
    assert [status for status, _, _ in answers] == [200] * SESSION_BURST + [429]
    _, headers, answer = answers[-1]
    assert (headers["Retry-After"], answer["error"], headers["Access-Control-Allow-Origin"]) == ("20", "too_fast", WEBSITE)
    assert proxy.call("POST", "session", X_Forwarded_For="10.0.0.2")[0] == 200
    assert proxy.call("DELETE", "session", X_Forwarded_For="10.0.0.1")[0] == 200


def test_too_many_messages_from_one_address(proxy: Proxy) -> None:
    asked = 0
    # On a slow machine more are let through meanwhile.
    while (status := say(proxy, new_token(), X_Forwarded_For="10.0.0.3")[0]) == 200 and asked < 5 * ADDRESS_BURST:
        asked += 1
    assert (status, asked >= ADDRESS_BURST) == (429, True)
    assert say(proxy, new_token(), X_Forwarded_For="10.0.0.4")[0] == 200


def test_a_slow_visitor_is_cut_off_and_no_process_waits_for_one(proxy: Proxy, processes: list[FakeRasa]) -> None:
    head = b"POST /webhooks/web/webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n"
    visitors = [socket.create_connection(("127.0.0.1", proxy.port), timeout=MAX_WAIT) for _ in range(2)]
    visitors[0].sendall(head)
    visitors[1].sendall(head + b'\r\n{"message')
    began = time.monotonic()
    for visitor in visitors:
        with contextlib.suppress(ConnectionResetError):
            assert visitor.recv(1000) == b""
        visitor.close()
    assert time.monotonic() - began < MAX_WAIT
    assert not any(process.calls for process in processes)


def test_no_log_holds_a_word_of_a_visitor_who_is_answered_or_whose_process_dies(proxy: Proxy, processes: list[FakeRasa]) -> None:
    token = new_token()
    processes[0].behave("dies")
    for path in ("webhook", f"webhook?message={CANARY}", CANARY):
        for conversation in (token, *(new_token() for _ in range(5))):
            proxy.call("POST", path, {"message": CANARY}, Authorization=f"Bearer {conversation}", User_Agent=CANARY)
    kept = b"".join(file.read_bytes() for file in proxy.folder.rglob("*") if file.is_file())
    assert CANARY.encode() not in kept
    assert token.encode() not in kept


def test_no_log_holds_a_word_of_a_visitor_whom_nobody_answers(alone: Proxy) -> None:
    token = new_token()
    for path in ("webhook", f"webhook?message={CANARY}", CANARY, f"{CANARY}.js", f"strings/{CANARY.lower()}.js"):
        for method in ("POST", "GET", CANARY.upper()):
            alone.call(method, path, {"message": CANARY}, Authorization=f"Bearer {token}", User_Agent=CANARY, Referer=CANARY)
    kept = b"".join(file.read_bytes() for file in alone.folder.rglob("*") if file.is_file()).lower()
    assert CANARY.lower().encode() not in kept
    assert token.encode() not in kept


# In front of the real server.


@pytest.fixture(scope="module")
def real(server: Server) -> Iterator[Proxy]:
    with open_folder() as folder:
        proxy = Proxy(folder)
        proxy.write(f"127.0.0.1:{server.port}", CLINIC_FILE=str(ROOT / "clinic.yml"))
        with proxy.running():
            yield proxy


def served(client: Client, name: str, **headers: str) -> tuple[int, dict[str, str], Any]:
    """Returns a file with what of its headers is the channel's and not the machine's."""
    status, received, content = client.call("GET", name, **headers)
    ours = (
        "content-type",
        "cache-control",
        "referrer-policy",
        "content-security-policy",
        "x-content-type-options",
        "content-encoding",
        "access-control-allow-origin",
    )
    lower = {header.lower(): value for header, value in received.items()}
    return status, {header: lower.get(header) for header in ours}, content


def test_the_script_has_the_address_of_the_proxy(real: Proxy) -> None:
    for encoding in ("", "gzip"):
        status, headers, content = real.call("GET", "widget.js", Accept_Encoding=encoding, Origin="https://elsewhere.example")
        script = gzip.decompress(content) if encoding else content
        assert (status, headers["Access-Control-Allow-Origin"]) == (200, "*")
        assert urlsplit(real.address).netloc.encode() in script
        assert real.call("GET", "widget.js", If_None_Match=headers["ETag"])[0] == 304


def test_any_page_learns_how_to_reach_the_clinic(server: Server, real: Proxy) -> None:
    for origin, allowed in (("https://elsewhere.example", False), (urlsplit(real.address)._replace(path="").geturl(), True)):
        status, headers, contact = real.call("GET", "contact", Origin=origin)
        assert (status, headers["Access-Control-Allow-Origin"], contact["allowed"]) == (200, "*", allowed)
    assert contact == server.call("GET", "contact", Origin=server.address.split("/webhooks")[0])[2]


@pytest.mark.parametrize("name", ["config", "demo", *(name for name in FILES if name != "widget.js")])
def test_the_files_are_the_channels(server: Server, real: Proxy, name: str) -> None:
    assert served(real, name) == served(server, name)
    assert served(real, name, Accept_Encoding="gzip") == served(server, name, Accept_Encoding="gzip")
    headers = real.call("GET", name)[1]
    assert real.call("GET", name, If_None_Match=headers["ETag"])[0] == 304


def test_a_tag_stands_for_the_content(tmp_path: Path) -> None:
    times = []
    for folder in (tmp_path / "one", tmp_path / "other"):
        WidgetFiles().write(folder)
        times.append({path.name: path.stat().st_mtime for path in folder.rglob("*.js*")})
    assert times[0] == times[1]
    assert len(set(times[0].values())) == len(times[0]) / 2, "a file and its zipped copy"


def test_a_conversation_through_nginx(server: Server, real: Proxy) -> None:
    token = server.session()
    assert len(real.call("POST", "session")[2]["sender"].split(".")) == 3
    assert kinds(real.say(token, "how much does it cost")[1]) == ["answer ask_cost", "referral"]
    bearer = {"Authorization": f"Bearer {token}"}
    status, headers, answer = real.call("POST", "webhook", {"message": "my throat is closing"}, **bearer)
    assert (status, kinds(answer)[0]) == (200, "emergency")
    assert len(real.call("GET", "history", **bearer)[2]) > 4
    assert real.call("POST", "feedback", {"topic": "ask_cost", "helpful": True}, **bearer)[2] == {"stored": True}
    assert real.call("DELETE", "session", **bearer)[2] == {"deleted": True}
    assert real.call("GET", "health")[2]["status"] == "ready"
    assert real.say("no token", "hi")[1]["error"] == "session"
    telegram = Client(f"http://127.0.0.1:{real.port}/webhooks/telegram")
    assert telegram.call("POST", "webhook", {})[0] == 403
    assert telegram.call("POST", "webhook", {}, X_Telegram_Bot_Api_Secret_Token="secret-of-the-test")[0] == 200


# TLS.


def test_https_and_the_way_to_it(processes: list[FakeRasa]) -> None:
    with open_folder() as folder:
        certify(folder)
        proxy, plain = Proxy(folder, folder / "certificate"), free_port()
        files = ["--tls", str(folder / "certificate"), str(folder / "key")]
        proxy.write(f"127.0.0.1:{processes[0].port}", *files, "--redirect", f"127.0.0.1:{plain}")
        with proxy.running():
            status, headers, _ = proxy.call("POST", "webhook", {"message": "hi"})
            assert (status, headers["Strict-Transport-Security"]) == (200, "max-age=31536000")
            assert "Strict-Transport-Security" in proxy.call("GET", "widget.js")[1]
            connection = http.client.HTTPConnection("127.0.0.1", int(plain))
            connection.request("GET", "/webhooks/web/demo", headers={"Host": "chat.example"})
            answer = connection.getresponse()
            assert (answer.status, answer.headers["Location"]) == (308, "https://chat.example/webhooks/web/demo")


@pytest.mark.parametrize(("address", "refused"), [("127.0.0.1:8080", False), ("0.0.0.0:8080", True)])
def test_limits_are_lifted_on_loopback_only(tmp_path: Path, address: str, refused: bool) -> None:
    command = [sys.executable, "-m", "deploy.nginx", str(tmp_path), "127.0.0.1:1", "--listen", address]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "RATE_LIMIT": "off"}, capture_output=True, text=True)
    assert bool(done.returncode) == refused
    if refused:
        assert "not allowed on 0.0.0.0, which is not loopback" in done.stderr
    else:
        assert "limit_req" not in (tmp_path / "nginx.conf").read_text()


@pytest.mark.parametrize(
    ("host", "process"), [("127.0.0.2", "127.0.0.2:6005"), ("0.0.0.0", "127.0.0.1:6005"), ("::", "[::1]:6005")]
)
def test_without_a_process_it_asks_the_one_that_the_settings_name(tmp_path: Path, host: str, process: str) -> None:
    environment = {**os.environ, "HOST": host, "PORT": "6005"}
    subprocess.run([sys.executable, "-m", "deploy.nginx", str(tmp_path)], cwd=ROOT, env=environment, check=True)
    assert f"server {process} " in (tmp_path / "nginx.conf").read_text()


CHAIN = {"north": {"name": "North Hair", "country": "US"}, "south": {"name": "South Skin", "country": "GB"}}


def test_several_clinics_are_kept_apart(processes: list[FakeRasa]) -> None:
    with open_folder() as folder:
        clinics = folder / "clinics"
        clinics.mkdir()
        for name, fields in CHAIN.items():
            websites = [f"https://www.{name}.example"]
            (clinics / f"{name}.yml").write_text(yaml.safe_dump({**fields, "websites": websites}))
        proxy = Proxy(folder)
        proxy.write(*(f"127.0.0.1:{process.port}" for process in processes))
        with proxy.running():
            for name, fields in CHAIN.items():
                own, other = (f"https://www.{clinic}.example" for clinic in sorted(CHAIN, key=lambda clinic: clinic != name))
                status, headers, config = proxy.call("GET", f"config?clinic={name}", Origin=own)
                assert (status, config["clinic_name"]) == (200, fields["name"])
                assert (headers["Access-Control-Allow-Origin"], headers["Cache-Control"]) == (own, "no-store")
                status, headers, refused = proxy.call("GET", f"config?clinic={name}", Origin=other)
                assert (status, refused["error"], headers.get("Access-Control-Allow-Origin")) == (403, "origin", None)
                contacts = [proxy.call("GET", f"contact?clinic={name}", Origin=origin)[2] for origin in (own, other)]
                assert [(contact["clinic_name"], contact["allowed"]) for contact in contacts] == [
                    (fields["name"], True),
                    (fields["name"], False),
                ]
                asked = proxy.call("GET", f"hours?clinic={name}", Origin=own)[2][
                    "path"
                ]  # a process answers, as it knows the time
                assert asked == f"/webhooks/web/hours?clinic={name}&language=en"
                assert proxy.call("OPTIONS", "session", Origin=own)[0] == 204
            for name in ("", "gone", "NORTH", "..", "../config/north", "%2e%2e/north", "north.json", "north%00", "north/", "/"):
                for path in ("config", "contact"):
                    status, _, answer = proxy.call("GET", f"{path}?clinic={name}")
                    assert (status, answer["error"]) == (404, "unknown_clinic"), name
                    assert "911" not in answer["emergency"]
            tokens = [f"north.{new_token()}" for _ in range(20)]
            assert len({serving(proxy, token) for token in tokens}) > 1
            assert all(serving(proxy, token) == serving(proxy, f"{token.rsplit('.', 2)[0]}.x.y") for token in tokens)
