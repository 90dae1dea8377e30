"""The list of all parts: complete against the locks, and valid against CycloneDX's own schema."""

from __future__ import annotations

import json
import re
import subprocess
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from commands import sbom
from runtime.paths import ROOT

VALIDATE = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(sys.stdin.read())
sys.exit(str(error)[:500] if error else 0)
"""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return sbom.bill_of_materials()


def valid(document: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    command = [str(ROOT / ".venv-dev/bin/python"), "-W", "ignore", "-c", VALIDATE]
    return subprocess.run(command, input=json.dumps(document), capture_output=True, text=True, timeout=120)


def test_it_holds_to_the_schema_of_cyclonedx(document: dict[str, Any]) -> None:
    done = valid(document)
    assert done.returncode == 0, done.stderr
    assert valid({**document, "bomFormat": "nonsense"}).returncode != 0


@pytest.mark.parametrize(("lock", "_environment", "scope"), sbom.LOCKS)
def test_every_locked_package_is_a_part(document: dict[str, Any], lock: str, _environment: str, scope: str) -> None:
    names = re.findall(r"^([\w.-]+)(?:\[.*\])?==", (ROOT / lock).read_text(encoding="utf-8"), re.M)
    parts = {part["name"]: part for part in document["components"] if part.get("scope") == scope}
    assert sorted(parts) == sorted(names)
    assert all(part["externalReferences"][0]["hashes"] for part in parts.values())


def test_parts_say_their_licence_and_what_they_need(document: dict[str, Any]) -> None:
    parts = {part["bom-ref"]: part for part in document["components"]}
    needs = {need["ref"]: need["dependsOn"] for need in document["dependencies"]}
    rasa = next(reference for reference in parts if "pkg:pypi/rasa@" in reference)
    assert parts[rasa]["licenses"] == [{"license": {"name": "Apache Software License"}}]
    assert any("pkg:pypi/sanic@" in other for other in needs[rasa])
    assert {other for others in needs.values() for other in others} <= set(parts)


class Package:
    """Stands for an installed package with some metadata."""

    def __init__(self, **metadata: str) -> None:
        self.metadata = Message()
        for name, value in metadata.items():
            self.metadata[name.replace("_", "-")] = value


@pytest.mark.parametrize(
    ("package", "licences"),
    [
        (Package(License_Expression="MIT OR Apache-2.0", License="MIT"), [{"expression": "MIT OR Apache-2.0"}]),
        (Package(License="MIT", Classifier="License :: OSI Approved :: BSD License"), [{"license": {"name": "BSD License"}}]),
        (Package(License="MIT License\n\nPermission is hereby granted"), [{"license": {"name": "MIT License"}}]),
        (Package(), []),
    ],
)
def test_where_a_licence_stands(package: Any, licences: list[dict[str, Any]]) -> None:
    assert sbom.licences(package) == licences


def test_it_is_written_to_a_new_file_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FILE", str(tmp_path / "sbom.json"))
    assert sbom.main() == 0
    assert json.loads((tmp_path / "sbom.json").read_text(encoding="utf-8"))["bomFormat"] == "CycloneDX"
    assert sbom.main() == 1, "an older file is gone"
