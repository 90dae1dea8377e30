"""`make doctor` under real conditions: a taken port, a certificate that has ended, a folder that cannot be written."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from channels.callbacks import intake
from commands import doctor
from commands.doctor_checks import callbacks, machine, server, settings
from commands.doctor_checks.finding import BROKEN, OK, WARNING, Finding
from commands.loopback import certify
from components.storage.database import Database
from runtime.paths import ROOT
from runtime.version import VERSION
from tests.support.certificates import https_server
from tests.support.client import free_port
from tests.support.receivers import PASSWORD, USER, Certified, MailServer, WebhookReceiver

FILLED = (
    "name: Fern Clinic\nphone: +1 212 736 5000\nbooking_link: https://fern.clinic/book\nprivacy_notice: https://fern.clinic/p\n"
)
WEBSITES = "websites: [https://www.fern.clinic, https://fern.clinic]\n"


def clinic(tmp_path: Path, text: str) -> dict[str, str]:
    """Returns an environment whose clinic has the settings in `text`."""
    file = tmp_path / "clinic.yml"
    file.write_text(text)
    return {"CLINIC_FILE": str(file)}


def levels(found: Iterable[Finding]) -> list[str]:
    return [finding.level for finding in found]


def only(found: Iterable[Finding], level: str) -> str:
    """Returns the text of the only finding, which must have this level; and if it is not OK, say how to fix it."""
    (finding,) = found
    assert finding.level == level, finding
    assert level == OK or finding.fix
    return finding.text


def answering(answers: dict[str, Any], headers: dict[str, str] | None = None) -> type[BaseHTTPRequestHandler]:
    """Returns a handler that answers each path with its JSON."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(answers.get(self.path)).encode()
            self.send_response_only(200 if self.path in answers else 404)
            for name, value in {"Date": format_datetime(datetime.now(timezone.utc)), **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@contextlib.contextmanager
def http_server(answers: dict[str, Any], host: str = "127.0.0.1") -> Iterator[str]:
    """Runs an HTTP server on loopback. Yields its port."""
    running = HTTPServer((host, 0), answering(answers))
    Thread(target=running.serve_forever, daemon=True).start()
    try:
        yield str(running.server_address[1])
    finally:
        running.shutdown()
        running.server_close()


@pytest.fixture
def taken_port() -> Iterator[str]:
    """A port on which another program answers."""
    with http_server({}) as port:
        yield port


# The machine


def test_python() -> None:
    assert "3.10 is there" in only(machine.python_version(version=(3, 10)), OK)


def test_disk(tmp_path: Path) -> None:
    assert levels(machine.disk(folder=tmp_path, needed=0.001)) == [OK]
    assert "it takes 9e+06 GB" in only(machine.disk(folder=tmp_path, needed=9e6), BROKEN)


@pytest.mark.parametrize(
    ("total", "free", "swap", "expected"),
    [(8, 7, 1, [OK]), (8, 0.5, 1, [WARNING]), (0.5, 0.4, 1, [BROKEN]), (2, 1.5, 0, [OK, WARNING])],
)
def test_memory(total: float, free: float, swap: float, expected: list[str]) -> None:
    fields = {"MemTotal": total, "MemAvailable": free, "SwapTotal": swap}
    text = "\n".join(f"{name}: {int(amount * 1024**2)} kB" for name, amount in fields.items())
    if not (ROOT / "models" / "assistant.tar.gz").exists() and expected[0] == OK and free + swap < machine.MEMORY_TO_TRAIN:
        expected = [WARNING, *expected[1:]]
    assert levels(machine.memory(meminfo=text)) == expected


def test_the_memory_of_this_machine_can_be_read() -> None:
    assert levels(machine.memory())


def test_open_files() -> None:
    assert "may open" in only(machine.open_files(needed=2**62), WARNING)
    assert levels(machine.open_files(needed=1)) == [OK]


def test_a_state_folder_that_cannot_be_written(tmp_path: Path) -> None:
    assert levels(machine.state({"ASSISTANT_STATE": str(tmp_path / "new" / "state")})) == [OK]
    assert not (tmp_path / "new").exists()
    # A folder that not even root can write in.
    assert "/proc cannot be written" in only(machine.state({"ASSISTANT_STATE": "/proc/assistant"}), BROKEN)


def test_files_that_others_can_read(tmp_path: Path) -> None:
    environment = {"ASSISTANT_STATE": str(tmp_path)}
    tmp_path.chmod(0o700)
    secrets_files = (tmp_path / "secrets", tmp_path / "actions")
    for file in (tmp_path / "session_secret", *secrets_files):
        file.touch(mode=0o600)
        assert list(machine.private_files(environment, secrets_files)) == []
        file.chmod(0o644)
        assert str(file) in only(machine.private_files(environment, secrets_files), BROKEN)
        file.chmod(0o600)


def test_clock() -> None:
    assert levels(machine.clock()) in ([OK], [WARNING])


# clinic.yml and the environment


def test_a_wrong_clinic_file_is_reported_once(tmp_path: Path) -> None:
    environment = clinic(tmp_path, "phone: call us\ncolour: red")
    assert "2 wrong field(s)" in only(settings.clinic_file(environment), BROKEN)
    for check in (settings.unfilled, settings.placeholders, settings.websites, server.certificates):
        assert list(check(environment)) == []


def test_each_of_several_clinics_is_checked(tmp_path: Path) -> None:
    environment = {"CLINICS_FOLDER": str(tmp_path)}
    for name, text in (("north", "phone: call us"), ("south", "colour: red"), ("west", FILLED), ("east", "name: East")):
        (tmp_path / f"{name}.yml").write_text(text)
    found = list(settings.clinic_file(environment))
    assert levels(found) == [BROKEN, BROKEN]
    assert ("north.yml" in found[0].text, "south.yml" in found[1].text) == (True, True)
    assert "`phone` is empty in east.yml" in "".join(finding.text for finding in settings.unfilled(environment))
    for name in ("north", "south"):
        (tmp_path / f"{name}.yml").unlink()
    assert "The 2 files" in only(settings.clinic_file(environment), OK)
    (tmp_path / "North.yml").touch()
    assert "no clinic's id" in only(settings.clinic_file(environment), BROKEN)


def test_a_complete_clinic_file_is_fine(tmp_path: Path) -> None:
    environment = clinic(tmp_path, FILLED + WEBSITES)
    assert levels(settings.clinic_file(environment)) == [OK]
    for check in (settings.unfilled, settings.placeholders, settings.websites):
        assert list(check(environment)) == []


def test_what_is_not_filled_in(tmp_path: Path) -> None:
    found = list(settings.unfilled(clinic(tmp_path, "opening_hours: [Mo 09:00-17:00]")))
    assert levels(found) == [WARNING] * (len(settings.WANTED) + 1)
    assert "time_zone" in found[-1].text


@pytest.mark.parametrize(
    "text",
    [
        "phone: +1 555 010 0100",
        "phone: (555) 212-7365",
        "phone: 212-555-0142",
        "name: Example Dermatology",
        "email: desk@example.com",
        "booking_link: https://www.example.org/book",
        "websites: [https://larkspur.example]",
        "doctors: [{name: Dr. Ana Ruiz}]",
    ],
)
def test_an_example_that_was_left_in_the_clinic_file(tmp_path: Path, text: str) -> None:
    assert f"`{text.split(':')[0]}`" in only(settings.placeholders(clinic(tmp_path, text)), BROKEN)


@pytest.mark.parametrize("text", ["phone: +1 212 736 5550", "phone: +44 20 7946 5551", "name: Examples", "email: a@fern.clinic"])
def test_what_only_looks_like_an_example(tmp_path: Path, text: str) -> None:
    assert list(settings.placeholders(clinic(tmp_path, text))) == []


def test_own_words_that_a_translation_lacks(tmp_path: Path) -> None:
    text = "hours: Monday\nparking: Free parking.\ntranslations: {es: {parking: Estacionamiento gratis.}}"
    assert "`hours`" in only(settings.translations(clinic(tmp_path, text)), WARNING)
    assert list(settings.translations(clinic(tmp_path, "hours: Monday"))) == []


def test_a_website_without_https(tmp_path: Path) -> None:
    found = settings.websites(clinic(tmp_path, "websites: [http://www.fern.clinic, http://fern.clinic]"))
    assert levels(found) == [WARNING, WARNING]


def test_environment(tmp_path: Path) -> None:
    assert list(settings.secrets({"SESSION_SECRET": "x" * 64})) == []
    wanted = {**clinic(tmp_path, "callback: desk@fern.clinic"), "ASSISTANT_STATE": str(tmp_path)}
    assert levels(settings.secrets(wanted)) == [WARNING, WARNING]
    (tmp_path / "session_secret").touch()
    assert "CALLBACK_SECRET is not set" in only(settings.secrets(wanted), WARNING)
    assert list(settings.proxy({"SANIC_PROXIES_COUNT": "1"})) == []
    assert levels(settings.proxy({"HOST": "0.0.0.0", "RATE_LIMIT": "off"})) == [WARNING, WARNING, BROKEN]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"MAX_DATABASE_SIZE": "10GB"}, "a number of megabytes"),
        ({"PORT": "5056"}, "are both 5056"),
        ({"PORT": "99999"}, "from 1 to 65535"),
        ({"ACTION_PORT": "http"}, "from 1 to 65535"),
        ({"SESSION_SECRET": "short"}, "too short"),
    ],
)
def test_a_variable_that_stops_the_start_is_told_once(wrong: dict[str, str], said: str) -> None:
    assert list(settings.variables({})) == []
    assert said in only(settings.variables(wrong), BROKEN)
    if "1 to 65535" in said:
        assert list(server.ports(wrong)) == []


# The way of a request to be called back


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    return Certified(tmp_path_factory.mktemp("certificate"))


def mailing(tmp_path: Path, port: str, **changed: str) -> dict[str, str]:
    mail = {"SMTP_SERVER": "127.0.0.1", "SMTP_PORT": port, "SMTP_USER": USER, "SMTP_PASSWORD": PASSWORD}
    return {**clinic(tmp_path, "callback: desk@fern.clinic"), **mail, **changed}


def trust(certified: Certified, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "_trusted", lambda: certified.trusted)


def test_a_mail_server_is_asked_and_gets_no_mail(tmp_path: Path, certified: Certified, monkeypatch: pytest.MonkeyPatch) -> None:
    trust(certified, monkeypatch)
    with MailServer(certified).running() as server:
        assert "takes mail for desk@fern.clinic" in only(callbacks.callbacks(mailing(tmp_path, server.port)), OK)
        wrong = callbacks.callbacks(mailing(tmp_path, server.port, SMTP_PASSWORD="old"))
        assert "does not take mail for desk@fern.clinic: SMTPAuthenticationError 535" in only(wrong, BROKEN)
        assert server.mails == []
    assert "SMTPConnect" in only(callbacks.callbacks(mailing(tmp_path, server.port)), BROKEN)


def test_a_chain_asks_about_some_of_its_mailboxes_and_says_so(tmp_path: Path) -> None:
    for number in range(callbacks.MAX_MAILBOXES + 2):
        (tmp_path / f"clinic-{number}.yml").write_text("callback: desk@fern.clinic")
    environment = {**mailing(tmp_path, free_port()), "CLINICS_FOLDER": str(tmp_path)}
    (tmp_path / "clinic.yml").unlink()
    found = list(callbacks.callbacks(environment))
    assert levels(found) == [*[BROKEN] * callbacks.MAX_MAILBOXES, OK]
    assert "about 2 more mailboxes" in found[-1].text


def test_one_of_several_clinics_does_not_keep_the_others_waiting(tmp_path: Path, certified: Certified) -> None:
    key = "whsec_" + "A" * 32
    environment = {"CLINICS_FOLDER": str(tmp_path), "CALLBACK_WEBHOOK_SECRET_NORTH": key, "CALLBACK_WEBHOOK_SECRET_SOUTH": key}
    closed = f"https://127.0.0.1:{free_port()}"
    (tmp_path / "north.yml").write_text(f"name: North\ncallback: {closed}/hook")
    assert "does not answer" in only(callbacks.callbacks(environment), BROKEN)
    (tmp_path / "south.yml").write_text(f"name: Example Dermatology\nwebsites: ['{closed}']")
    assert "does not answer" in only(callbacks.callbacks(environment), WARNING)
    assert "of south.yml is an invented example" in only(settings.placeholders(environment), WARNING)
    (tmp_path / "south.yml").write_text(f"callback: https://127.0.0.1:{free_port()}/hook")
    assert levels(callbacks.callbacks(environment)) == [BROKEN, BROKEN]
    del environment["CALLBACK_WEBHOOK_SECRET_SOUTH"]  # which stops the start
    assert levels(callbacks.callbacks(environment)) == [BROKEN, WARNING]


def test_a_mail_server_that_nobody_should_trust(tmp_path: Path, certified: Certified) -> None:
    with MailServer(certified).running() as server:
        assert "does not take mail" in only(callbacks.callbacks(mailing(tmp_path, server.port)), BROKEN)
        assert server.logins == []


@pytest.mark.parametrize(
    "changed", [{"SMTP_SERVER": ""}, {"SMTP_USER": ""}, {"SMTP_PORT": "99999"}, {"SMTP_PORT": "0"}, {"SMTP_PORT": "smtps"}]
)
def test_half_set_mail(tmp_path: Path, changed: dict[str, str]) -> None:
    assert "callback in clinic.yml" in only(callbacks.callbacks({**mailing(tmp_path, "587"), **changed}), BROKEN)


def test_a_mail_server_whose_name_cannot_exist(tmp_path: Path) -> None:
    assert "smtp..fern does not take mail" in only(
        callbacks.callbacks(mailing(tmp_path, "587", SMTP_SERVER="smtp..fern")), BROKEN
    )


def test_a_webhook_is_looked_at_without_its_path(tmp_path: Path, certified: Certified) -> None:
    with WebhookReceiver(certified).running() as receiver:
        environment = clinic(tmp_path, f"callback: {receiver.address}")
        assert "CALLBACK_WEBHOOK_SECRET" in only(callbacks.callbacks(environment), BROKEN)
        environment["CALLBACK_WEBHOOK_SECRET"] = "whsec_" + "A" * 32
        said = only(callbacks.callbacks(environment, certified.trusted), WARNING)
        assert said == f"The certificate of {receiver.address.rpartition('/')[0]} ends in 1 days."
        assert receiver.requests == []
    assert "does not answer" in only(callbacks.callbacks(environment, certified.trusted), BROKEN)


# What runs


def test_a_port_that_another_program_has(taken_port: str) -> None:
    free = {name: free_port() for name in server.PORTS}
    assert levels(server.ports(free)) == [OK, OK, OK]
    found = list(server.ports({**free, "ACTION_PORT": taken_port}))
    assert levels(found) == [OK, BROKEN, OK]
    assert f"Port {taken_port} (ACTION_PORT)" in found[1].text


def test_the_action_server_runs_and_rasa_does_not() -> None:
    ports = {name: free_port() for name in server.PORTS}
    with http_server({"/health": {"status": "ok"}}) as port:
        assert levels(server.ports({**ports, "ACTION_PORT": port})) == [OK, WARNING, OK]


@pytest.mark.parametrize(
    ("version", "store", "expected"),
    [(VERSION, True, [OK]), (VERSION, False, [OK, BROKEN]), ("0.0.1", True, [OK, WARNING])],
)
def test_a_port_that_the_assistant_itself_has(version: str, store: bool, expected: list[str]) -> None:
    parts = {"version": version, "model": True, "store": store, "space": True, "actions": True}
    with http_server({"/webhooks/web/health": parts}) as port:
        assert levels(server.ports({"PORT": port})) == expected


def test_the_assistant_is_asked_where_it_listens() -> None:
    parts = {"version": VERSION, "model": True, "store": True, "space": True, "actions": True}
    with http_server({"/webhooks/web/health": parts}, "127.0.0.2") as port:
        assert "is running" in only(server.ports({"PORT": port, "HOST": "127.0.0.2"}), OK)
    with http_server({}, "127.0.0.2") as port:
        free = {name: free_port() for name in server.PORTS}
        assert levels(server.ports({**free, "PORT": port, "HOST": "127.0.0.2"})) == [BROKEN, OK, OK]
        assert levels(server.ports({**free, "METRICS_PORT": port, "METRICS_HOST": "127.0.0.2"})) == [OK, OK, BROKEN]
        assert levels(server.ports({**free, "PORT": port})) == [OK, OK, OK]


def test_model(tmp_path: Path) -> None:
    environment = {"MODEL": str(tmp_path / "assistant.tar.gz")}
    assert levels(server.model(environment)) == [BROKEN]
    for name in ("assistant.tar.gz", "assistant.tar.gz.sha256"):
        (tmp_path / name).touch()
    assert levels(server.model(environment)) == [OK]


def test_a_database_that_is_new_current_older_newer_or_damaged(tmp_path: Path) -> None:
    file = tmp_path / "conversations.db"
    assert "first start creates it" in only(server.database(address=str(file)), OK)
    assert not file.exists()
    database = Database(str(file))
    database.prepare()
    database.close()
    assert "the latest" in only(server.database(address=str(file)), OK)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    found = list(server.database({"CONVERSATIONS_DB": str(file)}))
    assert levels(found) == [BROKEN]
    assert "newer version" in found[0].text
    connection.close()
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"nonsense" * 1000)
    assert "not a database" in only(server.database(address=str(damaged)), BROKEN)
    with sqlite3.connect(tmp_path / "older.db") as older:
        older.execute("CREATE TABLE other (id TEXT)")
    assert "make a backup first" in only(server.database(address=str(tmp_path / "older.db")), OK)


def test_a_database_that_does_not_answer() -> None:
    text = only(server.database(address=f"postgresql://assistant:geheim@127.0.0.1:{free_port()}/x"), BROKEN)
    assert "refused" in text
    assert "geheim" not in text


def trusting(folder: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(folder / "certificate"))


@pytest.mark.parametrize(
    ("days", "host", "expected", "said"),
    [
        (60, "127.0.0.1", OK, "good for 60 days"),
        (5, "127.0.0.1", WARNING, "ends in 5 days"),
        (-1, "127.0.0.1", BROKEN, "certificate has expired"),
        (60, "127.0.0.2", BROKEN, "IP address mismatch"),
    ],
)
def test_certificates(tmp_path: Path, days: int, host: str, expected: str, said: str) -> None:
    certify(tmp_path, days, host)
    with https_server(tmp_path, answering({})) as address:
        assert said in only(server.certificate(address, trusting(tmp_path)), expected)
        assert "self-signed certificate" in only(server.certificate(address), BROKEN)


def test_a_website_that_nobody_answers_for(tmp_path: Path) -> None:
    environment = clinic(tmp_path, f"websites: ['https://127.0.0.1:{free_port()}']")
    assert "does not answer" in only(server.certificates(environment), WARNING)


def test_the_address_that_visitors_use(tmp_path: Path) -> None:
    certify(tmp_path, 60)
    config = {"/webhooks/web/config": {}}
    assert "PUBLIC_URL is not set" in only(server.public_address({}), WARNING)
    assert "load nothing" in only(server.public_address({"PUBLIC_URL": "http://chat.fern.clinic"}), BROKEN)
    for address in ("https://h:abc", "https://h:99999", "https://chat..fern", "https://[::1"):
        assert f"PUBLIC_URL is {address}, where nothing" in only(server.public_address({"PUBLIC_URL": address}), BROKEN)
    unreachable = {"PUBLIC_URL": f"https://127.0.0.1:{free_port()}"}
    assert "does not answer" in only(server.public_address(unreachable), BROKEN)
    for handler, expected in (
        (answering(config), [OK, OK]),
        (answering({}), [OK, BROKEN]),
        (answering(config, {"Date": "Sat, 01 Aug 2026 10:00:00 GMT"}), [OK, OK, WARNING]),
    ):
        with https_server(tmp_path, handler) as address:
            assert levels(server.public_address({"PUBLIC_URL": f"{address}/"}, trusting(tmp_path))) == expected


# All of it


def test_what_is_broken_makes_it_fail_and_a_warning_does_not(tmp_path: Path, taken_port: str) -> None:
    ports = {name: free_port() for name in server.PORTS}
    settings = {**ports, **clinic(tmp_path, FILLED), "ASSISTANT_STATE": str(tmp_path), "PATH": "/usr/bin:/bin"}
    tmp_path.chmod(0o700)
    (tmp_path / "assistant.tar.gz").touch()
    (tmp_path / "assistant.tar.gz.sha256").touch()
    settings["MODEL"] = str(tmp_path / "assistant.tar.gz")

    def run(**more: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "commands.doctor"]
        done = subprocess.run(command, cwd=ROOT, env={**settings, **more}, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        return done.returncode, done.stdout

    status, said = run()
    assert (status, "0 broken" in said, "warning  public address" in said) == (0, True, True), said
    status, said = run(PORT=taken_port)
    assert (status, "1 broken" in said, f"BROKEN   ports: Port {taken_port}" in said) == (1, True, True), said


def test_what_is_the_same_for_many_clinics_has_one_line(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"clinic-{number:02}.yml").write_text(f"{FILLED}callback: desk@fern.clinic")
    (tmp_path / "clinic-07.yml").write_text("name: North")
    environment = {"CLINICS_FOLDER": str(tmp_path)}
    found = list(doctor.examine([settings.unfilled, callbacks.callbacks], environment))
    everybody, *alone, mail = [finding.text for _, finding in found]
    assert "`websites` is empty in clinic-00.yml, clinic-01.yml, clinic-02.yml and 27 more: no page" in everybody
    assert len(alone) == 3
    assert all("in clinic-07.yml:" in text for text in alone)
    assert mail.startswith("callback in clinic-00.yml, clinic-01.yml, clinic-02.yml and 26 more is an e-mail address")


def test_before_the_installation_it_only_needs_python() -> None:
    """Without what we install, and on the newer Python of the system if there is one."""
    loaded = "import sys; from commands import doctor; print(*sorted(name.split('.')[0] for name in sys.modules))"
    done = subprocess.run([sys.executable, "-S", "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"yaml", "pydantic", "sqlalchemy", "rasa"}.isdisjoint(done.stdout.split())


def test_every_check_is_in_the_table_once() -> None:
    names = [check.__name__ for check in (*doctor.OF_THE_MACHINE, *doctor.of_the_assistant())]
    assert len(names) == len(set(names)) > 15
