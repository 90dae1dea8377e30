"""Writes the files that nginx needs in front of the Rasa processes: `python -m deploy.nginx FOLDER [PROCESS ...]`.

They are nginx.conf, the chat's files, and the answers that nginx gives itself, which come from the same functions and texts as
the channel's own. Start it with `nginx -p FOLDER -c nginx.conf`. It needs no privileges and only writes to FOLDER/run. If you
start it as root, it runs as the user nobody, who must be able to read FOLDER.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from channels.web.contract import CORS_HEADERS, MAX_BODY_SIZE, public_config, public_contact, refusal_body
from channels.web.rate_limits import ADDRESS_BURST, ADDRESS_INTERVAL, SESSION_BURST, SESSION_INTERVAL, rates_are_limited
from channels.web.widget_files import CONTENT_SECURITY_POLICY, HOST_PATTERN, PLACEHOLDER, WidgetFiles
from components.dialogue.wording import spoken_languages
from components.understanding.languages import ENGLISH
from runtime.clinic import PLATFORMS
from runtime.clinics import Clinics, served_clinics
from runtime.environment import server_address
from runtime.http_limits import MAX_REQUEST_SIZE
from runtime.limits import TURN_TIMEOUT

TEMPLATE = "nginx.conf.j2"
MAX_QUEUED_REQUESTS = 100  # per process; at 10 ms per turn the last one waits one second, or three on a busy machine
MAX_OPEN_REQUESTS = 50  # per address; fewer than one process may have waiting
PLATFORM_RATE = 50  # requests per second from one address of a platform, with bursts of ten times that; one process can handle it
# The headers that we pass on to a process, in addition to those that the template adds.
FORWARDED_HEADERS = (
    *("Authorization", "Content-Type", "Origin"),
    *("X-Telegram-Bot-Api-Secret-Token", "X-Hub-Signature-256", "X-Twilio-Signature"),
    *("X-Slack-Signature", "X-Slack-Request-Timestamp"),
)
# nginx's own answers by error, in each language that a page may ask for. If no process answers, all we can show is the safe text.
REFUSALS = {
    name: f"utter_error_{name}" for name in ("malformed", "origin", "not_found", "unknown_clinic", "too_large", "too_fast")
}
REFUSALS["not_ready"] = "utter_safe_text"
PATHS = (
    "webhook",
    "session",
    "history",
    "feedback",
    "pressed",
    "callback",
    "contact",
    "config",
    "hours",
    "health",
    "alive",
    "demo",
)


def render(
    folder: Path,
    processes: Sequence[str],
    listen: str,
    log: str = "/dev/stdout",
    tls: tuple[str, str] | None = None,
    redirect: str = "",
    trusted: Sequence[str] = (),
) -> None:
    """Writes `nginx.conf`, `pages/` and the empty `run/` into `folder`.

    Args:
        folder: where to write; created if it is missing.
        processes: the address of each Rasa process, as `host:port`. nginx skips those that are down.
        listen: the `address:port` that nginx listens on.
        log: the file of the access log.
        tls: the certificate file and the key file; without them, nginx uses plain HTTP.
        redirect: the `address:port` where nginx redirects plain HTTP to HTTPS; empty for no redirect.
        trusted: the networks of load balancers whose `X-Forwarded-For` we trust.

    Raises:
        ClinicError: a clinic's file is invalid, or RATE_LIMIT is off beyond loopback.
    """
    limited = rates_are_limited(listen.rpartition(":")[0])
    clinics, files, pages = served_clinics(), WidgetFiles(), folder / "pages"
    for part in (folder / "run", pages / "errors"):
        part.mkdir(parents=True, exist_ok=True)
    files.write(pages / "webhooks" / "web")
    _write_clinics(pages, clinics, files.languages())
    for (name, response), language in product(REFUSALS.items(), spoken_languages()):
        body = json.dumps(refusal_body(name, response, language))
        (pages / "errors" / f"{name}_{language}.json").write_text(body)
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True
    )
    templates.filters["quoted"] = _quoted
    (folder / "nginx.conf").write_text(
        templates.get_template(TEMPLATE).render(
            processes=processes,
            listen=listen,
            log=log,
            tls=tls,
            redirect=redirect,
            trusted=trusted,
            limited=limited,
            only_clinic=next(iter(clinics)) if len(clinics) == 1 else "",
            origins=_origins(clinics),
            languages=spoken_languages(),
            english=ENGLISH,
            host_pattern=HOST_PATTERN,
            placeholder=PLACEHOLDER,
            platforms="|".join(PLATFORMS),
            paths="|".join(PATHS),
            forwarded_headers=FORWARDED_HEADERS,
            cors_headers=CORS_HEADERS,
            page_policy=CONTENT_SECURITY_POLICY,
            max_body_size=MAX_BODY_SIZE,
            max_request_size=MAX_REQUEST_SIZE,
            # In milliseconds. A process always answers within the turn limit, so after that it never will.
            read_timeout=int(TURN_TIMEOUT * 1000) + 200,
            max_queued_requests=MAX_QUEUED_REQUESTS,
            max_open_requests=MAX_OPEN_REQUESTS,
            # nginx does not count the first request.
            address_rate=int(1 / ADDRESS_INTERVAL),
            address_burst=ADDRESS_BURST - 1,
            session_rate=int(60 / SESSION_INTERVAL),
            session_burst=SESSION_BURST - 1,
            session_interval=int(SESSION_INTERVAL),
            platform_rate=PLATFORM_RATE,
        )
    )


def _write_clinics(pages: Path, clinics: Clinics, languages: list[str]) -> None:
    """Writes what nginx itself answers about each clinic, and nothing about those that are no longer here."""
    for name in ("config", "contact", "contact_elsewhere"):
        shutil.rmtree(pages / name, ignore_errors=True)
        (pages / name).mkdir()
    for (clinic_id, clinic), language in product(clinics.items(), spoken_languages()):
        contact = public_contact(clinic, True, language)
        answers = {
            "config": public_config(clinic, languages, language),
            "contact": contact,
            "contact_elsewhere": {**contact, "allowed": False},
        }
        for name, answer in answers.items():
            (pages / name / f"{clinic_id}_{language}.json").write_text(json.dumps(answer))


def _origins(clinics: Clinics) -> list[tuple[str, str]]:
    """Returns each clinic with each of its origins, and no clinic with the origins of all."""
    own = [(clinic_id, origin) for clinic_id, clinic in clinics.items() for origin in clinic.origins]
    return [*own, *(("", origin) for origin in sorted(clinics.origins))]


def _quoted(value: str) -> str:
    """Returns `value` as a quoted string for nginx."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.nginx", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "processes", nargs="*", metavar="process", help="host:port of a Rasa process (default: what HOST and PORT name)"
    )
    parser.add_argument("--listen", default="127.0.0.1:8080", help="address:port (default: %(default)s)")
    parser.add_argument("--log", default="/dev/stdout", help="the access log (default: %(default)s)")
    parser.add_argument("--tls", nargs=2, metavar=("CERTIFICATE", "KEY"), help="without it, plain HTTP")
    parser.add_argument("--redirect", default="", help="address:port where plain HTTP is redirected to HTTPS")
    parser.add_argument(
        "--trusted", nargs="+", default=(), metavar="NETWORK", help="load balancers that pass on the visitor's address"
    )
    given = vars(parser.parse_args(arguments))
    render(**{**given, "processes": given["processes"] or [server_address()]})


if __name__ == "__main__":
    main()
