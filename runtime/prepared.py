"""Keeps what every start would otherwise work out again. Training writes it into `models/prepared`, and a start reads it.

A start that finds nothing there works it out itself, and writes it down if it may. As with the models beside it, whoever can
write there can run anything in our processes, so nobody else should be able to.
"""

from __future__ import annotations

import hashlib
import logging
import os
import pickle
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from runtime.paths import ROOT

logger = logging.getLogger(__name__)
FOLDER = ROOT / "models" / "prepared"
READABLE, ENTERABLE = 0o644, 0o755  # modes: the servers may run as another user than training
T = TypeVar("T")


def prepared(name: str, made_from: Iterable[Path], make: Callable[[], T], folder: Path = FOLDER) -> T:
    """Returns what `make` makes of some files, as it was written down when they were the same as now.

    If they have changed since, makes it now, and writes that down if we may write there.

    Args:
        name: what to call it; the same name always stands for the same kind of thing.
        made_from: all files that it depends on: data, and the code of `make`.
        make: returns something that can be pickled.
        folder: where it is kept.
    """
    digest = hashlib.sha256(b"".join(hashlib.sha256(path.read_bytes()).digest() for path in made_from)).hexdigest()[:16]
    kept = read(name, digest, folder)
    if kept is not None:
        return kept
    made = make()
    write(name, digest, made, folder)
    return made


def read(name: str, version: str, folder: Path = FOLDER) -> Any:
    """Returns what was written down under this name and version; None if nothing was, or we cannot read it."""
    file = _file(name, version, folder)
    try:
        return pickle.loads(file.read_bytes())  # noqa: S301 - as trusted as the models
    except FileNotFoundError:
        return None
    except PermissionError:
        logger.warning("This user may not read %s, so we work it out anew at each start.", file)
    except Exception as error:
        logger.warning("%s is damaged (%s), so we work it out anew.", file, type(error).__name__)
    return None


def write(name: str, version: str, content: Any, folder: Path = FOLDER) -> bool:
    """Writes something down under a name, in the place of all other versions. Returns False if we may not write there."""
    unfinished = folder / f".{name}.{os.getpid()}"
    try:
        if not folder.exists():
            folder.mkdir()
            folder.chmod(ENTERABLE)
        unfinished.write_bytes(pickle.dumps(content, pickle.HIGHEST_PROTOCOL))
        unfinished.chmod(READABLE)
        for other in folder.glob(f"{name}-*"):
            other.unlink(missing_ok=True)
        unfinished.rename(_file(name, version, folder))  # so that nobody sees half of it
    except OSError:
        if unfinished.exists():
            unfinished.unlink()
        return False
    return True


def _file(name: str, version: str, folder: Path) -> Path:
    return folder / f"{name}-{version}.pickle"
