"""Checks of the ways in which callback requests reach the clinics: mail servers and webhooks."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from channels.callbacks.courier import DeliveryError
from channels.callbacks.intake import courier_for
from channels.callbacks.mail import Mailbox
from commands.doctor_checks.finding import BROKEN, OK, Finding
from commands.doctor_checks.server import certificate
from commands.doctor_checks.settings import SET_IT, of_each_clinic, right_clinics
from runtime.clinic import Clinic
from runtime.clinic_errors import ClinicError
from runtime.clinics import SUFFIX

MAX_MAILBOXES = 10  # that we ask a mail server about, since those who ask about many are taken for spammers
# What to do about an error of the mail server, by how its name begins.
FIXES = {
    "SMTPAuthentication": "Check SMTP_USER and SMTP_PASSWORD. Many providers want an app password.",
    "SMTPSender": "Set SMTP_FROM to an address that this server may send from.",
    "SMTPRecipient": "Check `callback` in the clinic's file, and whether the server passes on mail to other domains.",
}
NO_CONNECTION = "Check SMTP_SERVER and SMTP_PORT, its certificate, and whether a firewall keeps this port from going out."


def callbacks(environment: Mapping[str, str] = os.environ, trusted: ssl.SSLContext | None = None) -> Iterator[Finding]:
    """Asks each clinic's mail server or webhook whether it is there. Sends nothing.

    `trusted` is whom to trust for webhooks; by default, whom the system trusts.
    """
    mailboxes: list[Mailbox] = []
    webhooks: set[str] = set()
    for clinic_id, clinic in right_clinics(environment):
        try:
            way = courier_for(clinic_id, clinic, environment)
        except ClinicError as error:
            yield Finding(BROKEN, str(error), SET_IT, f"{clinic_id}{SUFFIX}")
            continue
        if isinstance(way, Mailbox):
            mailboxes.append(way)
        elif way:
            webhooks.add(_origin(clinic))
    yield from _among_several(environment, [_rehearsed(mailbox) for mailbox in mailboxes[:MAX_MAILBOXES]])
    if len(mailboxes) > MAX_MAILBOXES:
        yield Finding(
            OK, f"We did not ask about {len(mailboxes) - MAX_MAILBOXES} more mailboxes, so as not to be taken for spammers."
        )
    asked = [finding for address in sorted(webhooks) for finding in certificate(address, trusted, level=BROKEN)]
    yield from _among_several(environment, asked)


def _among_several(environment: Mapping[str, str], asked: Sequence[Finding]) -> Iterable[Finding]:
    """Returns what we found about several clinics' ways. What is broken for all of them is no single clinic's fault."""
    for_all = len(asked) > 1 and all(finding.level == BROKEN for finding in asked)
    return asked if for_all else of_each_clinic(asked, environment)


def _origin(clinic: Clinic) -> str:
    """Returns the address of the clinic's webhook without its path and password, which may be secrets."""
    return f"https://{urlsplit(clinic.callback).netloc.rpartition('@')[2]}"


def _rehearsed(mailbox: Mailbox) -> Finding:
    try:
        asyncio.run(mailbox.rehearse())
    except DeliveryError as error:
        reason = str(error)
        fix = next((fix for begins, fix in FIXES.items() if reason.startswith(begins)), NO_CONNECTION)
        return Finding(BROKEN, f"{mailbox.server} does not take mail for {mailbox.address}: {reason}.", fix)
    return Finding(OK, f"{mailbox.server} takes mail for {mailbox.address}.")
