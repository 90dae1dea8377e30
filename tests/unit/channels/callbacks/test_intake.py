"""The way to the clinic, and what the environment must have for it."""

from __future__ import annotations

import pytest

from channels.callbacks.intake import courier_for
from channels.callbacks.mail import Mailbox
from channels.callbacks.webhook import Webhook
from runtime.clinic import CLINIC_ID, Clinic
from runtime.clinic_errors import ClinicError

MAIL = {"SMTP_SERVER": "smtp.example.com", "SMTP_USER": "website@example.com", "SMTP_PASSWORD": "p"}
KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_the_field_decides_the_way() -> None:
    assert courier_for(CLINIC_ID, Clinic(), {}) is None
    mailbox = courier_for(CLINIC_ID, Clinic(callback="desk@example.com"), MAIL)
    assert isinstance(mailbox, Mailbox)
    assert (mailbox.address, mailbox.port, mailbox.sender) == ("desk@example.com", 587, "website@example.com")
    webhook = courier_for(CLINIC_ID, Clinic(callback="https://example.com/hook"), {"CALLBACK_WEBHOOK_SECRET": KEY})
    assert isinstance(webhook, Webhook)


@pytest.mark.parametrize(
    ("callback", "environment", "named"),
    [
        ("desk@example.com", {}, "SMTP_SERVER"),
        ("desk@example.com", {**MAIL, "SMTP_PORT": "smtps"}, "SMTP_PORT"),
        ("desk@example.com", {**MAIL, "SMTP_PORT": "99999"}, "SMTP_PORT"),
        ("desk@example.com", {**MAIL, "SMTP_USER": "website"}, "SMTP_FROM"),
        ("https://example.com", {}, "CALLBACK_WEBHOOK_SECRET"),
        ("https://example.com", {"CALLBACK_WEBHOOK_SECRET": "whsec_c2hvcnQ="}, "CALLBACK_WEBHOOK_SECRET"),
        ("https://example.com", {"CALLBACK_WEBHOOK_SECRET": KEY.removeprefix("whsec_")}, "CALLBACK_WEBHOOK_SECRET"),
    ],
)
def test_what_is_missing_stops_the_start_with_one_line(callback: str, environment: dict[str, str], named: str) -> None:
    with pytest.raises(ClinicError) as refused:
        courier_for(CLINIC_ID, Clinic(callback=callback), environment)
    line = str(refused.value)
    assert line.startswith("callback in clinic.yml is ")
    assert "\n" not in line
    assert f"{named} in the environment is missing or wrong. Expected: " in line
    assert f"Example: {named}=" in line
    assert not any(value in line for value in environment.values() if len(value) > 10)


def test_the_file_and_the_variable_are_those_of_the_clinic() -> None:
    hook = Clinic(callback="https://example.com/hook")
    with pytest.raises(
        ClinicError, match=r"callback in north-west\.yml .* CALLBACK_WEBHOOK_SECRET_NORTH_WEST in the environment"
    ):
        courier_for("north-west", hook, {"CALLBACK_WEBHOOK_SECRET": KEY})
    assert courier_for("north-west", hook, {"CALLBACK_WEBHOOK_SECRET_NORTH_WEST": KEY})
