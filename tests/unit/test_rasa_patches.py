"""Our patches of Rasa and Sanic were read against certain versions of theirs, and change nothing until they are installed."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import pytest

from components.rasa_patches.unused_imports import RASA_VERSION
from runtime.paths import ROOT

READ_AGAINST = {"rasa": RASA_VERSION, "rasa-sdk": "3.6.2", "sanic": "21.12.2"}


@pytest.mark.parametrize("package", READ_AGAINST)
def test_the_patches_were_read_against_the_installed_version(package: str) -> None:
    assert version(package) == READ_AGAINST[package], (
        f"{package} is another version now. Read each module of components/rasa_patches/ beside the code that it changes, "
        f"then write the new version into {__file__} or unused_imports.py."
    )


def test_importing_the_patches_loads_nothing_that_they_change() -> None:
    code = "import sys, components.rasa_patches; print({'rasa', 'sanic'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr
