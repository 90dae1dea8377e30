"""Says what is wrong with a clinic's settings: for each field a line with its value, what is expected and an example."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import ModelField

Place = tuple[int | str, ...]  # the way to a value: names of fields, and places in lists
MAX_VALUE_SHOWN = 60  # characters
OWN_WORDS = "value_error"  # pydantic's name for the errors that `runtime.clinic` words itself


class ClinicError(SystemExit):
    """A setting of a clinic, in its file or in the environment, is wrong. What starts stops with this text and no traceback."""


def error_lines(error: ValidationError, model: type[BaseModel], content: Mapping[str, Any]) -> list[str]:
    """Returns a line for each wrong field of `content`, which is no valid `model`."""
    return list(dict.fromkeys(_lines(error, model, content)))


def _lines(error: ValidationError, model: type[BaseModel], content: Mapping[str, Any]) -> Iterator[str]:
    for wrong in error.errors():
        place = wrong["loc"]
        name = ".".join(step for step in place if isinstance(step, str))
        if wrong["type"] == "value_error.extra":
            yield f"{name}: {_shown(content, place)}, as there is no such field. Expected: {_known_fields(model, place)}"
            continue
        field = _field(model, place)
        expected = wrong["msg"] if wrong["type"] == OWN_WORDS else field.field_info.extra["expected"]
        yield f"{name}: {_shown(content, place)}. Expected: {expected}. Example: {_example(field)}"


def _model(model: type[BaseModel], place: Place) -> type[BaseModel]:
    """Returns the model that has the last field of `place`."""
    *steps, _ = [step for step in place if isinstance(step, str)]
    for step in steps:
        if step in model.__fields__:  # others are keys, such as a language
            model = model.__fields__[step].type_
    return model


def _field(model: type[BaseModel], place: Place) -> ModelField:
    *_, name = [step for step in place if isinstance(step, str)]
    return _model(model, place).__fields__[name]


def _known_fields(model: type[BaseModel], place: Place) -> str:
    fields = _model(model, place).__fields__
    similar = get_close_matches(str(place[-1]), fields, n=1)
    return f"the field {similar[0]}. Example: {_example(fields[similar[0]])}" if similar else f"one of {', '.join(fields)}."


def _shown(content: Any, place: Place) -> str:
    for step in place:
        try:
            content = content[step]
        except (KeyError, IndexError, TypeError):
            return "is missing"
    shown = repr(content)
    return f"{shown if len(shown) <= MAX_VALUE_SHOWN else f'{shown[:MAX_VALUE_SHOWN]}…'} is wrong"


def _example(field: ModelField) -> str:
    """Returns the example of a field as one line of YAML."""
    example = {field.name: field.field_info.extra["example"]}
    line: str = yaml.safe_dump(example, default_flow_style=True, width=1000, allow_unicode=True, sort_keys=False)
    return line.strip()[1:-1]  # without its braces
