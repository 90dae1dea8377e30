"""Reads the project's own Python files without running them, and finds their imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from runtime.paths import ROOT

PRODUCTION = ("runtime", "actions", "components", "channels", "commands", "deploy")  # packages


def files(*packages: str) -> list[Path]:
    """Returns the Python files of some packages."""
    return sorted(path for package in packages for path in (ROOT / package).rglob("*.py"))


def module(path: Path) -> str:
    """Returns the dotted name of a file."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def tree(path: Path) -> ast.Module:
    """Returns the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(nodes: Iterator[ast.AST]) -> set[str]:
    """Returns the dotted names that statements import: modules, and the names imported from them."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found
