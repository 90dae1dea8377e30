"""Unpacks the model ahead of the first start: training ends with it, and so does the build of the container image."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from components.rasa_patches import unused_imports
from runtime.environment import setting
from runtime.paths import ROOT


def main() -> None:
    unused_imports.install()
    from components.rasa_patches.model_archive import unpacked

    with tempfile.TemporaryDirectory() as spare:
        if unpacked(ROOT / setting("MODEL"), Path(spare)) == Path(spare):
            sys.exit("The model cannot be unpacked next to its archive, so each start has to unpack it. Is the folder writable?")


if __name__ == "__main__":
    main()
