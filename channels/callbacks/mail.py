"""Mails callback requests, over TLS only."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from typing import Any

import aiosmtplib
import yaml

from channels.callbacks.courier import DELIVERY_TIMEOUT, DeliveryError, Notice
from runtime.paths import DATA

IMPLICIT_TLS_PORT = 465  # on any other port, the connection starts TLS before anything else is sent
WORDS: dict[str, Any] = yaml.safe_load((DATA / "callback_mail.yml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Mailbox:
    """The clinic's mailbox, and the mail server that we use. Without a user, that server must recognise us by our address."""

    address: str
    server: str
    port: int
    sender: str
    user: str
    password: str
    trusted: ssl.SSLContext
    timeout: float = DELIVERY_TIMEOUT

    async def deliver(self, notice: Notice) -> None:
        """Mails a notice.

        Raises:
            DeliveryError: the mail server did not take it.
        """
        mail = self._mail(notice)
        await self._with_server(lambda server: server.send_message(mail))

    async def rehearse(self) -> None:
        """Asks the mail server whether it would take a mail, and sends none.

        Raises:
            DeliveryError: it would not.
        """

        async def announce(server: aiosmtplib.SMTP) -> None:
            await server.mail(self.sender)
            await server.rcpt(self.address)
            await server.rset()

        await self._with_server(announce)

    async def _with_server(self, use: Callable[[aiosmtplib.SMTP], Awaitable[object]]) -> None:
        """Connects to the mail server over TLS, logs in, and calls `use` with the connection."""
        starts_with_tls = self.port == IMPLICIT_TLS_PORT
        connection = aiosmtplib.SMTP(
            hostname=self.server,
            port=self.port,
            username=self.user or None,
            password=self.password or None,
            use_tls=starts_with_tls,
            start_tls=not starts_with_tls,
            tls_context=self.trusted,
            timeout=self.timeout,
        )

        async def connected() -> None:
            async with connection as server:
                await use(server)

        try:
            await asyncio.wait_for(connected(), self.timeout)
        except (aiosmtplib.SMTPException, OSError, asyncio.TimeoutError, UnicodeError) as error:  # the last: no name of a server
            # The text of the error may quote the mail.
            raise DeliveryError(f"{type(error).__name__} {getattr(error, 'code', '')}".strip()) from None

    def _mail(self, notice: Notice) -> EmailMessage:
        words, given = WORDS[notice.event], WORDS["not_given"]
        values = {"reference": notice.reference, "clinic": notice.clinic or WORDS["unnamed_clinic"]}
        if notice.form:
            values |= {field: value or given for field, value in notice.form.items()}
            values["when"] = WORDS["when"][notice.form["when"]]
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Date"] = self.sender, self.address, formatdate()
        mail["Message-ID"] = f"<{notice.event}-{notice.reference}@{self.sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail["Subject"] = words["subject"].format(**values)
        mail.set_content(words["text"].format(**values), cte="quoted-printable")  # not every server takes more than ASCII
        return mail
