"""Requests to be called back reach a real mail server and a real webhook, whatever these do, or end after three days."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from channels.callbacks.courier import Courier, DeliveryError, Notice
from channels.callbacks.delivery import FIRST_PAUSE, MAX_AGE, MAX_PAUSE, CallbackDelivery, pause
from channels.callbacks.encryption import FormCipher
from channels.callbacks.form import Form
from channels.callbacks.intake import CallbackIntake
from channels.callbacks.mail import Mailbox
from channels.callbacks.webhook import Webhook
from components.storage.callbacks import CallbackStore
from components.storage.database import Database
from components.storage.tables import CALLBACKS
from runtime.clinic import CLINIC_ID, Clinic
from runtime.metrics import CALLBACKS as FIGURES
from runtime.paths import ROOT
from tests.support.clinics import only
from tests.support.receivers import PASSWORD, USER, Certified, MailServer, WebhookReceiver

SECRET, KEY = "c" * 40, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
FORM: Form = {"name": "Zoë Bell", "phone": "+1 212-555-0142", "email": "zoe@example.com", "when": "morning"}
SENDER, NOON = "a" * 32, 1_800_000_000.0
IMPATIENT = 0.5  # seconds for one attempt
LARKSPUR = only(Clinic(name="Larkspur"))


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    return Certified(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    """A certificate that nobody here trusts."""
    return Certified(tmp_path_factory.mktemp("foreign"))


@pytest.fixture
def mail(certified: Certified) -> Iterator[MailServer]:
    with MailServer(certified).running() as server:
        yield server


@pytest.fixture
def webhook(certified: Certified) -> Iterator[WebhookReceiver]:
    with WebhookReceiver(certified).running() as receiver:
        yield receiver


class Intake:
    """Requests in a database of their own, and what delivers them, at a time that the test tells."""

    def __init__(self, file: Path) -> None:
        self.file, self.now = file, NOON
        self.database = Database(str(file))
        self.store = CallbackStore(self.database)

    def ask(self, key: str = "1") -> str:
        return asyncio.run(CallbackIntake(SECRET).take(self.store, SENDER, FORM, key, self.now))

    def deliver(self, courier: Courier | None) -> None:
        """Runs one round."""
        delivery = CallbackDelivery(self.store, FormCipher(SECRET), lambda _: courier, LARKSPUR, lambda: self.now)
        asyncio.run(delivery.deliver_due())

    def rows(self) -> list[Any]:
        with self.database.engine.connect() as connection:
            return connection.execute(sqlalchemy.select(CALLBACKS)).all()


@pytest.fixture
def intake(tmp_path: Path) -> Intake:
    return Intake(tmp_path / "conversations.db")


def mailbox(server: MailServer, trusted: ssl.SSLContext, password: str = PASSWORD) -> Mailbox:
    return Mailbox("desk@larkspur.example", "127.0.0.1", int(server.port), USER, USER, password, trusted, IMPATIENT)


def hook(receiver: WebhookReceiver, trusted: ssl.SSLContext, secrets: str = KEY) -> Webhook:
    return Webhook(receiver.address, secrets, trusted, IMPATIENT)


def is_genuine(headers: dict[str, str], body: bytes, secret: str) -> bool:
    """The check that docs/callback.md gives to those who receive."""
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "callback.md").read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    return names["is_genuine"](headers, body, secret)


# By mail.


def test_a_request_is_mailed_once_and_nothing_of_it_stays(intake: Intake, mail: MailServer, certified: Certified) -> None:
    reference = intake.ask()
    assert b"Bell" not in b"".join(file.read_bytes() for file in intake.file.parent.iterdir())
    intake.deliver(mailbox(mail, certified.trusted))
    intake.deliver(mailbox(mail, certified.trusted))
    (got,) = mail.mails
    assert (got["To"], got["From"], got["Auto-Submitted"]) == ("desk@larkspur.example", USER, "auto-generated")
    assert got["Subject"] == f"Please call back: request {reference}"
    text = got.get_content()
    for words in ("Zoë Bell", "+1 212-555-0142", "zoe@example.com", "in the morning", reference, "Larkspur"):
        assert words in text
    assert not re.search("hair|exosome|scalp|chat|candida", text, re.I), "the mail names something of the chat"
    assert intake.rows() == []


def test_a_resend_is_one_request_even_after_it_was_delivered(intake: Intake, mail: MailServer, certified: Certified) -> None:
    assert intake.ask("same") == intake.ask("same") != intake.ask("other")
    intake.deliver(mailbox(mail, certified.trusted))
    intake.ask("same")
    intake.deliver(mailbox(mail, certified.trusted))
    assert len(mail.mails) == 2


@pytest.mark.parametrize("answer", ["451 try again later", "550 no such mailbox"])
def test_a_mail_server_that_refuses_is_asked_again_later(
    intake: Intake, mail: MailServer, certified: Certified, answer: str, caplog: pytest.LogCaptureFixture
) -> None:
    mail.refusal = answer
    intake.ask()
    intake.deliver(mailbox(mail, certified.trusted))
    assert answer[:3] in caplog.text
    assert f"to be called back by {CLINIC_ID} failed" in caplog.text
    assert "Bell" not in caplog.text
    mail.refusal = ""
    intake.now += FIRST_PAUSE - 1
    intake.deliver(mailbox(mail, certified.trusted))
    assert mail.mails == []
    intake.now += 1
    intake.deliver(mailbox(mail, certified.trusted))
    assert len(mail.mails) == 1


def test_a_slow_mail_server_does_not_hold_us_up(intake: Intake, mail: MailServer, certified: Certified) -> None:
    mail.delay = 4 * IMPATIENT
    intake.ask()
    began = time.monotonic()
    intake.deliver(mailbox(mail, certified.trusted))
    assert time.monotonic() - began < mail.delay
    assert intake.rows()[0].attempts == 1


def test_a_mail_server_that_is_down_for_an_hour_gets_it_when_it_is_back(intake: Intake, certified: Certified) -> None:
    server = MailServer(certified)
    reference = intake.ask()
    for _ in range(6):
        intake.deliver(mailbox(server, certified.trusted))
        intake.now += 15 * 60
    assert 3 <= intake.rows()[0].attempts <= 6
    with server.running():
        intake.now += MAX_PAUSE
        intake.deliver(mailbox(server, certified.trusted))
    assert [reference in str(got["Subject"]) for got in server.mails] == [True]
    assert intake.rows() == []


def test_a_mail_server_with_a_wrong_certificate_gets_neither_mail_nor_password(
    intake: Intake, foreign: Certified, certified: Certified
) -> None:
    intake.ask()
    with MailServer(foreign).running() as server:
        intake.deliver(mailbox(server, certified.trusted))
    assert (server.mails, server.logins) == ([], [])
    assert intake.rows()[0].attempts == 1


def test_a_mail_server_without_tls_gets_neither_mail_nor_password(intake: Intake, certified: Certified) -> None:
    intake.ask()
    with MailServer(certified, with_tls=False).running() as server:
        intake.deliver(mailbox(server, certified.trusted))
    assert (server.mails, server.logins) == ([], [])
    assert intake.rows()[0].attempts == 1


def test_a_wrong_password_is_no_end(intake: Intake, mail: MailServer, certified: Certified) -> None:
    intake.ask()
    intake.deliver(mailbox(mail, certified.trusted, password="old"))
    assert (mail.mails, mail.logins) == ([], [b"old"] * len(mail.logins))
    intake.now += FIRST_PAUSE
    intake.deliver(mailbox(mail, certified.trusted))
    assert len(mail.mails) == 1


# By webhook.


def test_a_webhook_gets_it_signed(intake: Intake, webhook: WebhookReceiver, certified: Certified) -> None:
    reference = intake.ask()
    intake.deliver(hook(webhook, certified.trusted))
    ((headers, body),) = webhook.requests
    assert json.loads(body)["type"] == "callback.requested"
    assert json.loads(body)["data"] == {"reference": reference, "clinic": "Larkspur", **FORM}
    assert is_genuine(headers, body, KEY)
    assert intake.rows() == []


def test_a_receiver_can_tell_what_is_not_from_us(intake: Intake, webhook: WebhookReceiver, certified: Certified) -> None:
    intake.ask()
    intake.deliver(hook(webhook, certified.trusted))
    ((headers, body),) = webhook.requests
    other = "whsec_" + "A" * 32
    assert not is_genuine(headers, body, other)
    assert not is_genuine(headers, body.replace(b"0142", b"0143"), KEY)
    assert not is_genuine({**headers, "webhook-id": "another"}, body, KEY)
    earlier = str(int(headers["webhook-timestamp"]) - 600)
    assert not is_genuine({**headers, "webhook-timestamp": earlier}, body, KEY)
    assert not is_genuine({**headers, "webhook-signature": "v1,"}, body, KEY)


def test_while_the_key_is_changed_either_key_is_right(intake: Intake, webhook: WebhookReceiver, certified: Certified) -> None:
    new = "whsec_" + "A" * 32
    intake.ask()
    intake.deliver(hook(webhook, certified.trusted, f"{new},{KEY}"))
    ((headers, body),) = webhook.requests
    assert is_genuine(headers, body, KEY)
    assert is_genuine(headers, body, new)


@pytest.mark.parametrize(("status", "delay"), [(500, 0.0), (401, 0.0), (302, 0.0), (204, 2 * IMPATIENT)])
def test_a_webhook_that_fails_gets_the_same_again(
    intake: Intake, webhook: WebhookReceiver, certified: Certified, status: int, delay: float
) -> None:
    webhook.status, webhook.delay = status, delay
    intake.ask()
    intake.deliver(hook(webhook, certified.trusted))
    assert len(intake.rows()) == 1
    webhook.status, webhook.delay = 200, 0.0
    intake.now += FIRST_PAUSE
    intake.deliver(hook(webhook, certified.trusted))
    first, second = webhook.requests
    assert first[0]["webhook-id"] == second[0]["webhook-id"]
    assert intake.rows() == []


def test_a_webhook_with_a_wrong_certificate_gets_nothing(intake: Intake, foreign: Certified, certified: Certified) -> None:
    intake.ask()
    with WebhookReceiver(foreign).running() as receiver:
        intake.deliver(hook(receiver, certified.trusted))
    assert receiver.requests == []
    assert len(intake.rows()) == 1


# What no way to the clinic changes.


def test_after_three_days_it_is_deleted_and_the_clinic_told(
    intake: Intake, webhook: WebhookReceiver, certified: Certified, caplog: pytest.LogCaptureFixture
) -> None:
    expired = FIGURES.labels("expired")._value.get()
    webhook.status = 503
    reference = intake.ask()
    intake.now += MAX_AGE - 1
    intake.deliver(hook(webhook, certified.trusted))
    assert intake.rows()[0].content
    intake.now += MAX_PAUSE
    intake.deliver(hook(webhook, certified.trusted))
    ((row),) = intake.rows()
    assert (row.content, row.sender_id) == (None, "")
    assert FIGURES.labels("expired")._value.get() == expired + 1
    assert f"called back by {CLINIC_ID} could not be delivered within 72 hours" in caplog.text
    intake.deliver(hook(webhook, certified.trusted))
    webhook.status = 200
    intake.now += MAX_PAUSE
    intake.deliver(hook(webhook, certified.trusted))
    body = json.loads(webhook.requests[-1][1])
    assert (body["type"], body["data"]) == ("callback.undelivered", {"reference": reference, "clinic": "Larkspur"})
    assert intake.rows() == []
    for secret in ("Bell", "0142", "zoe@", SENDER):
        assert secret not in caplog.text


def test_a_clinic_that_does_not_answer_holds_up_no_other(intake: Intake, webhook: WebhookReceiver, certified: Certified) -> None:
    silent, answering = (f"{clinic}.{SENDER}" for clinic in ("north", "south"))
    for key in "12":
        asyncio.run(CallbackIntake(SECRET).take(intake.store, silent, FORM, key, intake.now))
    asyncio.run(CallbackIntake(SECRET).take(intake.store, answering, FORM, "3", intake.now + 1))
    intake.now += 2

    class Silent:
        async def deliver(self, notice: Notice) -> None:
            await asyncio.sleep(IMPATIENT)
            assert webhook.requests, "the other clinic got its own meanwhile"
            raise DeliveryError

    couriers: dict[str, Courier] = {"north": Silent(), "south": hook(webhook, certified.trusted)}
    delivery = CallbackDelivery(intake.store, FormCipher(SECRET), couriers.get, LARKSPUR, lambda: intake.now)
    asyncio.run(delivery.deliver_due())
    assert [row.clinic for row in intake.rows()] == ["north", "north"]


def test_two_processes_send_it_once(intake: Intake, webhook: WebhookReceiver, certified: Certified) -> None:
    for key in "123":
        intake.ask(key)
    webhook.delay = 0.1

    async def both() -> None:
        stores = [CallbackStore(Database(str(intake.file))) for _ in range(2)]
        courier = hook(webhook, certified.trusted)
        found = [
            CallbackDelivery(store, FormCipher(SECRET), lambda _: courier, only(Clinic()), lambda: intake.now) for store in stores
        ]
        await asyncio.gather(*(delivery.deliver_due() for delivery in found))

    asyncio.run(both())
    assert len({headers["webhook-id"] for headers, _ in webhook.requests}) == len(webhook.requests) == 3


def test_what_a_process_was_sending_when_it_died_is_sent_by_another(
    intake: Intake, webhook: WebhookReceiver, certified: Certified
) -> None:
    intake.ask()
    (row,) = asyncio.run(intake.store.due(intake.now))
    assert asyncio.run(intake.store.claim(row, intake.now + FIRST_PAUSE))
    intake.deliver(hook(webhook, certified.trusted))
    assert webhook.requests == []
    intake.now += FIRST_PAUSE
    intake.deliver(hook(webhook, certified.trusted))
    assert len(webhook.requests) == 1


def test_with_another_key_it_waits_and_with_the_old_one_behind_it_is_sent(
    intake: Intake, webhook: WebhookReceiver, certified: Certified, caplog: pytest.LogCaptureFixture
) -> None:
    intake.ask()
    courier = hook(webhook, certified.trusted)
    for secrets in ("n" * 40, f"{'n' * 40},{SECRET}"):
        delivery = CallbackDelivery(intake.store, FormCipher(secrets), lambda _: courier, only(Clinic()), lambda: intake.now)
        asyncio.run(delivery.deliver_due())
        intake.now += FIRST_PAUSE
    assert "DecryptionError" in caplog.text
    assert len(webhook.requests) == 1


def test_a_clinic_that_takes_no_more_requests_loses_those_that_are_left(intake: Intake, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    intake.ask()
    intake.deliver(None)
    assert "file has no callback" in caplog.text
    intake.now += MAX_AGE
    intake.deliver(None)
    assert intake.rows()[0].content is None


def test_the_pauses_grow_and_end() -> None:
    pauses = [pause(attempts) for attempts in range(200)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (FIRST_PAUSE, MAX_PAUSE)
