"""`make install`: creates a virtual environment from a lock file, and shows the progress.

It runs before anything is installed, so it only needs Python itself.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TextIO

LOCKED = re.compile(r"^[\w.-]+(?:\[[\w,-]+\])?==", re.M)
FETCHED = re.compile(r"^(?:Collecting |Processing \S*/)([\w.]+(?:-[a-z][\w.]*)*)", re.M)  # from an index or a file
EVERY = 10.0  # seconds between two lines if the output is not a terminal
LAST_LINES = 30  # of pip's log that we show if it fails


def progress(log: str, installed: int, packages: int) -> str:
    """Returns pip's progress in words.

    Args:
        log: pip's output so far.
        installed: how many packages it has installed so far.
        packages: how many are in the lock file.
    """
    if "Installing collected packages" in log:
        return f"installing {min(installed, packages)} of {packages} packages"
    fetched = FETCHED.findall(log)
    return f"fetching {len(fetched)} of {packages} packages" + (f": {fetched[-1]}" if fetched else "")


class Display:
    """A single line that we overwrite on a terminal; elsewhere, a new line every `every` seconds."""

    def __init__(self, title: str, output: TextIO, every: float = EVERY) -> None:
        self._title, self._output, self._every = title, output, every
        self._started = self._shown = time.monotonic()

    def show(self, text: str) -> None:
        """Shows `text`. If the output is not a terminal, skips most calls to keep logs short."""
        now = time.monotonic()
        if self._output.isatty():
            self._output.write(f"\r\033[K{self._title}: {text} ({now - self._started:.0f} s)")
        elif now - self._shown >= self._every:
            self._output.write(f"{self._title}: {text} ({now - self._started:.0f} s)\n")
            self._shown = now
        self._output.flush()

    def close(self) -> None:
        """Clears the line on a terminal."""
        if self._output.isatty():
            self._output.write("\r\033[K")
            self._output.flush()


def install(folder: Path, lock: Path, display: Display) -> bool:
    """Installs the packages in `lock` into the new environment `folder`. pip's output goes to `install.log` there."""
    packages = len(LOCKED.findall(lock.read_text(encoding="utf-8")))
    log = folder / "install.log"
    python = str(folder / "bin" / "python")
    command = [python, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]
    already = _installed(folder)
    with log.open("w", encoding="utf-8") as output:
        pip = subprocess.Popen([*command, "--no-deps", "--require-hashes", "-r", str(lock)], stdout=output, stderr=output)
        while pip.poll() is None:
            text = log.read_text(encoding="utf-8", errors="replace")
            display.show(progress(text, _installed(folder) - already, packages))
            time.sleep(0.5)
    display.close()
    if pip.returncode:
        print("\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]))
    return pip.returncode == 0


def _installed(folder: Path) -> int:
    return sum(1 for _ in folder.glob("lib/python*/site-packages/*.dist-info"))


def main() -> int:
    """Creates an environment. The command line gives its folder and its lock file."""
    folder, lock = Path(sys.argv[1]), Path(sys.argv[2])
    print(f"Installing {lock} into {folder}, which takes a few minutes the first time.", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    if subprocess.run([sys.executable, "-m", "venv", str(folder)]).returncode:
        print("Python could not create the environment. If its venv module is missing: sudo apt-get install python3.10-venv")
        return 1
    if not install(folder, lock, Display(str(folder), sys.stdout)):
        print(f"The installation failed. The full log is in {folder / 'install.log'}.")
        return 1
    (folder / "installed").touch()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
