"""Looks for known vulnerabilities in the locked packages: `make audit`. Only a complete check counts."""

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
    """Returns what pip-audit says about each package in `lock`; None unless it has looked up every one."""
    command = [".venv-dev/bin/python", "-m", "pip_audit", "--disable-pip", "-f", "json", "--progress-spinner", "off"]
    result = subprocess.run([*command, *service, "-r", lock], cwd=ROOT, capture_output=True, text=True)
    try:
        packages = json.loads(result.stdout)["dependencies"]
    except (ValueError, KeyError):
        return None
    # Where the service cannot be reached, pip-audit skips the packages and calls the rest clean.
    looked_up = [package for package in packages if "skip_reason" not in package]
    locked = re.findall(r"^[\w.-]+(?:\[[\w,-]+\])?==", (ROOT / lock).read_text(encoding="utf-8"), re.M)
    return looked_up if len(looked_up) == len(locked) else None


def unexplained(packages: list[dict[str, Any]], exceptions: list[dict[str, Any]], today: date) -> list[str]:
    """Returns the vulnerabilities that no exception covers on `today`, a line each."""
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
    """Prints the result; returns 0 only when every package was looked up and every vulnerability is explained."""
    exceptions = yaml.safe_load((ROOT / "deploy" / "audit.yml").read_text(encoding="utf-8"))["exceptions"]
    lines: list[str] = []
    for lock in locks:
        packages = findings(lock, service)
        if packages is None:
            print(f"{lock}: not checked, since the advisory service did not answer for every package.")
            return NOT_CHECKED
        lines += unexplained(packages, exceptions, date.today())
        print(f"{lock}: {len(packages)} packages looked up.")
    print("\n".join(lines) if lines else "No vulnerability without a reason in deploy/audit.yml.")
    return VULNERABLE if lines else CLEAN


if __name__ == "__main__":
    sys.exit(main())
