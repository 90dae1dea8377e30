"""A clock for servers in processes of their own, which jumps when a test says so."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


class Clock:
    """The clock of every server that is started with `settings`."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock_shift"
        self._set(0)

    def _set(self, seconds: float) -> None:
        # A server may be reading it just now.
        whole = self._file.with_suffix(".new")
        whole.write_text(str(seconds))
        whole.replace(self._file)

    @property
    def settings(self) -> dict[str, str]:
        """The environment variables for a server."""
        path = os.pathsep.join(filter(None, (str(Path(__file__).parent / "shifted_clock"), os.environ.get("PYTHONPATH"))))
        return {"CLOCK_SHIFT": str(self._file), "PYTHONPATH": path}

    @contextlib.contextmanager
    def shifted(self, seconds: float) -> Iterator[None]:
        """Sets the clock ahead, or back, for a while."""
        self._set(seconds)
        try:
            yield
        finally:
            self._set(0)
