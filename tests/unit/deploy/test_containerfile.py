"""The container file, and what of the checkout its build may see."""

from __future__ import annotations

import re

from runtime.paths import ROOT


def test_the_build_sees_exactly_what_is_copied() -> None:
    containerfile = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")
    lines = re.findall(r"^COPY (?!--from)(.*) \S+$", containerfile, re.M)
    copied = {source.split("/")[0] for line in lines for source in line.split()}
    ignored = (ROOT / "deploy" / "Containerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignored
    assert copied == {line[1:] for line in ignored if line.startswith("!")}


def test_what_is_copied_exists() -> None:
    containerfile = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")
    sources = [source for line in re.findall(r"^COPY (?!--from)(.*) \S+$", containerfile, re.M) for source in line.split()]
    assert "LICENSE" in sources
    # A model is trained, not checked out.
    assert [source for source in sources if not source.startswith("models/") and not (ROOT / source).exists()] == []
