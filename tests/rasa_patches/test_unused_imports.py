"""A serving process loads only what it needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from components.rasa_patches.unused_imports import ABSENT, STAND_INS
from runtime.paths import ROOT
from tests.support.servers import Server

# Loads the model and answers, in a process of its own; prints what it has imported from where.
PROBE = """
import json, pathlib, sys
from components.rasa_patches import unused_imports
unused_imports.install()
import rasa.__main__, rasa.core.run
from rasa.core.run import create_http_input_channels
create_http_input_channels(None, "credentials.yml")
from tests.support import assistant
visitor = assistant.load(pathlib.Path(sys.argv[1]), sys.argv[2]).talk()
replies = visitor.say("does it hurt?")
print(json.dumps([sorted(sys.modules), [reply["metadata"]["kind"] for reply in replies]]))
"""


def test_everything_in_the_table_is_needed(tmp_path: Path, action_server: str) -> None:
    command = [sys.executable, "-W", "ignore", "-c", PROBE, str(tmp_path), action_server]
    settings = {**os.environ, "SESSION_SECRET": "k" * 40, "ASSISTANT_STATE": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    imported, kinds = json.loads(done.stdout.splitlines()[-1])
    assert kinds == ["answer", "referral"]
    assert not [module for _, modules in STAND_INS for module in modules if module not in imported], "nobody imports these"
    assert not set(ABSENT) & set(imported)


def test_a_server_has_no_tensorflow_in_memory(server: Server) -> None:
    assert server.say(server.session(), "does it hurt?")[0] == 200
    mapped = Path(f"/proc/{server.part('commands.rasa').pid}/maps").read_text()
    assert "onnxruntime" in mapped
    assert not [name for name in ("tensorflow", "sklearn", "h5py", "matplotlib", "scipy") if f"/{name}/" in mapped]
