"""What visitors read stands in `data/` and in `widget/strings/`, so that it can be reviewed and translated without code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.paths import ROOT

SENTENCE = re.compile(r"[A-Za-z]+,? [a-z']+,? [a-z']+")  # three words in a row
# Whatever these are given is read by the operator, the database or a browser.
NOT_FOR_VISITORS = {
    "debug",
    "info",
    "warning",
    "error",
    "exception",
    "text",
    "SystemExit",
    "compile",
    "ArgumentParser",
    "Counter",
    "Gauge",
    "Histogram",
}
MODULES = sorted(path for folder in ("actions", "channels", "components/dialogue") for path in (ROOT / folder).rglob("*.py"))
SCRIPTS = sorted(path for path in (ROOT / "widget").glob("*.js"))
# In a script: quoted strings, without those in comments. A warning for the developer of the page is not for visitors.
CAPITAL = re.compile("[A-Z]")  # the names of classes have none
COMMENT = re.compile(r"(?m)^\s*(?://|\*|/\*).*$|\s//.*$")
QUOTED = re.compile(r"""console\.\w+\([^;]*;|"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`""")


def sentences_in_python(source: str) -> Iterator[str]:
    tree = ast.parse(source)
    left_out = {id(node) for part in ast.walk(tree) if _is_for_others(part) for node in ast.walk(part)}
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in left_out and SENTENCE.search(node.value):
            yield node.value


def _is_for_others(node: ast.AST) -> bool:
    """Whether everything below is for readers other than visitors: documentation, errors, logs, SQL."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return name in NOT_FOR_VISITORS or name.endswith("Error")
    return isinstance(node, (ast.Raise, ast.Assert))


def sentences_in_script(source: str) -> Iterator[str]:
    for found in QUOTED.finditer(COMMENT.sub("", source)):
        text = next(filter(None, found.groups()), "")
        if CAPITAL.search(text) and SENTENCE.search(text):
            yield text


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_has_a_sentence_for_visitors(path: Path) -> None:
    assert list(sentences_in_python(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_has_a_sentence_for_visitors(path: Path) -> None:
    assert list(sentences_in_script(path.read_text(encoding="utf-8"))) == []


def test_sentences_are_found() -> None:
    assert list(sentences_in_python('reply = f"We are sorry {name}."\nlogger.error("A turn has failed.")\n')) == ["We are sorry "]
    assert list(sentences_in_script('const a = "We are sorry"; // "this is not"\nconsole.warn("it did not load");')) == [
        "We are sorry"
    ]
