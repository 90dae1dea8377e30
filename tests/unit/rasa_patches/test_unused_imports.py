"""The stand-ins: importing them works, and using one fails with a sentence."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec
from types import ModuleType

import pytest

from components.rasa_patches import unused_imports
from components.rasa_patches.unused_imports import ABSENT, STAND_INS, StandIns, UnusedImportError

NAMES = [(module, name, why) for why, modules in STAND_INS for module, names in modules.items() for name in names]


def stand_in(module: str) -> ModuleType:
    """Returns what a serving process imports as `module`."""
    finder = StandIns()
    spec = finder.find_spec(module, None)
    assert spec
    loaded = module_from_spec(spec)
    finder.exec_module(loaded)
    return loaded


@pytest.mark.parametrize(("module", "name", "why"), NAMES, ids=lambda part: str(part)[:40])
def test_whatever_uses_a_stand_in_is_told_what_and_why(module: str, name: str, why: str) -> None:
    unused = getattr(stand_in(module), name)
    inherited = type("Inherited", (unused,), {})
    for use in (lambda: unused("x"), lambda: unused.from_config, lambda: inherited(1, a=2)):
        with pytest.raises(UnusedImportError) as told:
            use()
        assert why in str(told.value)
    assert issubclass(unused, Exception), "Rasa also catches some of them"


def test_a_name_that_is_not_listed_is_not_there() -> None:
    with pytest.raises(UnusedImportError, match=r"boto3\.client was used"):
        _ = stand_in("boto3").client
    assert not hasattr(stand_in("boto3"), "__all__"), "Python itself asks for such names"


@pytest.mark.parametrize("module", [*ABSENT, "boto3.session", "aiogram.types.base"])
def test_what_is_not_listed_cannot_be_imported(module: str) -> None:
    with pytest.raises(ModuleNotFoundError, match="does without"):
        StandIns().find_spec(module, None)


@pytest.mark.parametrize("module", ["rasa", "rasa.core", "rasa.utils.tensorflow", "numpy", "spacy", "slack_sdk.web", "twilio"])
def test_all_else_is_real(module: str) -> None:
    assert StandIns().find_spec(module, None) is None


def test_another_version_of_rasa_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unused_imports, "RASA_VERSION", "3.6.20")
    with pytest.raises(SystemExit, match=r"Rasa 3\.6\.21 is installed, .* `python -m rasa run`"):
        unused_imports.install()
    assert not any(isinstance(finder, StandIns) for finder in sys.meta_path)
