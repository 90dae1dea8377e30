"""Reads `clinic.yml`. Every value stays the text that is in the file, so `no`, `9:00` and `+15550100` mean what they say."""

from __future__ import annotations

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from runtime.clinic_errors import ClinicError
from runtime.data_files import Loader

EXAMPLE = "Example: name: Example Dermatology"
# To YAML, a color without quotes is a comment, so the chat would silently have none.
LOST_COLOR = re.compile(r"^[ \t]*\w+:[ \t]+#[0-9a-f]{3,6}[ \t]*$", re.I | re.M)
EXAMPLE_COLOR = 'Example: color: "#0b4f6c"'
# The parser's words for common mistakes, and ours.
PROBLEMS = {
    r"character '\t'": "there is a tab; use spaces instead",
    "mapping values are not allowed": 'a value with a colon in it must stand in quotes. Example: hours: "Monday: 9 to 5"',
    "unexpected end of stream": 'a quotation mark is not closed. Example: name: "Example Dermatology"',
    "could not find expected ':'": f"there is no colon with a space after it. {EXAMPLE}",
    "that cannot start any token": 'a value that begins with @, % or ` must stand in quotes. Example: name: "@home Dermatology"',
    "found undefined alias": 'a value that begins with * must stand in quotes. Example: first_visit_price: "*on request"',
    "expected ',' or ']'": "the ] at the end of a list is missing. Example: languages: [English, Spanish]",
    "expected <block end>": "the line is not indented like those above it, or has text after a closing quotation mark",
}
# The parser sees that the end of these is missing when it is lines further on. The mistake is where they begin.
WITHOUT_END = ("while scanning a quoted scalar", "while scanning a simple key", "while parsing a flow sequence")


class _TextValues:
    """Reads values as text; a value that is empty, `null` or `~` as None. Refuses a field that is there twice."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag == "tag:yaml.org,2002:null"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Returns the fields of `node`.

        Raises:
            yaml.MarkedYAMLError: a field stands twice.
        """
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in seen:
                raise yaml.MarkedYAMLError(problem=f"the field {name} stands here a second time", problem_mark=key.start_mark)
            seen.add(name)
        fields: dict[Hashable, Any] = super().construct_mapping(node, deep)  # type: ignore[misc]
        return fields


class FastTextLoader(_TextValues, Loader):
    """Reads a thousand files in seconds."""


class TextLoader(_TextValues, yaml.SafeLoader):
    """Says most clearly what is wrong."""


def read_clinic_file(path: Path) -> dict[str, Any]:
    """Returns the fields of the file at `path`, unchecked.

    Raises:
        ClinicError: it cannot be read; the message is one line that says where and why.
    """
    text = _text(path)
    if lost := LOST_COLOR.search(text):
        line = text.count("\n", 0, lost.start()) + 1
        raise ClinicError(
            f"{path.name} cannot be read, line {line}: a value that begins with # must stand in quotes. {EXAMPLE_COLOR}"
        )
    try:
        content = _parsed(text)
    except yaml.MarkedYAMLError as error:
        mark = error.context_mark if error.context in WITHOUT_END else error.problem_mark
        line = mark.line + 1 if mark else 1
        raise ClinicError(f"{path.name} cannot be read, line {line}: {_problem(error)}") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ClinicError(f"{path.name} cannot be read: {' '.join(str(error).split())}") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ClinicError(f"{path.name} must be a list of fields, each with a colon and a space after its name. {EXAMPLE}")
    return {str(field): value for field, value in content.items()}


def _parsed(text: str) -> Any:
    try:
        return yaml.load(text, FastTextLoader)
    except yaml.YAMLError:
        return yaml.load(text, TextLoader)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ClinicError(
            f"{path} cannot be read: {error.strerror}. CLINIC_FILE selects the file; if it is unset, we read clinic.yml."
        ) from error
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ClinicError(
            f"{path.name} cannot be read, line {line}: a character that is not UTF-8. Save the file again as UTF-8."
        ) from error


def _problem(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or "it is not YAML"
    return next((ours for theirs, ours in PROBLEMS.items() if theirs in problem), problem)
