"""Runs a real nginx on loopback as an ordinary user, for as long as a test needs it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from runtime.paths import ROOT
from tests.support.client import Client, free_port

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
NOBODY: dict[str, Any] = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
WEBSITE = "https://www.larkspur.example"
CLINIC = {"name": "Larkspur Dermatology", "phone": "(555) 010-0142", "websites": [WEBSITE]}


class Proxy(Client):
    """A folder with nginx's files, and nginx itself while it runs."""

    def __init__(self, folder: Path, certificate: Path | None = None) -> None:
        """Takes the folder and, for HTTPS, the certificate that clients should trust."""
        self.folder, self.port = folder, free_port()
        trusted = ssl.create_default_context(cafile=str(certificate)) if certificate else None
        super().__init__(f"{'https' if certificate else 'http'}://127.0.0.1:{self.port}/webhooks/web", trusted)

    def write(self, *processes: str, **settings: str) -> None:
        """Writes the files with the same command that a clinic uses. `processes` may end with more options."""
        clinic = self.folder / "clinic.yml"
        clinic.write_text(yaml.safe_dump(CLINIC))
        command = [sys.executable, "-m", "deploy.nginx", str(self.folder), *processes]
        command += ["--listen", f"127.0.0.1:{self.port}", "--log", f"{self.folder}/run/access.log"]
        subprocess.run(command, cwd=ROOT, env={**os.environ, "CLINIC_FILE": str(clinic), **settings}, check=True)
        if NOBODY:
            os.chown(self.folder / "run", NOBODY["user"], NOBODY["group"])

    @contextlib.contextmanager
    def running(self) -> Iterator[Proxy]:
        """Runs a fresh nginx."""
        with (self.folder / "error.log").open("w") as log:
            process = subprocess.Popen([NGINX or "nginx", "-p", str(self.folder), "-c", "nginx.conf"], stderr=log, **NOBODY)
        try:
            self._wait(process)
            yield self
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait(20)

    def _wait(self, process: subprocess.Popen) -> None:
        until = time.monotonic() + 10
        while time.monotonic() < until and process.poll() is None:
            with contextlib.suppress(OSError):
                if self.call("GET", "config")[0] in (200, 404):  # 404: there are several clinics
                    return
            time.sleep(0.05)
        raise AssertionError((self.folder / "error.log").read_text())

    def logged(self, request_id: str) -> dict[str, Any]:
        """Returns the log line of a request, which nginx writes just after the answer."""
        until = time.monotonic() + 5
        while time.monotonic() < until:
            for line in (self.folder / "run" / "access.log").read_text().splitlines():
                if request_id in line:
                    return json.loads(line)
        raise AssertionError("not logged")


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """Yields a folder that any user can read, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)
