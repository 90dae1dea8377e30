"""`make audit` with the real pip-audit, in front of a stand-in of the advisory service and of none."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from commands import audit
from runtime.paths import ROOT
from tests.support.sources import PRODUCTION

EXCEPTIONS = yaml.safe_load((ROOT / "deploy" / "audit.yml").read_text())["exceptions"]


LOCKS = ["requirements-dev.txt"]


class Service(ThreadingHTTPServer):
    """An advisory service that knows the holes which a test names, by package."""

    def __init__(self) -> None:
        self.holes: dict[str, str] = {}
        super().__init__(("127.0.0.1", 0), Advisories)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def options(self) -> list[str]:
        """What pip-audit is told, to ask this service."""
        return ["-s", "osv", "--osv-url", f"http://127.0.0.1:{self.server_port}/"]


class Advisories(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["package"]["name"]
        answer = {"vulns": [self.hole(self.server.holes[asked])]} if asked in self.server.holes else {}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def hole(self, name: str) -> dict[str, Any]:
        return {"id": name, "summary": "", "details": "", "published": "2025-01-01T00:00:00Z", "affected": []}

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.shutdown()
    service.server_close()


def test_clean_means_that_every_package_was_looked_up(service: Service, capsys: pytest.CaptureFixture) -> None:
    assert audit.main(service.options, LOCKS) == audit.CLEAN
    assert "packages looked up" in capsys.readouterr().out


def test_a_hole_without_a_reason_fails(service: Service, capsys: pytest.CaptureFixture) -> None:
    service.holes["yamllint"] = "GHSA-made-up-hole"
    assert audit.main(service.options, LOCKS) == audit.VULNERABLE
    assert "yamllint" in capsys.readouterr().out


def test_without_the_service_nothing_was_checked(capsys: pytest.CaptureFixture) -> None:
    assert audit.main(["-s", "osv", "--osv-url", "http://127.0.0.1:9/"]) == audit.NOT_CHECKED
    assert "not checked" in capsys.readouterr().out


def test_an_exception_holds_for_its_package_until_its_date() -> None:
    exception = EXCEPTIONS[0]
    found = [
        {
            "name": exception["package"],
            "version": "1",
            "vulns": [{"id": "X", "aliases": exception["ids"][:1], "fix_versions": []}],
        }
    ]
    assert audit.unexplained(found, EXCEPTIONS, date(2026, 11, 22)) == []
    assert audit.unexplained(found, EXCEPTIONS, date(9999, 1, 1))
    assert audit.unexplained([{**found[0], "name": "another"}], EXCEPTIONS, date(2026, 11, 22))


@pytest.mark.parametrize("exception", EXCEPTIONS, ids=lambda exception: exception["ids"][0])
def test_every_exception_is_of_a_locked_package_and_gives_its_reason(exception: dict[str, Any]) -> None:
    # Python itself stands in no lock.
    assert exception["package"] == "python" or f"\n{exception['package']}==" in (ROOT / "requirements.txt").read_text()
    assert len(exception["reason"]) > 20
    assert exception["checked"] < exception["until"]


def sources(*packages: str) -> list[str]:
    """Returns the code of installed packages, file by file."""
    folders = [Path(str(importlib.util.find_spec(package).origin)).parent for package in packages]  # type: ignore[union-attr]
    return [file.read_text(encoding="utf-8") for folder in folders for file in folder.rglob("*.py")]


def test_what_the_reasons_rest_on() -> None:
    ours = [file.read_text(encoding="utf-8") for folder in PRODUCTION for file in (ROOT / folder).rglob("*.py")]
    rasa, sdk = sources("rasa"), sources("rasa_sdk")
    assert not any("request.cookies" in code for code in [*ours, *rasa, *sdk, *sources("sanic_cors")]), "CVE-2024-7592"
    assert not any("upper_bound" in code for code in [*ours, *rasa]), "CVE-2023-33976"
    assert not any("import tensorflow" in code or "from tensorflow" in code for code in ours), "CVE-2023-33976"
    assert not any("onnx.hub" in code or "onnx.load" in code for code in ours), "CVE-2026-28500, CVE-2026-27489"
    assert not importlib.util.find_spec("distributed"), "CVE-2024-10096"
    assert not any("aiohttp.web" in code or "from aiohttp import web" in code for code in ours), "CVE-2025-69223"


def test_the_server_does_not_load_onnx() -> None:
    load = "import sys, components.understanding.sentence_encoder, channels.web.channel; sys.exit('onnx' in sys.modules)"
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", load], cwd=ROOT, capture_output=True).returncode == 0
