"""The clinic's mailbox in `make demo`: a mail server on loopback that keeps what it gets in memory."""

from __future__ import annotations

import email
import email.policy
import ssl
from email.message import EmailMessage
from pathlib import Path
from typing import cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from commands.loopback import certify, free_port

HOST = "127.0.0.1"


class DemoMailbox:
    """Takes every mail, over TLS only, until the process ends.

    Attributes:
        mails: what it has taken, the newest first.
    """

    def __init__(self, folder: Path) -> None:
        """Starts the mail server, with a new certificate in `folder`."""
        self.mails: list[EmailMessage] = []
        certify(folder, days=30)
        (folder / "key").chmod(0o600)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(folder / "certificate", folder / "key")
        self._port, self._certificate = free_port(), folder / "certificate"
        self._controller = Controller(self, HOST, int(self._port), tls_context=context, require_starttls=True)
        self._controller.start()

    def settings(self, sender: str) -> dict[str, str]:
        """Returns the environment of an assistant that mails to it as `sender`. It trusts the certificate, and no other."""
        return {
            "SMTP_SERVER": HOST,
            "SMTP_PORT": self._port,
            "SMTP_USER": "",
            "SMTP_FROM": sender,
            "SSL_CERT_FILE": str(self._certificate),
        }

    def stop(self) -> None:
        self._controller.stop()

    async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:
        """Called by the mail server's library."""
        self.mails.insert(0, email.message_from_bytes(cast(bytes, envelope.content), policy=email.policy.default))
        return "250 OK"
