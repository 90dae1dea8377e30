"""Reads the YAML files of this project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

# libyaml is ten times as fast as the parser in pure Python, which we only fall back on where PyYAML was built without it.
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> Any:
    """Returns the content of a YAML file.

    Raises:
        yaml.YAMLError: it is not YAML.
    """
    return yaml.load(path.read_text(encoding="utf-8"), Loader)  # noqa: S506 - a safe loader
