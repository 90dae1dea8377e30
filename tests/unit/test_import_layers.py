"""Who may import whom: a layer imports downwards only."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.support.sources import PRODUCTION, files, imports, module, tree

# For each layer those that it may import from, besides itself. The more exact name of a layer counts.
LAYERS: dict[str, tuple[str, ...]] = {
    "runtime": (),
    "actions": ("runtime",),
    "components": ("runtime",),
    "components.intents": ("runtime",),
    "components.privacy": ("runtime",),
    "components.understanding": ("components.privacy", "components.intents", "actions", "runtime"),
    "components.rasa_patches": ("components.privacy", "actions", "runtime"),
    "components.storage": ("components.rasa_patches", "components.intents", "runtime"),
    "components.dialogue": ("components.understanding", "components.privacy", "components.intents", "actions", "runtime"),
    "channels": ("components", "actions", "runtime"),
    "commands": ("channels", "components", "actions", "runtime"),
    "deploy": ("commands", "channels", "components", "actions", "runtime"),
    "benchmarks": ("tests.support", *PRODUCTION),
    "tests": ("tests.support", *PRODUCTION),
    "tests.benchmarks": ("tests.support", "benchmarks", *PRODUCTION),
    "tests.support": PRODUCTION,
}
OURS = {layer.partition(".")[0] for layer in LAYERS}


def layer(name: str) -> str:
    """Returns the layer that a module, or a name in a module, belongs to."""
    return max((layer for layer in LAYERS if f"{name}.".startswith(f"{layer}.")), key=len)


def is_a_test(name: str) -> bool:
    """Tells whether a name is of a file that pytest runs. Nobody imports one: what two of them need stands beside them."""
    return any(part == "conftest" or part.startswith("test_") for part in name.split("."))


def may_import(importer: str, imported: str) -> bool:
    own, other = layer(importer), layer(imported)
    allowed = own == other or any(f"{imported}.".startswith(f"{below}.") for below in LAYERS[own])
    return allowed and not is_a_test(imported)


@pytest.mark.parametrize("path", files(*sorted(OURS)), ids=module)
def test_a_layer_imports_downwards_only(path: Path) -> None:
    importer = module(path)
    ours = {name for name in imports(ast.walk(tree(path))) if name.partition(".")[0] in OURS}
    assert [name for name in sorted(ours) if not may_import(importer, name)] == []


@pytest.mark.parametrize(
    ("importer", "imported", "expected"),
    [
        ("components.dialogue.check", "components.understanding.mentions.Mention", True),
        ("components.understanding.mentions", "components.dialogue.check", False),
        ("channels.turn", "components.dialogue.responses.fixed_text", True),
        ("runtime.logs", "actions.server", False),
        ("commands.check", "tests.support.client", False),
        ("tests.faults.test_store", "tests.support.faults.locked", True),
        ("tests.faults.test_store", "tests.conftest.kinds", False),
        ("tests.faults.test_store", "tests.faults.test_postgresql.say", False),
        ("tests.unit.dialogue.test_texts", "tests.unit.dialogue.all_responses.ALL_RESPONSES", True),
        ("tests.faults.test_store", "benchmarks.visitors", False),
        ("tests.benchmarks.test_soak", "benchmarks.soak", True),
        ("benchmarks.faults", "tests.faults.test_store.locked", False),
    ],
)
def test_the_rule_itself(importer: str, imported: str, expected: bool) -> None:
    assert may_import(importer, imported) == expected
