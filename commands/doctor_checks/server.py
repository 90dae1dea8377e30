"""Checks of what runs, or is about to: ports, the model, the database, certificates, and the address that visitors use."""

from __future__ import annotations

import json
import os
import socket
import ssl
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy
from sqlalchemy.exc import SQLAlchemyError

from commands.doctor_checks.finding import BROKEN, OK, WARNING, Finding
from commands.doctor_checks.settings import of_each_clinic, right_files
from commands.run import health, is_port_taken
from components.storage.database import configured_address, connect, time_limit
from components.storage.errors import UnusableDatabaseError
from components.storage.migration import Migrations
from runtime.clinic import REACHABLE, is_reachable
from runtime.environment import PORTS, is_port, server_address, setting
from runtime.paths import ROOT
from runtime.version import VERSION

PARTS = {
    "model": "Run `make train`, and restart.",
    "store": "See the database below.",
    "space": "The database has MAX_DATABASE_SIZE. Look at who fills it, or set more.",
    "actions": "Restart the action server.",
}
MIN_CERTIFICATE_DAYS = 14  # certbot renews at 30
MAX_SKEW = 30.0  # seconds
TIMEOUT = 10.0  # seconds


def ports(environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Each port must be free, or held by the assistant itself. `settings.variables` reports what is no port."""
    if not all(is_port(setting(name, environment)) for name in PORTS):
        return
    ours = _answer(health, f"http://{server_address(environment)}/webhooks/web")
    if "version" in ours:
        yield from _working_parts(ours)
        return
    hosts = {"PORT": setting("HOST", environment), "METRICS_PORT": setting("METRICS_HOST", environment)}
    for name in PORTS:
        port = setting(name, environment)
        if not is_port_taken(port, hosts.get(name, "127.0.0.1")):
            yield Finding(OK, f"Port {port} ({name}) is free.")
        elif name == "ACTION_PORT" and "status" in _answer(_read_json, f"http://127.0.0.1:{port}/health"):
            yield Finding(
                WARNING, "The action server is running, but Rasa is not, or not yet.", "If this lasts, look at Rasa's log."
            )
        else:
            yield Finding(
                BROKEN,
                f"Port {port} ({name}) is in use by another program.",
                f"`ss -ltnp 'sport = :{port}'` names it. Stop it, or set {name} to another port.",
            )


def _answer(ask: Callable[[str], object], address: str) -> dict[str, object]:
    """Returns the JSON object that `address` answers; empty if it does not answer with one."""
    try:
        answer = ask(address)
    except (OSError, ValueError, HTTPException):
        return {}
    return answer if isinstance(answer, dict) else {}


def _read_json(address: str) -> object:
    with urllib.request.urlopen(address, timeout=TIMEOUT) as answer:
        return json.load(answer)


def _working_parts(parts: Mapping[str, object]) -> Iterator[Finding]:
    yield Finding(OK, f"The assistant {parts['version']} is running.")
    if parts["version"] != VERSION:
        yield Finding(WARNING, f"The files here are version {VERSION}.", "Restart the assistant.")
    for part, fix in PARTS.items():
        if not parts[part]:
            yield Finding(BROKEN, f"Its part `{part}` does not work.", fix)


def model(environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    path = ROOT / setting("MODEL", environment)
    if path.exists() and path.with_name(f"{path.name}.sha256").exists():
        yield Finding(OK, "There is a model.")
    else:
        yield Finding(BROKEN, f"{path} or its .sha256 is missing.", "Run `make train`, or copy both files here.")


def database(environment: Mapping[str, str] = os.environ, address: str = "") -> Iterator[Finding]:
    """Takes the database's address; by default, the one in endpoints.yml. Changes nothing in it, and does not create it."""
    address = address or configured_address(environment)
    if "://" not in address and not Path(address).exists():
        yield Finding(OK, f"The database {address} is not there yet. The first start creates it.")
        return
    try:
        yield from _examined(address)
    except UnusableDatabaseError as error:
        yield Finding(BROKEN, str(error))
    except SQLAlchemyError as error:
        why = str(getattr(error, "orig", error)).strip().splitlines()[0]
        yield Finding(BROKEN, f"The database cannot be used: {why}.", "Check CONVERSATIONS_DB, and that the database is running.")


def _examined(address: str) -> Iterator[Finding]:
    engine = connect(address)
    try:
        with time_limit(TIMEOUT), engine.connect() as connection:
            if Migrations().is_current(connection):
                yield Finding(OK, "The database answers, and its schema is the latest.")
            else:
                yield Finding(OK, "The database answers. The next start brings its schema up to date: make a backup first.")
            if engine.dialect.name == "postgresql":
                yield from _skew("the database", connection.execute(sqlalchemy.text("SELECT extract(epoch FROM now())")).scalar())
    finally:
        engine.dispose()


def _skew(whose: str, now: float) -> Iterator[Finding]:
    seconds = time.time() - float(now)
    if abs(seconds) > MAX_SKEW:
        direction = "ahead of" if seconds > 0 else "behind"
        yield Finding(WARNING, f"This machine's clock is {abs(seconds):.0f} seconds {direction} {whose}'s.", "Set both right.")


def certificates(environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Looks at the certificates of the clinics' websites."""
    websites = sorted({website for _, clinic in right_files(environment) for website in clinic.websites})
    asked = (finding for website in websites if website.startswith("https:") for finding in certificate(website))
    yield from of_each_clinic(asked, environment)


def certificate(address: str, trusted: ssl.SSLContext | None = None, level: str = WARNING) -> Iterator[Finding]:
    """Checks the certificate of an https address.

    Args:
        address: the address.
        trusted: whom to trust; by default, whom the system trusts.
        level: how bad it is if nobody answers there.
    """
    host, port = urlsplit(address).hostname or "", urlsplit(address).port or 443
    try:
        shown = _shown_certificate(host, port, trusted or ssl.create_default_context())
    except ssl.SSLCertVerificationError as error:
        yield Finding(
            BROKEN,
            f"Browsers refuse the certificate of {address}: {error.verify_message}.",
            "Renew it: `certbot renew`.",
            address,
        )
        return
    except OSError as error:
        why = error.strerror or error
        yield Finding(level, f"{address} does not answer: {why}.", "Check its DNS entry, firewall and proxy.", address)
        return
    days = (ssl.cert_time_to_seconds(str(shown["notAfter"])) - time.time()) / (24 * 60 * 60)
    if days < MIN_CERTIFICATE_DAYS:
        yield Finding(
            WARNING,
            f"The certificate of {address} ends in {days:.0f} days.",
            "See why `certbot renew` did not renew it.",
            address,
        )
    else:
        yield Finding(OK, f"The certificate of {address} is good for {days:.0f} days.", whose=address)


def _shown_certificate(host: str, port: int, trusted: ssl.SSLContext) -> dict[str, object]:
    with socket.create_connection((host, port), TIMEOUT) as plain, trusted.wrap_socket(plain, server_hostname=host) as connection:
        return dict(connection.getpeercert() or {})


def public_address(environment: Mapping[str, str] = os.environ, trusted: ssl.SSLContext | None = None) -> Iterator[Finding]:
    """Looks at the assistant from outside, as a visitor's browser does."""
    address = setting("PUBLIC_URL", environment).rstrip("/")
    if not address:
        yield Finding(
            WARNING,
            "PUBLIC_URL is not set, so we cannot look at the assistant the way visitors reach it.",
            "Set it to the address in your <script> line, such as https://chat.example-dermatology.com.",
        )
        return
    if not address.startswith("https://"):
        yield Finding(BROKEN, f"PUBLIC_URL is {address}. Pages with HTTPS load nothing from there.", "Make it https://.")
        return
    if not is_reachable(address):
        yield Finding(BROKEN, f"PUBLIC_URL is {address}, where nothing can answer.", f"Set it to {REACHABLE}.")
        return
    found = list(certificate(address, trusted, level=BROKEN))
    yield from found
    if found[-1].level != BROKEN:
        yield from _answers(f"{address}/webhooks/web/config", trusted)


def _answers(address: str, trusted: ssl.SSLContext | None) -> Iterator[Finding]:
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT, context=trusted) as answer:
            json.load(answer)
            now = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (OSError, ValueError, HTTPException) as error:
        yield Finding(BROKEN, f"{address} is not the assistant's: {error}.", "Check what the proxy forwards.")
        return
    yield Finding(OK, f"{address} answers.")
    yield from _skew("the proxy", now)
