"""A real mail server and a real webhook on loopback, for what the clinic gets."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import ssl
import threading
import time
from collections.abc import Iterator
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from commands.loopback import certify
from tests.support.client import free_port

USER, PASSWORD = "website@larkspur.example", "a password"


class Certified:
    """A certificate for 127.0.0.1, and those who trust it."""

    def __init__(self, folder: Path) -> None:
        certify(folder)
        self.file = folder / "certificate"
        self.trusted = ssl.create_default_context(cafile=str(self.file))
        self.server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.server.load_cert_chain(self.file, folder / "key")


class MailServer:
    """Takes mail for anybody who logs in over TLS.

    Attributes:
        mails: what it has taken.
        logins: the passwords that it was shown.
        refusal: what it answers to a mail instead of taking it; empty if it takes it.
        delay: seconds that it takes to answer.
    """

    def __init__(self, certified: Certified, port: str = "", with_tls: bool = True) -> None:
        self.mails: list[EmailMessage] = []
        self.logins: list[bytes] = []
        self.refusal, self.delay = "", 0.0
        self.port = port or free_port()
        tls = {"tls_context": certified.server, "require_starttls": True} if with_tls else {"auth_require_tls": False}
        self._controller = Controller(
            self, "127.0.0.1", int(self.port), authenticator=self._authenticate, auth_required=True, **tls
        )

    def _authenticate(
        self, server: object, session: object, envelope: object, mechanism: str, given: LoginPassword
    ) -> AuthResult:
        self.logins.append(given.password)
        return AuthResult(success=given == LoginPassword(USER.encode(), PASSWORD.encode()), handled=False)

    async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:
        """Called by the mail server's library."""
        await asyncio.sleep(self.delay)
        if self.refusal:
            return self.refusal
        self.mails.append(email.message_from_bytes(bytes(envelope.content or b""), policy=email.policy.default))  # type: ignore[arg-type]
        return "250 OK"

    @contextlib.contextmanager
    def running(self) -> Iterator[MailServer]:
        self._controller.start()
        try:
            yield self
        finally:
            self._controller.stop()


class WebhookReceiver:
    """Takes what is posted to it over TLS.

    Attributes:
        requests: the headers, with names in lower case, and the body of each request.
        status: what it answers.
        delay: seconds that it takes to answer.
    """

    def __init__(self, certified: Certified) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.status, self.delay = 204, 0.0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
                time.sleep(receiver.delay)
                with contextlib.suppress(OSError):  # the caller has given up
                    self.send_response(receiver.status)
                    self.send_header("Location", "/elsewhere")
                    self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.socket = certified.server.wrap_socket(self._server.socket, server_side=True)
        self.address = f"https://127.0.0.1:{self._server.server_port}/callbacks"

    @contextlib.contextmanager
    def running(self) -> Iterator[WebhookReceiver]:
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
