"""`make audit`: looks for known vulnerabilities in the locked packages. An incomplete check does not count."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from typing import Any

import yaml

from runtime.paths import ROOT

LOCKS = ("requirements.txt", "requirements-dev.txt")
CLEAN, VULNERABLE, NOT_CHECKED = 0, 1, 2
SERVICE = ("-s", "osv")


def findings(lock: str, service: Sequence[str]) -> list[dict[str, Any]] | None:
    """Returns pip-audit's result for each package in `lock`, or None if it could not look up all of them."""
    command = [".venv-dev/bin/python", "-m", "pip_audit", "--disable-pip", "-f", "json", "--progress-spinner", "off"]
    result = subprocess.run([*command, *service, "-r", lock], cwd=ROOT, capture_output=True, text=True)
    try:
        packages = json.loads(result.stdout)["dependencies"]
    except (ValueError, KeyError):
        return None
    # If pip-audit cannot reach the service, it skips packages and reports the rest as clean.
    looked_up = [package for package in packages if "skip_reason" not in package]
    locked = re.findall(r"^[\w.-]+(?:\[[\w,-]+\])?==", (ROOT / lock).read_text(encoding="utf-8"), re.M)
    return looked_up if len(looked_up) == len(locked) else None


def unexplained(packages: list[dict[str, Any]], exceptions: list[dict[str, Any]], today: date) -> list[str]:
    """Returns one line for each vulnerability that no exception covers `today`."""
    lines = []
    for package in packages:
        valid = [entry for entry in exceptions if entry["package"] == package["name"] and entry["until"] >= today]
        covered = {identifier for entry in valid for identifier in entry["ids"]}
        for vulnerability in package["vulns"]:
            if not covered & {vulnerability["id"], *vulnerability.get("aliases", ())}:
                fixed = ", ".join(vulnerability["fix_versions"]) or "no version yet"
                lines.append(f"{package['name']} {package['version']}: {vulnerability['id']}, fixed in {fixed}")
    return lines


def main(service: Sequence[str] = SERVICE, locks: Sequence[str] = LOCKS) -> int:
    """Prints the result. Returns 0 only if we looked up every package and every vulnerability has an exception."""
    exceptions = yaml.safe_load((ROOT / "deploy" / "audit.yml").read_text(encoding="utf-8"))["exceptions"]
    lines: list[str] = []
    for lock in locks:
        packages = findings(lock, service)
        if packages is None:
            print(f"{lock}: not checked, because the advisory service did not answer for every package.")
            return NOT_CHECKED
        lines += unexplained(packages, exceptions, date.today())
        print(f"{lock}: {len(packages)} packages looked up.")
    print("\n".join(lines) if lines else "No vulnerabilities, except those explained in deploy/audit.yml.")
    return VULNERABLE if lines else CLEAN


if __name__ == "__main__":
    sys.exit(main())
