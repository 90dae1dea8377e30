"""Reads the settings of a clinic's account from the platform's entry in credentials.yml."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from runtime.clinic import CLINIC_ID
from runtime.clinic_errors import ClinicError
from runtime.clinics import clinic_setting, clinic_variable, id_at_clinic
from runtime.environment import VARIABLE

SHARED = "secret"  # the key of the whole deployment


def read_settings(
    platform: str,
    entry: Mapping[str, Any] | None,
    secrets: tuple[str, ...],
    optional: Mapping[str, str],
    clinic_id: str = CLINIC_ID,
    environment: Mapping[str, str] = os.environ,
) -> dict[str, str] | None:
    """Returns the settings by name, with the shared key as `secret`; None if the clinic has set no secret and has no account.

    The entry names the variables of clinic.yml's clinic, and those of the others have their id at the end.

    Args:
        platform: the name of the platform, for the error message.
        entry: the entry in credentials.yml, as Rasa read it.
        secrets: the names of the settings that the platform needs.
        optional: other settings and their defaults.
        clinic_id: the id of the clinic.
        environment: where the variables that the entry names may be set.

    Raises:
        ClinicError: a setting is unknown, or only some of the secrets are set.
    """
    unknown = set(entry or {}) - {SHARED, *secrets, *optional}
    if unknown:
        raise ClinicError(f"credentials.yml: {platform} has no setting {', '.join(sorted(unknown))}.")
    texts = {name: str(value or "") for name, value in (entry or {}).items()}
    # A secret that is written out belongs to one account only.
    own = {name: text for name, text in texts.items() if clinic_id == CLINIC_ID or VARIABLE.search(text) or name not in secrets}
    expanded = {name: _expand(text, CLINIC_ID if name == SHARED else clinic_id, environment) for name, text in own.items()}
    given = {name: value for name, value in expanded.items() if value}
    missing = [name for name in secrets if name not in given]
    if len(missing) == len(secrets):
        return None
    if missing:
        account = id_at_clinic(clinic_id, platform)
        names = ", ".join(_variables(texts.get(name, ""), clinic_id) or f"{name} in credentials.yml" for name in missing)
        raise ClinicError(f"{account} also needs {names}. Set all that an account needs, or none of it; see docs/channels.md.")
    return {SHARED: "", **optional, **given}


def _variables(text: str, clinic_id: str) -> str:
    """Returns the names of the variables in a setting, as they are for the clinic; empty if the setting names none."""
    return ", ".join(clinic_variable(name, clinic_id) for name in VARIABLE.findall(text))


def _expand(text: str, clinic_id: str, environment: Mapping[str, str]) -> str:
    return VARIABLE.sub(lambda found: clinic_setting(found[1], clinic_id, environment), text)
