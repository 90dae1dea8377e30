"""A clock for servers in other processes, which a test can shift."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


class Clock:
    """The clock of every server that starts with `settings`."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock_shift"
        self._set(0)

    def _set(self, seconds: float) -> None:
        # A server may be reading the file right now.
        temporary = self._file.with_suffix(".new")
        temporary.write_text(str(seconds))
        temporary.replace(self._file)

    @property
    def settings(self) -> dict[str, str]:
        """The environment variables for a server."""
        path = os.pathsep.join(filter(None, (str(Path(__file__).parent / "shifted_clock"), os.environ.get("PYTHONPATH"))))
        return {"CLOCK_SHIFT": str(self._file), "PYTHONPATH": path}

    @contextlib.contextmanager
    def shifted(self, seconds: float) -> Iterator[None]:
        """Temporarily sets the clock forward or back."""
        self._set(seconds)
        try:
            yield
        finally:
            self._set(0)
