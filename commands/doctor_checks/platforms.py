"""Checks of the messaging platforms: the accounts of the clinics, and variables that belong to none of them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from importlib import import_module

from commands.doctor_checks.finding import BROKEN, OK, WARNING, Finding, some_of
from runtime.clinic import CLINIC_ID
from runtime.clinic_errors import ClinicError
from runtime.clinics import clinic_variable, clinics_folder, read_clinics
from runtime.data_files import read_yaml
from runtime.environment import VARIABLE
from runtime.limits import MIN_SECRET_LENGTH
from runtime.paths import ROOT

ROOM = "channels.platforms."
ANY_KEY = "k" * MIN_SECRET_LENGTH  # SESSION_SECRET may not exist before the first `make run`


def platforms(environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Sets up each platform that has variables, as the server does. Loads Rasa for it."""
    try:
        clinics = {CLINIC_ID, *read_clinics(environment)}
    except ClinicError:
        return  # `clinic_file` reports it
    for channel, entry in read_yaml(ROOT / "credentials.yml").items():
        names = {name for setting, text in entry.items() if setting != "secret" for name in VARIABLE.findall(text)}
        given = {given for given, value in environment.items() if value and _is_one_of(names, given)}
        if channel.startswith(ROOM) and given:
            yield from _nobodys(given - {clinic_variable(name, clinic) for name in names for clinic in clinics}, environment)
            yield from _accounts(channel, {**entry, "secret": ANY_KEY}, environment)


def _is_one_of(names: set[str], variable: str) -> bool:
    """Whether this is one of these variables, or seems to be that of one of several clinics."""
    return any(variable == name or variable.startswith(f"{name}_") for name in names)


def _nobodys(variables: set[str], environment: Mapping[str, str]) -> Iterator[Finding]:
    for name in sorted(variables):
        yield Finding(
            WARNING,
            f"{name} is no clinic's variable: {clinics_folder(environment)} has no file with the name at its end.",
            "Correct the name, or remove the variable.",
        )


def _accounts(channel: str, entry: Mapping[str, str], environment: Mapping[str, str]) -> Iterator[Finding]:
    module, _, name = channel.rpartition(".")
    try:
        platform = getattr(import_module(module), name).from_credentials(entry, environment)
    except ClinicError as error:
        yield Finding(BROKEN, str(error), "Correct the variables; docs/channels.md explains them.")
    else:
        if platform.accounts:
            yield Finding(OK, f"{platform.url_prefix()} has an account for {some_of(list(platform.accounts))}.")
