"""A module without Rasa in it imports in a blink: it loads neither Rasa nor TensorFlow, which take seconds and 500 MB."""

from __future__ import annotations

import ast
import json
import subprocess
import sys

from runtime.paths import ROOT
from tests.support.sources import PRODUCTION, files, imports, module, tree

HEAVY = ("rasa", "tensorflow")
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


def needs_rasa(name: str) -> bool:
    """Whether a module imports Rasa at its top, or has a class whose base is in such a module, as each platform has."""
    path = ROOT.joinpath(*name.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    if not file.exists():
        return name.partition(".")[0] in HEAVY
    code = tree(file)
    if any(imported.partition(".")[0] in HEAVY for imported in imports(iter(code.body))):
        return True
    bases = {ast.unparse(base) for node in code.body if isinstance(node, ast.ClassDef) for base in node.bases}
    sources = [node for node in code.body if isinstance(node, ast.ImportFrom) and node.module]
    return any(needs_rasa(str(node.module)) for node in sources if bases & {alias.asname or alias.name for alias in node.names})


def light() -> list[str]:
    """Returns the modules that are to load no Rasa."""
    return [name for name in map(module, files(*PRODUCTION)) if not needs_rasa(name) and name not in SCRIPTS]


def test_only_modules_with_rasa_in_them_load_it() -> None:
    asked = json.dumps([HEAVY, str(ROOT), light()])
    done = subprocess.run([sys.executable, "-c", PROBE], cwd=ROOT, input=asked, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    wanted: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    assert not wanted, "".join(f"\n{name} does not import without Rasa: {why}" for name, why in wanted.items())


def test_there_are_such_modules() -> None:
    assert {"runtime.logs", "actions.candidacy", "channels.options", "commands.shell"} <= set(light())
    assert not {"components.dialogue.turn_policy", "channels.platforms.telegram"} & set(light())
