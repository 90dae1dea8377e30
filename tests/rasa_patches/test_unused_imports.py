"""A serving process loads only what it needs, and hardly compiles a pattern that training has written down."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from components.rasa_patches.unused_imports import ABSENT, STAND_INS
from runtime.paths import ROOT
from tests.support.servers import Server

# Loads the model and answers, in a process of its own; prints what it has imported and compiled.
PROBE = """
import json, pathlib, sys
from runtime import compiled_patterns
patterns = compiled_patterns.install()
from components.rasa_patches import unused_imports
unused_imports.install()
import rasa.__main__, rasa.core.run
from rasa.core.run import create_http_input_channels
create_http_input_channels(None, "credentials.yml")
from tests.support import assistant
visitor = assistant.load(pathlib.Path(sys.argv[1]), sys.argv[2]).talk()
kinds = [reply["metadata"]["kind"] for text in ("does it hurt?", "¿duele mucho?") for reply in visitor.say(text)]
print(json.dumps({"imported": sorted(sys.modules), "kinds": kinds, "compiled": patterns.misses}))
"""


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory, action_server: str) -> dict[str, Any]:
    folder = str(tmp_path_factory.mktemp("probe"))
    command = [sys.executable, "-W", "ignore", "-c", PROBE, folder, action_server]
    settings = {**os.environ, "SESSION_SECRET": "k" * 40, "ASSISTANT_STATE": folder}
    done = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    printed: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert printed["kinds"] == ["answer", "referral"] * 2
    return printed


def test_a_start_compiles_hardly_a_pattern(probe: dict[str, Any]) -> None:
    assert probe["compiled"] < 60, "of more than a thousand"


def test_everything_in_the_table_is_needed(probe: dict[str, Any]) -> None:
    imported = probe["imported"]
    assert not [module for _, modules in STAND_INS for module in modules if module not in imported], "nobody imports these"
    assert not set(ABSENT) & set(imported)


def test_a_server_has_no_tensorflow_in_memory(server: Server) -> None:
    assert server.say(server.session(), "does it hurt?")[0] == 200
    mapped = Path(f"/proc/{server.part('commands.rasa').pid}/maps").read_text()
    assert "onnxruntime" in mapped
    assert not [name for name in ("tensorflow", "sklearn", "h5py", "matplotlib", "scipy") if f"/{name}/" in mapped]
