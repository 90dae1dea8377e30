"""Keeps what every start would work out anew. Training writes it into `models/prepared`; a start only reads it.

As with the models beside it, whoever can write there can run anything in our processes, so nobody else should be able to.
"""

from __future__ import annotations

import contextlib
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
    """Returns what was written down under this name and version; None if nothing was, or it is damaged."""
    try:
        with _file(name, version, folder).open("rb") as file:
            return pickle.load(file)  # noqa: S301 - as trusted as the models
    except FileNotFoundError:
        return None
    except Exception as error:
        logger.warning("%s is damaged (%s), so we work it out anew.", _file(name, version, folder), type(error).__name__)
        return None


def write(name: str, version: str, content: Any, folder: Path = FOLDER) -> None:
    """Writes something down under a name, in the place of all other versions, if we may write there."""
    with contextlib.suppress(OSError):
        folder.mkdir(exist_ok=True)
        unfinished = folder / f".{name}.{os.getpid()}"
        unfinished.write_bytes(pickle.dumps(content, pickle.HIGHEST_PROTOCOL))
        for other in folder.glob(f"{name}-*"):
            other.unlink(missing_ok=True)
        unfinished.rename(_file(name, version, folder))  # so that nobody sees half of it


def _file(name: str, version: str, folder: Path) -> Path:
    return folder / f"{name}-{version}.pickle"
