"""`make sbom`: the list of all parts (SBOM) as CycloneDX JSON, from the lock files and the metadata of what is installed."""

from __future__ import annotations

import os
import platform
import re
import sys
import uuid
from datetime import datetime, timezone
from importlib.metadata import Distribution, distributions
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from commands.output import write_json
from runtime.paths import ROOT
from runtime.version import VERSION

# Each lock file with its environment. CycloneDX calls what runs "required", and what only developers use "excluded".
LOCKS = (("requirements.txt", ".venv", "required"), ("requirements-dev.txt", ".venv-dev", "excluded"))
LOCKED = re.compile(r"^([\w.-]+)(?:\[[\w,-]+\])?==(\S+)((?: \\\n +--hash=sha256:[0-9a-f]{64})*)", re.MULTILINE)
MAX_NAME = 80  # characters of a licence's name; some packages put its whole text there
Component = dict[str, Any]


def installed(environment: str) -> dict[str, Distribution]:
    """Returns the packages in an environment, by name."""
    folders = [str(folder) for folder in (ROOT / environment).glob("lib/python*/site-packages")]
    return {canonicalize_name(package.metadata["Name"]): package for package in distributions(path=folders)}


def licences(package: Distribution) -> list[dict[str, Any]]:
    """Returns the licences that a package names, as CycloneDX puts them."""
    expression, text = ((package.metadata.get_all(field) or [""])[0] for field in ("License-Expression", "License"))
    if expression:
        return [{"expression": expression}]
    classifiers = [line for line in package.metadata.get_all("Classifier") or [] if line.startswith("License :: ")]
    names = [line.rpartition(" :: ")[2] for line in classifiers] or [text.strip().partition("\n")[0][:MAX_NAME]]
    return [{"license": {"name": name}} for name in names if name]


def component(name: str, version: str, scope: str, hashes: list[str]) -> Component:
    """Returns one locked package. The hashes are those of all its files that the lock allows."""
    allowed = [{"alg": "SHA-256", "content": content} for content in hashes]
    purl = f"pkg:pypi/{name}@{version}"
    source = {"type": "distribution", "url": purl, "hashes": allowed}  # the lock has no addresses
    # An environment is part of the reference, because both may have the same package.
    reference = {"type": "library", "bom-ref": f"{scope} {purl}", "name": name, "version": version}
    return {**reference, "scope": scope, "purl": purl, "externalReferences": [source]}


def needed_by(package: Distribution) -> set[str]:
    """Returns the names of the packages that a package needs on this machine, without its extras."""
    requirements = [Requirement(line) for line in package.requires or ()]
    return {canonicalize_name(each.name) for each in requirements if not each.marker or each.marker.evaluate({"extra": ""})}


def locked(lock: str, environment: str, scope: str) -> tuple[list[Component], list[dict[str, Any]]]:
    """Returns the packages of a lock file, and which of them each one needs."""
    found = LOCKED.findall((ROOT / lock).read_text(encoding="utf-8"))
    components = {name: component(name, version, scope, re.findall(r"[0-9a-f]{64}", hashes)) for name, version, hashes in found}
    packages = installed(environment)
    needs = []
    for name in components.keys() & packages.keys():
        components[name]["licenses"] = licences(packages[name])
        others = sorted(components[other]["bom-ref"] for other in needed_by(packages[name]) & components.keys())
        needs.append({"ref": components[name]["bom-ref"], "dependsOn": others})
    return list(components.values()), sorted(needs, key=lambda need: need["ref"])


def bill_of_materials() -> dict[str, Any]:
    """Returns the whole document. The chat for the page is a part without dependencies: nothing in it is from others."""
    ours = {"version": VERSION, "licenses": [{"license": {"id": "Apache-2.0"}}]}
    assistant = {"type": "application", "bom-ref": "assistant", "name": "exosome-assistant", **ours}
    widget = {"type": "library", "bom-ref": "widget", "name": "exosome-assistant-widget", **ours}
    python = {"type": "platform", "bom-ref": "python", "name": "CPython", "version": platform.python_version()}
    components: list[Component] = [widget, python]
    dependencies: list[dict[str, Any]] = []
    for lock, environment, scope in LOCKS:
        packages, needs = locked(lock, environment, scope)
        components += packages
        dependencies += needs
    direct = [part["bom-ref"] for part in components if part.get("scope") != "excluded"]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid4()}",
        "version": 1,
        "metadata": {"timestamp": datetime.now(timezone.utc).isoformat(timespec="seconds"), "component": assistant},
        "components": components,
        "dependencies": [{"ref": "assistant", "dependsOn": direct}, *dependencies],
    }


def main() -> int:
    """Writes the list to the file in the environment variable FILE, or to standard output."""
    file = os.environ.get("FILE", "")
    document = bill_of_materials()
    missing = [part["name"] for part in document["components"] if "licenses" not in part and part["type"] == "library"]
    if missing:
        print(f"Not installed, so without a licence here: {', '.join(missing)}.", file=sys.stderr)
    try:
        write_json(document, file)
    except OSError as error:
        print(f"Cannot write {file}: {error.strerror}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
