"""`make demo`: shows the assistant on the page of a made-up clinic with every field filled in, as a website of its own.

The clinic's settings are in deploy/demo/clinic.yml. Conversations go into a folder apart from those of `make run`. The page
shows the clinic's mailbox, too, with its callback requests.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from commands.demo_mailbox import DemoMailbox
from commands.run import Servers, is_port_taken, serve
from runtime.clinic import Clinic, load_clinic
from runtime.clinic_yaml import read_clinic_file
from runtime.environment import setting, state_folder
from runtime.paths import ROOT, make_private

FOLDER = ROOT / "deploy" / "demo"
PAGES = {"/": "page", "/mailbox": "mailbox"}
# What shows most of the assistant in the shortest time.
MESSAGES = (
    "How much does it cost, and does it hurt?",
    "Are you open now?",
    "Who are your doctors?",
    "Am I a candidate?",
    "My throat is closing",
    "Is it FDA-approved?",
    "Can somebody call me back?",
    "¿Dónde me puedo estacionar?",
)


def render(clinic: Clinic, assistant: str, mails: Sequence[EmailMessage], name: str) -> str:
    """Returns one of the pages.

    Args:
        clinic: whose pages they are.
        assistant: the address of its chat.
        mails: what is in its mailbox.
        name: `page` or `mailbox`.
    """
    templates = Environment(loader=FileSystemLoader(FOLDER), undefined=StrictUndefined, autoescape=True, trim_blocks=True)
    template = templates.get_template(f"{name}.html.j2")
    return template.render(clinic=clinic, assistant=assistant, messages=MESSAGES, mails=mails)


class DemoPages(BaseHTTPRequestHandler):
    """Serves the clinic's page and its mailbox, as they are now, under the strictest policy that the chat works with."""

    def __init__(self, render_page: Callable[[str], str], origin: str, *arguments: object) -> None:
        self._render_page, self._origin = render_page, origin
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        name = PAGES.get(self.path.partition("?")[0])
        if not name:
            self.send_error(404)
            return
        page = self._render_page(name).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Cache-Control", "no-store")
        sources = "; ".join(f"{kind}-src {self._origin}" for kind in ("script", "style", "connect"))
        self.send_header("Content-Security-Policy", f"default-src 'none'; {sources}; img-src data:; frame-src 'self'")
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        """Logs nothing."""


def page_server(render_page: Callable[[str], str], assistant: str, port: str) -> ThreadingHTTPServer:
    """Serves the pages on a loopback port until somebody shuts it down."""
    origin = assistant.partition("/webhooks/")[0]
    server = ThreadingHTTPServer(("127.0.0.1", int(port)), partial(DemoPages, render_page, origin))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def write_clinic_file(file: Path, website: str) -> None:
    """Writes the invented clinic's settings to `file`, with `website` as the only one that may show the chat."""
    make_private(file.parent)
    content = {**read_clinic_file(FOLDER / "clinic.yml"), "websites": [website]}
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def show_page(website: str, mailbox: DemoMailbox, address: str, servers: Servers) -> None:
    """Serves the page, prints its address, and keeps the servers running."""
    page_server(partial(render, load_clinic(), address, mailbox.mails), address, setting("DEMO_PORT"))
    print(f"The demo is ready: {website}\nEverything on it is invented. Stop it with Ctrl-C.", flush=True)
    servers.supervise()


def main() -> int:
    port = setting("DEMO_PORT")
    website = f"http://127.0.0.1:{port}"
    if is_port_taken(port):
        print(f"Port {port} is in use, perhaps by another `make demo`. Set DEMO_PORT to use another.")
        return 1
    os.environ["ASSISTANT_STATE"] = str(state_folder() / "demo")
    os.environ |= {"CLINIC_FILE": str(state_folder() / "clinic.yml"), "CLINICS_FOLDER": ""}
    write_clinic_file(Path(setting("CLINIC_FILE")), website)
    mailbox = DemoMailbox(state_folder())
    os.environ |= mailbox.settings("website@larkspur.example.com")
    try:
        return serve(partial(show_page, website, mailbox))
    finally:
        mailbox.stop()


if __name__ == "__main__":
    sys.exit(main())
