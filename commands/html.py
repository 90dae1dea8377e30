"""The templates of the pages that commands write: each page is a single file that needs no other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template


def html_template(path: Path, **filters: Callable[[Any], Any]) -> Template:
    """Returns the template at `path`. It escapes what it is given, and fails if it is not given something that it names."""
    environment = Environment(
        loader=FileSystemLoader(path.parent),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(filters)
    return environment.get_template(path.name)
