"""`make demo`: an invented clinic that has filled in everything, and says on every page that it is invented."""

from __future__ import annotations

import asyncio
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from channels.callbacks.courier import Notice
from channels.callbacks.form import Form
from channels.callbacks.mail import Mailbox
from commands import demo
from commands.demo_mailbox import DemoMailbox
from commands.doctor_checks import settings
from runtime.clinic import Clinic, load_clinic
from runtime.paths import WIDGET
from tests.support.client import free_port

ASSISTANT = "http://127.0.0.1:5005/webhooks/web"
CLINIC = load_clinic(demo.FOLDER / "clinic.yml")
NOT_FOR_A_DEMO = ["websites", "check_also_on", "report_not_understood", "consent_to_store"]


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[DemoMailbox]:
    running = DemoMailbox(tmp_path)
    yield running
    running.stop()


@pytest.fixture
def address(mailbox: DemoMailbox) -> Iterator[str]:
    server = demo.page_server(partial(demo.render, CLINIC, ASSISTANT, mailbox.mails), ASSISTANT, free_port())
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_every_field_is_filled_in() -> None:
    assert [name for name in Clinic.__fields__ if not getattr(CLINIC, name)] == NOT_FOR_A_DEMO


def test_nobody_can_take_it_for_a_real_clinic() -> None:
    found = [finding.text for finding in settings.placeholders({"CLINIC_FILE": str(demo.FOLDER / "clinic.yml")})]
    for field in ("phone", "email", "booking_link", "map_link", "privacy_notice", "chat_page"):
        assert any(f"`{field}`" in text for text in found), field
    page = demo.render(CLINIC, ASSISTANT, [], "page")
    assert page.index("are invented") < page.index("<header>")
    assert "invented" in CLINIC.greeting
    assert "tel:" not in page, "a press would call a number"


def test_the_page_shows_the_clinic_of_the_file_with_the_chat(address: str) -> None:
    with urllib.request.urlopen(f"{address}/?page=1", timeout=5) as answer:
        page, policy = answer.read().decode(), answer.headers["Content-Security-Policy"]
    for words in (CLINIC.name, CLINIC.hours, CLINIC.phone, *(doctor.name for doctor in CLINIC.doctors)):
        assert words in page
    assert f'<script src="{ASSISTANT}/widget.js" defer></script>' in page
    assert "default-src 'none'; script-src http://127.0.0.1:5005; style-src http://127.0.0.1:5005" in policy
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{address}/clinic.yml", timeout=5)


def test_the_clinic_admits_its_own_page_only(tmp_path: Path) -> None:
    demo.write_clinic_file(tmp_path / "demo" / "clinic.yml", "http://127.0.0.1:9")
    written = load_clinic(tmp_path / "demo" / "clinic.yml")
    assert written == CLINIC.copy(update={"websites": ["http://127.0.0.1:9"]})


def test_text_of_the_clinic_is_no_markup() -> None:
    for page in demo.PAGES.values():
        assert "<b>" not in demo.render(CLINIC.copy(update={"name": "<b>Larkspur</b>"}), ASSISTANT, [], page)


def test_the_mailbox_shows_the_mail_that_has_come(address: str, mailbox: DemoMailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def page() -> str:
        with urllib.request.urlopen(f"{address}/mailbox", timeout=5) as answer:
            return answer.read().decode()

    assert "No mail yet" in page()
    settings = mailbox.settings("website@larkspur.example.com")
    monkeypatch.setenv("SSL_CERT_FILE", settings["SSL_CERT_FILE"])
    trusted = ssl.create_default_context()
    server, port, sender = settings["SMTP_SERVER"], int(settings["SMTP_PORT"]), settings["SMTP_FROM"]
    courier = Mailbox(CLINIC.callback, server, port, sender, "", "", trusted)
    form = Form(name="<b>Jo</b>", phone="+1 212-555-0142", email="", when="morning")
    asyncio.run(courier.deliver(Notice("requested", "K7MQ-XQ4A", CLINIC.name, form)))
    shown = page()
    for words in ("request K7MQ-XQ4A", "&lt;b&gt;Jo&lt;/b&gt;", "+1 212-555-0142", "in the morning"):
        assert words in shown
    assert "No mail yet" not in shown


def test_the_page_of_a_real_server_shows_no_mailbox() -> None:
    assert "mail" not in (WIDGET / "demo.html").read_text(encoding="utf-8").lower()
