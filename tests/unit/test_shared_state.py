"""No test changes what the whole process shares while threads or servers run in it: the value is passed in.

A clock that one thread froze for all of them once failed 44 tests elsewhere. Only unit tests may patch the environment, the time
or anything imported, since nothing runs beside them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.paths import ROOT
from tests.support.sources import files, imports, module, tree

PATCHING_LIBRARIES = ("unittest.mock", "mock", "freezegun", "time_machine")
SHARED_MAPPINGS = {"os.environ", "sys.modules"}
MAPPING_CHANGES = {"update", "pop", "setdefault", "clear", "popitem"}
PROCESS_CHANGES = {"os.putenv", "os.unsetenv", "os.chdir"}
# Methods of pytest's monkeypatch, which a fixture may give another name.
ENVIRONMENT_PATCHES = {"setenv", "delenv", "syspath_prepend", "chdir", "setitem", "delitem"}
ATTRIBUTE_PATCHES = {"setattr", "delattr"}
# Unit tests may patch. Python loads the shifted clock when a server of its own starts, and no test imports it.
EXEMPT = (ROOT / "tests" / "unit", ROOT / "tests" / "support" / "shifted_clock")
CHECKED = [path for path in files("tests", "benchmarks") if not any(path.is_relative_to(folder) for folder in EXEMPT)]


def imported_names(code: ast.Module) -> dict[str, str]:
    """Returns where each imported name comes from: `environ` from `os.environ`."""
    found: dict[str, str] = {}
    for node in ast.walk(code):
        if isinstance(node, ast.Import):
            found |= {alias.asname: alias.name for alias in node.names if alias.asname}
            found |= {name: name for name in (alias.name.partition(".")[0] for alias in node.names if not alias.asname)}
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found


def origin(expression: ast.expr, imported: dict[str, str]) -> str:
    """Returns the full name of what is imported, or of a part of it: `os.environ`. Empty for everything else."""
    first, dot, rest = ast.unparse(expression).partition(".")
    return imported[first] + dot + rest if first in imported and is_part(expression) else ""


def is_part(expression: ast.expr) -> bool:
    """Whether this is a name, or an attribute or item of one. What a call returns is not."""
    while isinstance(expression, ast.Attribute | ast.Subscript):
        expression = expression.value
    return isinstance(expression, ast.Name)


def assigned(node: ast.AST) -> list[ast.expr]:
    """Returns what a statement sets or deletes, other than local names."""
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign | ast.Delete):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.For | ast.AsyncFor):
        targets = [node.target]
    elif isinstance(node, ast.withitem) and node.optional_vars:
        targets = [node.optional_vars]
    parts = [part for target in targets for part in (target.elts if isinstance(target, ast.Tuple | ast.List) else [target])]
    return [part for part in parts if isinstance(node, ast.AugAssign) or not isinstance(part, ast.Name)]


def base(target: ast.expr) -> ast.expr:
    """Returns the name at the start: `os` of `os.environ["X"]`."""
    while isinstance(target, ast.Attribute | ast.Subscript):
        target = target.value
    return target


def is_constant(target: ast.expr, name: ast.expr | None) -> bool:
    """Whether a constant of a channel is patched: channels in the tests' process run on the one thread of the test."""
    return isinstance(target, ast.Name) and isinstance(name, ast.Constant) and str(name.value).isupper()


def patches_attribute(call: ast.Call, imported: dict[str, str], in_process: bool) -> bool:
    """Whether a call of `setattr` or `delattr`, Python's or pytest's, patches something imported."""
    if not call.args:
        return False
    target, name = call.args[0], call.args[1] if len(call.args) > 1 else None
    is_undone = isinstance(call.func, ast.Attribute)
    if is_undone and in_process and is_constant(target, name):
        return False
    return isinstance(target, ast.Constant) or bool(origin(target, imported))


def is_change(call: ast.Call, imported: dict[str, str], in_process: bool) -> bool:
    """Whether a call changes what the process shares."""
    function = call.func
    called = function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    if called in ATTRIBUTE_PATCHES:
        return patches_attribute(call, imported, in_process)
    if origin(function, imported) in PROCESS_CHANGES:
        return True
    if not isinstance(function, ast.Attribute):
        return False
    return called in ENVIRONMENT_PATCHES or (called in MAPPING_CHANGES and origin(function.value, imported) in SHARED_MAPPINGS)


def changes(code: ast.Module, in_process: bool = False) -> Iterator[str]:
    """Yields the lines that change what the process shares.

    Args:
        code: a file of tests.
        in_process: whether constants of a module may be patched, since what reads them runs on the thread of the test.
    """
    imported = imported_names(code)
    yield from (f"{name} patches for all threads" for name in imports(ast.walk(code)) if name.startswith(PATCHING_LIBRARIES))
    for node in ast.walk(code):
        if isinstance(node, ast.Call):
            if is_change(node, imported, in_process):
                yield ast.unparse(node)
        elif any(origin(base(target), imported) for target in assigned(node)):
            yield ast.unparse(node)


@pytest.mark.parametrize("path", CHECKED, ids=module)
def test_no_test_changes_what_all_share(path: Path) -> None:
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
        "import os\nos.environ |= {'CLINIC_FILE': 'x'}",
        "from os import environ\nenviron['CLINIC_FILE'] = 'x'",
        "from os import environ\nenviron |= {'CLINIC_FILE': 'x'}",
        "import os as system\nsystem.environ.pop('CLINIC_FILE')",
        "import os\nos.chdir('/')",
        "import time\ntime.time = lambda: 0",
        "import time\ntime.time, x = lambda: 0, 1",
        "import time\nsetattr(time, 'time', lambda: 0)",
        "from freezegun import freeze_time",
        "import time_machine",
        "import time\nmp.setattr(time, 'time', lambda: 0)",
        "mp.setenv('CLINIC_FILE', 'x')",
        "from channels import turn\nturn.TURN_TIMEOUT = 1",
        "from rasa.core import processor\nprocessor.LocalModelStorage = None",
        "from components.storage.database import Database\nmonkeypatch.setattr(Database, 'run', None)",
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
