"""Reads a platform's settings from its entry in credentials.yml."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from runtime.environment import expand


def read_settings(
    platform: str,
    entry: Mapping[str, Any] | None,
    secrets: tuple[str, ...],
    optional: Mapping[str, str],
    environment: Mapping[str, str] = os.environ,
) -> dict[str, str] | None:
    """Returns the settings by name, with the shared key as `secret`; None if no secret is set and the platform is off.

    Args:
        platform: the name of the platform, for the error message.
        entry: the entry in credentials.yml, as Rasa read it.
        secrets: the names of the settings that the platform needs.
        optional: other settings and their defaults.
        environment: where the variables that the entry names may be set.

    Raises:
        ValueError: a setting is unknown, or only some of the secrets are set.
    """
    expanded = {name: expand(str(value or ""), environment) for name, value in (entry or {}).items()}
    unknown = set(expanded) - {"secret", *secrets, *optional}
    if unknown:
        raise ValueError(f"credentials.yml: {platform} has no setting {', '.join(sorted(unknown))}.")
    given = {name: value for name, value in expanded.items() if value}
    missing = [name for name in secrets if name not in given]
    if len(missing) == len(secrets):
        return None
    if missing:
        raise ValueError(f"credentials.yml: {platform} also needs {', '.join(missing)}; see docs/channels.md.")
    return {"secret": "", **optional, **given}
