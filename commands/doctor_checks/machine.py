"""Checks of the machine. They need nothing but Python itself, so they also work before anything is installed."""

from __future__ import annotations

import os
import resource
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from commands.doctor_checks.finding import BROKEN, OK, WARNING, Finding
from runtime.environment import setting, state_folder
from runtime.paths import ROOT

PYTHON = (3, 10)
GB = 1024**3  # bytes
DISK_TO_INSTALL, DISK_TO_RUN = 4.0, 1.0  # GB
MEMORY_TO_TRAIN, MEMORY_TO_RUN = 6.0, 1.0  # GB
MIN_OPEN_FILES = 4096
MEMINFO = Path("/proc/meminfo")
SECRETS_FILES = (
    Path("/etc/exosome-assistant/secrets"),
    Path("/etc/exosome-assistant/actions"),
)  # of the units in deploy/systemd/


def is_installed() -> bool:
    """Returns whether `make install` has finished."""
    return (ROOT / ".venv" / "installed").exists()


def python_version(
    _environment: Mapping[str, str] = os.environ, version: tuple[int, ...] = sys.version_info[:2]
) -> Iterator[Finding]:
    shown = ".".join(map(str, version))
    if version == PYTHON or shutil.which("python3.10"):
        yield Finding(OK, "Python 3.10 is there.")
    else:
        yield Finding(
            BROKEN,
            f"There is no Python 3.10, only {shown}.",
            'Rasa 3.6 needs 3.10: see "Requirements" in README.md, and check that `python3.10 --version` works.',
        )


def user(_environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    if os.geteuid() == 0:
        yield Finding(
            WARNING,
            "You are root, so this says little about the user that the assistant runs as.",
            "Run it as that user: docs/going_live.md has the command.",
        )


def disk(_environment: Mapping[str, str] = os.environ, folder: Path = ROOT, needed: float = 0) -> Iterator[Finding]:
    """Takes the space that is `needed` in GB; by default, what is left to install and run."""
    needed = needed or (DISK_TO_RUN if is_installed() else DISK_TO_INSTALL)
    free = shutil.disk_usage(folder).free / GB
    if free < needed:
        yield Finding(
            BROKEN, f"{folder} has {free:.1f} GB of free disk; it takes {needed:g} GB.", "Free some, or move to a larger disk."
        )
    else:
        yield Finding(OK, f"{folder} has {free:.0f} GB of free disk.")


def memory(_environment: Mapping[str, str] = os.environ, meminfo: str = "") -> Iterator[Finding]:
    """Takes the text of /proc/meminfo; by default, this machine's."""
    fields = dict(line.split(":", 1) for line in (meminfo or MEMINFO.read_text()).splitlines())
    total, free, swap = (int(fields[name].split()[0]) / 1024**2 for name in ("MemTotal", "MemAvailable", "SwapTotal"))
    if total < MEMORY_TO_RUN:
        yield Finding(BROKEN, f"The machine has {total:.1f} GB of memory; it takes {MEMORY_TO_RUN:g} GB.", "Take a larger one.")
    elif free < MEMORY_TO_RUN:
        yield Finding(
            WARNING,
            f"{free:.1f} GB of memory is free. If the assistant isn't running yet, it takes {MEMORY_TO_RUN:g} GB.",
            "Stop what you don't need.",
        )
    elif not (ROOT / setting("MODEL")).exists() and free + swap < MEMORY_TO_TRAIN:
        yield Finding(
            WARNING,
            f"{free:.1f} GB of memory is free; training takes {MEMORY_TO_TRAIN:g} GB.",
            "Add swap, or train on another machine and copy models/assistant.tar.gz and its .sha256.",
        )
    else:
        yield Finding(OK, f"{free:.1f} GB of memory is free.")
    if not swap and total < 2 * MEMORY_TO_RUN + 1:
        yield Finding(WARNING, "There is little memory and no swap, so a peak ends a process.", "Add 2 GB of swap.")


def open_files(_environment: Mapping[str, str] = os.environ, needed: int = MIN_OPEN_FILES) -> Iterator[Finding]:
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if 0 <= limit < needed:
        yield Finding(
            WARNING,
            f"A process may open {limit} files, and each visitor is one.",
            f"Run `ulimit -n {needed}` first; the units in deploy/systemd/ set it themselves.",
        )
    else:
        yield Finding(OK, "A process may open enough files.")


def state(environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    folder = state_folder(environment)
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            yield Finding(OK, f"{folder} can be written.")
    except OSError as error:
        yield Finding(
            BROKEN,
            f"{existing} cannot be written ({error.strerror}), so there is no place for conversations and keys.",
            f"Give it to the user that the assistant runs as (`chown`), or set ASSISTANT_STATE. You are user {os.geteuid()}.",
        )


def private_files(
    environment: Mapping[str, str] = os.environ, secrets_files: Sequence[Path] = SECRETS_FILES
) -> Iterator[Finding]:
    folder = state_folder(environment)
    ours = [folder, *(folder / name for name in ("session_secret", "callback_secret", "conversations.db", "report"))]
    for path in (*ours, *secrets_files, ROOT / "deploy" / ".env"):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & stat.S_IRWXO:
            yield Finding(BROKEN, f"Every user of this machine can reach {path}.", f"Run `chmod o= {path}`.")


def clock(_environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    asked = ["timedatectl", "show", "--property=NTPSynchronized", "--value"]
    try:
        answer = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=False).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        answer = ""
    if answer == "yes":
        yield Finding(OK, "The clock is kept right.")
    else:
        state = "not kept right" if answer == "no" else "perhaps not kept right; timedatectl does not say"
        yield Finding(
            WARNING,
            f"The clock is {state}. Sessions, opening hours and deletion depend on it.",
            "Run `timedatectl set-ntp true`; if that fails, `apt-get install systemd-timesyncd` first.",
        )
