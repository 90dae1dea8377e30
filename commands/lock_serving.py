"""Writes requirements-serve.txt: what is in requirements.txt, without what a serving process never imports (serving.in)."""

from __future__ import annotations

import re

from runtime.paths import ROOT

LOCK, LEFT_OUT, SERVED = (ROOT / name for name in ("requirements.txt", "serving.in", "requirements-serve.txt"))
PACKAGE = re.compile(r"^(?=[a-z0-9])", re.M)  # where the next package begins
NAME = re.compile(r"[a-z0-9._-]+")


def serving_lock(lock: str, left_out: str) -> str:
    """Returns the lock file without the packages in `left_out`.

    Raises:
        ValueError: a package to leave out is not locked.
    """
    head, *packages = PACKAGE.split(lock)
    named = {NAME.match(package).group(): package for package in packages}  # type: ignore[union-attr]
    unwanted = {line for line in map(str.strip, left_out.splitlines()) if line and not line.startswith("#")}
    unknown = sorted(unwanted - set(named))
    if unknown:
        raise ValueError(f"{LEFT_OUT.name} has {', '.join(unknown)}, which {LOCK.name} does not have: take it out.")
    return head + "".join(package for name, package in named.items() if name not in unwanted)


def main() -> None:
    SERVED.write_text(serving_lock(LOCK.read_text(encoding="utf-8"), LEFT_OUT.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
