"""A module without Rasa in it imports in a blink: it loads neither Rasa nor TensorFlow, which take seconds and 500 MB."""

from __future__ import annotations

import json
import subprocess
import sys

from runtime.paths import ROOT
from tests.support.sources import PRODUCTION, files, imports, module, tree

HEAVY = ("rasa", "tensorflow")
# Each is a class of ours that is one of Rasa's.
SUBCLASSES = tuple(f"channels.platforms.{name}" for name in ("telegram", "messenger", "whatsapp", "slack"))
SCRIPTS = ("components.storage.migrations.env",)  # alembic runs it, and nobody imports it
# Imports each of the modules where there is no Rasa, and prints for those that fail which line of ours wanted it.
PROBE = """
import importlib, json, sys, traceback
heavy, ours, names = json.load(sys.stdin)
sys.modules.update(dict.fromkeys(heavy))
wanted = {}
for name in names:
    try:
        importlib.import_module(name)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if frame.filename.startswith(ours) and ".venv" not in frame.filename] or frames
        wanted[name] = f"{error!r}, by {own[-1].filename}:{own[-1].lineno}: {own[-1].line}"
print(json.dumps(wanted))
"""


def light() -> list[str]:
    """Returns the modules that do not import Rasa themselves, once they are loaded."""
    return [
        module(path)
        for path in files(*PRODUCTION)
        if not any(name.partition(".")[0] in HEAVY for name in imports(iter(tree(path).body)))
        and module(path) not in (*SUBCLASSES, *SCRIPTS)
    ]


def test_only_modules_with_rasa_in_them_load_it() -> None:
    asked = json.dumps([HEAVY, str(ROOT), light()])
    done = subprocess.run([sys.executable, "-c", PROBE], cwd=ROOT, input=asked, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    wanted: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    assert not wanted, "".join(f"\n{name} does not import without Rasa: {why}" for name, why in wanted.items())


def test_there_are_such_modules() -> None:
    assert {"runtime.logs", "actions.candidacy", "channels.options", "commands.shell"} <= set(light())
    assert "components.dialogue.turn_policy" not in light()
