"""No test changes what the whole process shares while threads or servers run in it: the value is passed in.

A clock that one thread froze for all of them once failed 44 tests elsewhere. Only unit tests may patch the environment, the time
or a module, since nothing runs beside them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.paths import ROOT
from tests.support.sources import files, imports, module, tree

ENVIRONMENT_CHANGES = {"update", "pop", "setdefault", "clear", "popitem"}
MONKEYPATCHED_ENVIRONMENT = {"setenv", "delenv", "syspath_prepend", "chdir", "setitem", "delitem"}
# It sets variables for the moment in which channels are made, before they serve anybody.
HOUSE = "tests.support.house"
CHECKED = [path for path in files("tests", "benchmarks") if not path.is_relative_to(ROOT / "tests" / "unit")]


def modules(code: ast.Module) -> set[str]:
    """Returns the names under which a file has modules."""
    found: set[str] = set()
    for node in ast.walk(code):
        if isinstance(node, ast.Import):
            found |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            parts = [(alias, ROOT.joinpath(*node.module.split("."), alias.name)) for alias in node.names]
            found |= {alias.asname or alias.name for alias, path in parts if path.with_suffix(".py").exists() or path.is_dir()}
    return found


def is_time_limit(target: ast.expr, name: ast.expr | None) -> bool:
    """Tells whether a constant of a channel is patched: channels in the tests' process run on the one thread of the test."""
    return isinstance(target, ast.Name) and isinstance(name, ast.Constant) and str(name.value).isupper()


def changes(code: ast.Module, in_process: bool = False) -> Iterator[str]:
    """Yields the lines that change what the process shares.

    Args:
        in_process: whether constants of a module may be patched, since what reads them runs on the thread of the test.
    """
    shared = modules(code)
    if any(name.startswith(("unittest.mock", "mock.")) for name in imports(ast.walk(code))):
        yield "mock patches for all threads"
    for node in ast.walk(code):
        written = node.targets if isinstance(node, ast.Assign | ast.Delete) else []
        yield from (ast.unparse(node) for target in written if ast.unparse(target).startswith(("os.environ[", "sys.modules[")))
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        owner, called = ast.unparse(node.func.value), node.func.attr
        if owner in ("os.environ", "sys.modules") and called in ENVIRONMENT_CHANGES or f"{owner}.{called}" == "os.putenv":
            yield ast.unparse(node)
        if owner.startswith("monkeypatch") and called in MONKEYPATCHED_ENVIRONMENT:
            yield ast.unparse(node)
        if owner.startswith("monkeypatch") and called in ("setattr", "delattr"):
            target, name = node.args[0], node.args[1] if len(node.args) > 1 else None
            of_a_module = isinstance(target, ast.Constant) or ast.unparse(target).partition(".")[0] in shared
            if of_a_module and not (in_process and is_time_limit(target, name)):
                yield ast.unparse(node)


@pytest.mark.parametrize("path", CHECKED, ids=module)
def test_no_test_changes_what_all_share(path: Path) -> None:
    if module(path) != HOUSE:
        assert list(changes(tree(path), in_process=module(path).startswith("tests.channels."))) == []


@pytest.mark.parametrize(
    "line",
    [
        "from unittest import mock",
        "import os\nos.environ['CLINIC_FILE'] = 'x'",
        "import os\ndel os.environ['CLINIC_FILE']",
        "import os\nos.environ.update(CLINIC_FILE='x')",
        "import sys\nsys.modules['rasa'] = None",
        "monkeypatch.setenv('CLINIC_FILE', 'x')",
        "import time\nmonkeypatch.setattr(time, 'time', lambda: 0)",
        "monkeypatch.setattr('itsdangerous.timed.time.time', lambda: 0)",
        "from components.dialogue import responses\nmonkeypatch.setattr(responses.random, 'choice', min)",
        "from benchmarks import visitors\nmonkeypatch.setattr(visitors, 'PAUSE', 0)",
    ],
)
def test_such_a_change_is_found(line: str) -> None:
    assert list(changes(ast.parse(line)))


@pytest.mark.parametrize(
    "line",
    ["monkeypatch.setattr(store, 'engine', engine)", "import os\nenv = {**os.environ, 'X': '1'}", "import time\ntime.time()"],
)
def test_nothing_else_is(line: str) -> None:
    assert not list(changes(ast.parse(line)))
