"""The files that `make check` reads, as data: YAML, texts and Python modules, without importing any of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml

from runtime.paths import ROOT

CODE = ("actions", "channels", "components", "deploy", "runtime")
LEXICON, CONCEPTS = "data/understanding/entities.yml", "data/understanding/concepts"
CLASSES = f"{CONCEPTS}/classes.yml"
BUILTINS = {"dict": dict, "frozenset": frozenset, "set": set, "tuple": tuple}
Entry = dict[str, Any]


class UnreadableError(Exception):
    """Something that a check needs is missing. The message is the sentence for the report."""


class Project:
    """The tree below `root`. Files are read once."""

    def __init__(self, root: Path, texts: Mapping[str, str] = {}) -> None:
        """Takes the root, and texts to use instead of files. Everything else is read from disk."""
        self._root = root
        self._texts = dict(texts)

    def with_text(self, path: str, text: str) -> Project:
        """Returns a copy in which one file has a different text."""
        return Project(self._root, {**self._texts, path: text})

    def text(self, path: str) -> str:
        """Returns a file of the tree.

        Raises:
            UnreadableError: there is no file at `path`.
        """
        if path not in self._texts:
            try:
                self._texts[path] = (self._root / path).read_text(encoding="utf-8")
            except OSError as error:
                raise UnreadableError(f"{path} cannot be read: put it back, or change the check that reads it.") from error
        return self._texts[path]

    def data(self, path: str) -> Any:
        """Returns the content of a YAML file. The result is shared, so do not change it.

        Raises:
            UnreadableError: there is no such file, or it is no YAML.
        """
        try:
            return _parsed(self.text(path))
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise UnreadableError(f"{path}, line {line}: {error.problem}. Correct it: no check can read the file.") from None
        except yaml.YAMLError:
            raise UnreadableError(f"{path} has characters that YAML does not allow: take them out.") from None

    def has(self, path: str) -> bool:
        return (self._root / path).exists()

    def paths(self, pattern: str) -> list[str]:
        """Returns the files that match a glob pattern, sorted, as paths relative to the root."""
        return _paths(self._root, pattern)

    def constants(self, path: str) -> dict[str, Any]:
        """Returns a module's constants with plain values, by name, or by `Class.name` inside a class."""
        return _constants(self.module(path).source)

    def constant(self, path: str, name: str) -> Any:
        """Returns one constant of a module.

        Raises:
            UnreadableError: the module has no such constant, or its value depends on other modules.
        """
        try:
            return self.constants(path)[name]
        except KeyError:
            raise UnreadableError(f"{path} has no plain constant {name}: update its name in the check in commands/.") from None

    @cached_property
    def modules(self) -> dict[str, Module]:
        """The Python modules that run in production, by path."""
        paths = [path for folder in CODE for path in self.paths(f"{folder}/**/*.py")]
        return {path: self.module(path) for path in paths}

    def module(self, path: str) -> Module:
        """Returns a Python module.

        Raises:
            UnreadableError: there is no such file, or it is no Python.
        """
        try:
            return _module(self.text(path))
        except SyntaxError as error:
            raise UnreadableError(f"{path}, line {error.lineno}: {error.msg}. Correct it: no check can read the file.") from None

    @cached_property
    def domain(self) -> dict[str, Any]:
        domain: dict[str, Any] = self.data("domain.yml")
        return domain

    @cached_property
    def intents(self) -> list[str]:
        return list(self.domain["intents"])

    @cached_property
    def responses(self) -> dict[str, tuple[str, list[Entry]]]:
        """Each response by name: its file and its variants."""
        return {
            name: (path, entries)
            for path in self.paths("data/responses/*.yml")
            for name, entries in self.data(path)["responses"].items()
        }

    @cached_property
    def dangers(self) -> dict[str, tuple[str, dict[str, Entry]]]:
        """Each danger that has signs, by intent: its file and its kinds."""
        files = [path for path in self.paths("data/understanding/danger/*.yml") if not path.endswith("/shared.yml")]
        return {
            Path(path).stem: (path, {name: kind for name, kind in self.data(path).items() if name != "fragments"})
            for path in files
        }

    @cached_property
    def concepts(self) -> dict[str, tuple[str, Entry]]:
        """Each medicine, condition and treatment by id: its file and its entry."""
        files = [path for path in self.paths(f"{CONCEPTS}/*.yml") if path != CLASSES]
        return {name: (path, entry) for path in files for name, entry in self.data(path).items()}

    @cached_property
    def mentionable(self) -> dict[str, set[str]]:
        """The values of each entity that a message can mention: those with phrases, and those that follow from a concept."""
        values = {entity: set(phrases) for entity, phrases in self.data(LEXICON)["phrases"].items()}
        for entry in [*self.data(CLASSES).values(), *(entry for _, entry in self.concepts.values())]:
            for slot, value in consequences(entry):
                values.setdefault(slot, set()).add(value)
        return values

    @cached_property
    def plans(self) -> dict[str, list[str]]:
        """The actions of each intent's rule."""
        plans: dict[str, list[str]] = {}
        for path in self.paths("data/rules/*.yml"):
            for rule in self.data(path)["rules"]:
                first, *rest = rule["steps"]
                for step in first.get("or", [first]):
                    plans[step["intent"]] = [step["action"] for step in rest]
        return plans

    @cached_property
    def questions(self) -> dict[str, Entry]:
        """The questions of the check."""
        questions: dict[str, Entry] = self.data("data/check.yml")["questions"]
        return questions

    @cached_property
    def answers(self) -> dict[str, Entry]:
        """Everything that can affect a result: the questions, and what we only note."""
        return {**self.questions, **self.data("data/check.yml")["noted"]}

    @cached_property
    def unknown(self) -> frozenset[str]:
        """The answers that tell us nothing."""
        unknown: frozenset[str] = self.constant("actions/questionnaire.py", "UNKNOWN")
        return unknown

    @cached_property
    def none(self) -> str:
        """The answer "none of these" to a list question."""
        return str(self.constant("actions/questionnaire.py", "NONE"))

    @cached_property
    def asked_besides(self) -> list[str]:
        """What the check asks besides its questions: whether to start, for whom, and whether we understood."""
        return [str(self.constant("actions/questionnaire.py", name)) for name in ("CONSENT", "PATIENT", "READBACK")]

    @cached_property
    def form(self) -> str:
        return str(self.constant("actions/questionnaire.py", "FORM"))

    @cached_property
    def rules(self) -> list[Rule]:
        """The rules of the candidacy check."""
        rules = self.constant("actions/candidacy.py", "RULES")
        return [Rule(rule.name, rule.slot, rule.value, rule.outcome) for rule in rules]

    @cached_property
    def outcomes(self) -> list[str]:
        return list(vars(self.constant("actions/candidacy.py", "Outcome")))


@dataclass(frozen=True)
class Rule:
    """A rule of the candidacy check: it applies when the answer to `slot` is, or contains, `value`.

    The higher its outcome, the more cautious it is.
    """

    name: str
    slot: str
    value: str
    outcome: int


class Module:
    """The strings, names and comparisons in a Python module."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._nodes = list(ast.walk(ast.parse(source)))

    @cached_property
    def strings(self) -> set[str]:
        """Its strings, except the ones inside f-strings; see `prefixes`."""
        inside = {id(part) for node in self._nodes if isinstance(node, ast.JoinedStr) for part in node.values}
        return {text for node in self._nodes if id(node) not in inside for text in _string(node)}

    @cached_property
    def in_functions(self) -> set[str]:
        """The strings in its functions, except docstrings and the text of f-strings."""
        functions = [node for node in self._nodes if isinstance(node, ast.FunctionDef)]
        docstrings = {text for function in functions if (text := ast.get_docstring(function, clean=False))}
        inside = {text for function in functions for part in function.body for node in ast.walk(part) for text in _string(node)}
        return self.strings & inside - docstrings

    @cached_property
    def keys(self) -> set[str]:
        """The strings that it uses as keys: in mappings, in brackets and in calls of `get`."""
        return {text for node in self._nodes for key in _keys(node) for text in _string(key)}

    @cached_property
    def keywords(self) -> set[str]:
        """The names of its keyword arguments."""
        return {node.arg for node in self._nodes if isinstance(node, ast.keyword) and node.arg}

    @cached_property
    def prefixes(self) -> set[str]:
        """The start of each f-string, as far as it is text or a constant of the module."""
        return {"".join(self._known_parts(node)) for node in self._nodes if isinstance(node, ast.JoinedStr)}

    def _known_parts(self, node: ast.JoinedStr) -> Iterator[str]:
        for part in node.values:
            name = _name_of(part.value) if isinstance(part, ast.FormattedValue) else None
            text = _constants(self.source).get(str(name)) if name else "".join(_string(part))
            if not isinstance(text, str) or not text:
                return
            yield text

    def words_for(self, name: str) -> set[str]:
        """Returns the strings that the code compares a variable, attribute or key called `name` with, or sets it to."""
        return self._comparisons.get(name, set())

    @cached_property
    def _comparisons(self) -> dict[object, set[str]]:
        found: dict[object, set[str]] = {}
        for node in self._nodes:
            if isinstance(node, ast.Compare):
                parts = [part for other in node.comparators for part in getattr(other, "elts", [other])]
                found.setdefault(_name_of(node.left), set()).update(text for part in parts for text in _string(part))
            elif isinstance(node, ast.Assign):
                found.setdefault(_name_of(node.targets[0]), set()).update(_string(node.value))
        return found

    def matches(self, *patterns: str) -> set[str]:
        """Returns what the single group of each pattern finds in the source."""
        return {found for pattern in patterns for found in _found(pattern, self.source)}


def consequences(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yields the pairs of slot and value that a class of concepts, or a concept that differs from its class, leads to."""
    for field in ("now", "past", "possible", "as_answer"):
        for slot, values in entry.get(field, {}).items():
            yield from ((slot, value) for value in ([values] if isinstance(values, str) else values))


def strings_in(value: Any) -> Iterator[str]:
    """Yields the strings in a constant. For a mapping, yields those in its keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Iterable):
        for part in value:
            yield from strings_in(part)


def listed(names: Iterable[object]) -> str:
    return ", ".join(map(str, names))


def _string(node: ast.AST) -> list[str]:
    """Returns a list with the node's string, or an empty list if it is not a string."""
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def _keys(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Dict):
        return [key for key in node.keys if key]
    if isinstance(node, ast.Subscript):
        return [node.slice]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
        return node.args[:1]
    return []


def _name_of(node: ast.AST) -> object:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return node.slice.value
    if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        return node.args[0].value if isinstance(node.func, ast.Attribute) and node.func.attr == "get" else None
    return None


# The tests check almost the same tree a hundred times, so these functions cache their results.


@cache
def _paths(root: Path, pattern: str) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.glob(pattern))


@cache
def _parsed(text: str) -> Any:
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # the C loader is ten times as fast


@cache
def _found(pattern: str, source: str) -> frozenset[str]:
    return frozenset(re.findall(pattern, source))


@cache
def _module(source: str) -> Module:
    return Module(source)


@cache
def _constants(source: str) -> dict[str, Any]:
    known: dict[str, Any] = {"__builtins__": BUILTINS}
    _run_assignments(ast.parse(source).body, known)
    return known


def _run_assignments(body: list[ast.stmt], known: dict[str, Any]) -> None:
    """Runs the assignments in a module or class that only depend on each other, and skips the rest."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            _define(node, known)
            continue
        if isinstance(node, ast.AnnAssign) and node.value:
            node = ast.copy_location(ast.Assign([node.target], node.value), node)
        if isinstance(node, (ast.Assign, ast.AugAssign)):
            if isinstance(node.value, ast.Dict):
                _blank_unknown_values(node.value, known)
            with suppress(NameError, TypeError, AttributeError, KeyError):
                exec(compile(ast.Module([node], []), "<constants>", "exec"), known)


def _blank_unknown_values(node: ast.Dict, known: dict[str, Any]) -> None:
    """Replaces values of a mapping that depend on other modules with None, so that we can read the rest."""
    for place, value in enumerate(node.values):
        if node.keys[place] is not None:
            try:
                eval(compile(ast.Expression(value), "<constants>", "eval"), known)
            except (NameError, TypeError, AttributeError, KeyError):
                node.values[place] = ast.copy_location(ast.Constant(None), value)


def _define(node: ast.ClassDef, known: dict[str, Any]) -> None:
    """Adds a class, as a namespace of its constants. If it only declares fields, adds a function that builds namespaces."""
    inside = dict(known)
    _run_assignments(node.body, inside)
    values = {name: value for name, value in inside.items() if name not in known}
    fields = [part.target.id for part in node.body if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)]
    known.update({f"{node.name}.{name}": value for name, value in values.items()})
    if fields and not values:
        known[node.name] = lambda *parts: SimpleNamespace(**dict(zip(fields, parts, strict=True)))
    else:
        known[node.name] = SimpleNamespace(**values)


PROJECT = Project(ROOT)
