"""Writes all that nginx needs in front of the Rasa processes into a folder: `python -m deploy.nginx FOLDER PROCESS ...`.

That is nginx.conf, the files of the chat, and the answers that nginx gives itself, which the channel's own functions write from
the same texts. `nginx -p FOLDER -c nginx.conf` starts it; it needs no rights, and writes into FOLDER/run only. Started by root it
runs as the user nobody, who must be able to read FOLDER.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from channels.web.contract import CORS_HEADERS, MAX_BODY_SIZE, public_config, refusal_body
from channels.web.rate_limits import ADDRESS_BURST, ADDRESS_INTERVAL, SESSION_BURST, SESSION_INTERVAL, rates_are_limited
from channels.web.widget_files import CONTENT_SECURITY_POLICY, WidgetFiles
from runtime.clinic import PLATFORMS, load_clinic
from runtime.http_limits import MAX_REQUEST_SIZE
from runtime.limits import TURN_TIMEOUT

TEMPLATE = "nginx.conf.j2"
MAX_QUEUED_REQUESTS = 100  # at one process; at 10 ms a turn the last one waits a second, on a busy machine three
MAX_OPEN_REQUESTS = 50  # of one address; fewer than may wait at one process
PLATFORM_RATE = 50  # requests a second from one address of a platform, ten times as many at once: one process can answer that
# A process gets these headers of a request, and those that the template adds.
FORWARDED_HEADERS = (
    *("Authorization", "Content-Type", "Origin"),
    *("X-Telegram-Bot-Api-Secret-Token", "X-Hub-Signature-256", "X-Twilio-Signature"),
    *("X-Slack-Signature", "X-Slack-Request-Timestamp"),
)
# The answers to what nginx refuses or gets no answer for, by error; the safe text says all that anybody can then.
REFUSALS = {name: f"utter_error_{name}" for name in ("malformed", "origin", "not_found", "too_large", "too_fast")}
REFUSALS["not_ready"] = "utter_safe_text"
PATHS = ("webhook", "session", "history", "feedback", "config", "health", "alive", "demo")


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
        folder: where to write; made if it is missing.
        processes: the address of each Rasa process, as `host:port`. nginx skips those that are down.
        listen: where nginx listens, as `address:port`.
        log: the file of the access log.
        tls: the files of the certificate and of its key; without them nginx speaks plain HTTP.
        redirect: where nginx redirects plain HTTP to HTTPS, as `address:port`; empty for nowhere.
        trusted: the networks of load balancers whose `X-Forwarded-For` we believe.

    Raises:
        ValueError: `clinic.yml` is wrong, or RATE_LIMIT is off beyond loopback.
    """
    limited = rates_are_limited(listen.rpartition(":")[0])
    clinic, files, pages = load_clinic(), WidgetFiles(), folder / "pages"
    for part in (folder / "run", pages / "errors"):
        part.mkdir(parents=True, exist_ok=True)
    files.write(pages / "webhooks" / "web")
    (pages / "config.json").write_text(json.dumps(public_config(clinic, files.languages())))
    for name, response in REFUSALS.items():
        (pages / "errors" / f"{name}.json").write_text(json.dumps(refusal_body(name, response)))
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
            websites=clinic.websites,
            platforms="|".join(PLATFORMS),
            paths="|".join(PATHS),
            forwarded_headers=FORWARDED_HEADERS,
            cors_headers=CORS_HEADERS,
            page_policy=CONTENT_SECURITY_POLICY,
            max_body_size=MAX_BODY_SIZE,
            max_request_size=MAX_REQUEST_SIZE,
            # In milliseconds. A process answers a turn within its limit, so one that has not is not going to.
            read_timeout=int(TURN_TIMEOUT * 1000) + 200,
            max_queued_requests=MAX_QUEUED_REQUESTS,
            max_open_requests=MAX_OPEN_REQUESTS,
            # nginx counts what comes after the first one.
            address_rate=int(1 / ADDRESS_INTERVAL),
            address_burst=ADDRESS_BURST - 1,
            session_rate=int(60 / SESSION_INTERVAL),
            session_burst=SESSION_BURST - 1,
            session_interval=int(SESSION_INTERVAL),
            platform_rate=PLATFORM_RATE,
        )
    )


def _quoted(value: str) -> str:
    """Returns `value` as one word of nginx's language."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.nginx", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("processes", nargs="+", metavar="process", help="host:port of a Rasa process")
    parser.add_argument("--listen", default="127.0.0.1:8080", help="address:port (default: %(default)s)")
    parser.add_argument("--log", default="/dev/stdout", help="the access log (default: %(default)s)")
    parser.add_argument("--tls", nargs=2, metavar=("CERTIFICATE", "KEY"), help="without it, plain HTTP")
    parser.add_argument("--redirect", default="", help="address:port where plain HTTP is sent on to HTTPS")
    parser.add_argument(
        "--trusted", nargs="+", default=(), metavar="NETWORK", help="load balancers that tell the visitor's address"
    )
    render(**vars(parser.parse_args(arguments)))


if __name__ == "__main__":
    main()
