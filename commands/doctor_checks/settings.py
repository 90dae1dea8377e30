"""Checks of clinic.yml, and of the environment variables."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from channels.web.rate_limits import LOOPBACK
from commands.doctor_checks.finding import BROKEN, OK, WARNING, Finding, one_clinics
from runtime.clinic import CLINIC_ID, Clinic, OwnWords, load_clinic
from runtime.clinic_errors import ClinicError
from runtime.clinics import SUFFIX, clinic_files, clinics_folder
from runtime.environment import setting, state_folder, wrong_settings
from runtime.limits import MIN_SECRET_LENGTH

SET_IT = "Set it where the assistant gets its variables, and restart."
MAKE_SECRET = f"Make one with `openssl rand -hex {MIN_SECRET_LENGTH}`."
# Fields whose example in our documents would harm if a visitor read it.
NAMING = ("name", "phone", "email", "address", "booking_link", "chat_page", "map_link", "privacy_notice", "websites", "doctors")
INVENTED_HOST = re.compile(r"\bexample\.(com|net|org)\b|\.(example|invalid|test)\b", re.I)
# What a clinic should fill in, and what happens otherwise.
WANTED = {
    "name": "visitors don't read whose chat it is",
    "phone": "visitors are sent to public directories, and pages cannot show a number when the server is down",
    "booking_link": "visitors who want an appointment are only given the phone",
    "privacy_notice": "visitors find no privacy notice in the chat",
    "websites": "no page but those of this server can show the chat",
}


def right_clinics(environment: Mapping[str, str]) -> Iterator[tuple[str, Clinic]]:
    """Yields each clinic's id and settings. Leaves out what is wrong, which `clinic_file` reports."""
    try:
        files = clinic_files(environment)
    except ClinicError:
        return
    for clinic_id, path in files.items():
        with contextlib.suppress(ClinicError):
            yield clinic_id, load_clinic(path)


def right_files(environment: Mapping[str, str]) -> Iterator[tuple[str, Clinic]]:
    """Yields what to call each clinic's file, and its settings. Leaves out what is wrong, as `right_clinics` does."""
    for clinic_id, clinic in right_clinics(environment):
        yield ("the clinic's file" if clinic_id == CLINIC_ID else f"{clinic_id}{SUFFIX}"), clinic


def are_several(environment: Mapping[str, str]) -> bool:
    """Returns whether we serve several clinics, right or wrong ones."""
    try:
        return len(clinic_files(environment)) > 1
    except ClinicError:
        return False


def of_each_clinic(found: Iterable[Finding], environment: Mapping[str, str]) -> Iterable[Finding]:
    """Returns findings about single clinics. Where there are several, none of them breaks anything for the others."""
    return one_clinics(found) if are_several(environment) else found


def clinic_file(environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Checks the clinic's file; if there are several, each of them."""
    wrong: list[ClinicError] = []
    try:
        paths = list(clinic_files(environment).values())
    except ClinicError as error:
        paths, wrong = [], [error]
    for path in paths:
        try:
            load_clinic(path)
        except ClinicError as error:
            wrong.append(error)
    yield from (Finding(BROKEN, f"{error}\n ", "Correct the file; docs/clinic.md explains the fields.") for error in wrong)
    if not wrong:
        checked = f"{paths[0]} has" if len(paths) == 1 else f"The {len(paths)} files in {clinics_folder(environment)} have"
        yield Finding(OK, f"{checked} no wrong fields.")


def unfilled(environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    for file, clinic in right_files(environment):
        for field, consequence in WANTED.items():
            if not getattr(clinic, field):
                yield Finding(WARNING, f"`{field}` is empty in {file}: {consequence}.", "Fill it in.", file)
        if clinic.opening_hours and not clinic.time_zone:
            yield Finding(
                WARNING,
                f"`opening_hours` of {file} has no `time_zone`, so the chat cannot say if you're open now.",
                "Set `time_zone`.",
                file,
            )


def translations(environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Checks that a clinic which speaks another language says all its own words in it."""
    for file, clinic in right_files(environment):
        for language, own in clinic.translations.items():
            missing = [f"`{field}`" for field in OwnWords.__fields__ if getattr(clinic, field) and not getattr(own, field)]
            if missing:
                yield Finding(
                    WARNING,
                    f"{', '.join(missing)} of {file} has no text in the language {language}.",
                    f"Add it under `translations`, `{language}`. Until then, visitors read it in English.",
                    file,
                )


def placeholders(environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    yield from of_each_clinic(_placeholders(environment), environment)


def _placeholders(environment: Mapping[str, str]) -> Iterator[Finding]:
    named = [(file, field, getattr(clinic, field)) for file, clinic in right_files(environment) for field in NAMING]
    for file, field, given in named:
        for value in _texts(given):
            if _is_invented(field, value):
                yield Finding(
                    BROKEN,
                    f"`{field}` of {file} is an invented example: {value!r}.",
                    "Put the clinic's own there, or leave it empty.",
                    file,
                )


def _texts(value: Any) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        yield item if isinstance(item, str) else item.name


def _is_invented(field: str, value: str) -> bool:
    number = re.sub(r"\D", "", value).removeprefix("1") if field == "phone" else ""
    example = Clinic.__fields__[field].field_info.extra["example"]
    examples = [example[0]["name"]] if field == "doctors" else [example]
    return "555" in (number[:3], number[3:6]) or bool(INVENTED_HOST.search(value)) or value in examples


def websites(environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    for _, clinic in right_files(environment):
        yield from _websites(clinic.websites)


def _websites(listed: list[str]) -> Iterator[Finding]:
    for website in listed:
        scheme, _, host = website.partition("://")
        if scheme == "http":
            yield Finding(WARNING, f"{website} has no HTTPS, so visitors' words travel in the open.", f"List https://{host}.")


def variables(environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Checks what would stop the start."""
    for sentence in wrong_settings(environment):
        yield Finding(BROKEN, sentence, SET_IT)


def secrets(environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    needed = [
        "SESSION_SECRET",
        *(["CALLBACK_SECRET"] if any(clinic.callback for _, clinic in right_clinics(environment)) else []),
    ]
    for name in needed:
        if not environment.get(name) and not (state_folder(environment) / name.lower()).exists():
            yield Finding(
                WARNING, f"{name} is not set. `make run` makes one, but units and containers need it to start.", MAKE_SECRET
            )


def proxy(environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    if setting("HOST", environment) not in LOOPBACK:
        yield Finding(
            WARNING,
            f"HOST is {setting('HOST', environment)}, so others can reach the server without the proxy, and without HTTPS.",
            "Leave HOST at 127.0.0.1 if nginx is on this machine; otherwise let the firewall admit only the proxy.",
        )
    if environment.get("SANIC_PROXIES_COUNT") != "1":
        yield Finding(
            WARNING,
            "SANIC_PROXIES_COUNT is not 1. Behind a proxy, all visitors then share one limit.",
            "Set SANIC_PROXIES_COUNT=1 if there is a proxy in front, and only then.",
        )
    if setting("RATE_LIMIT", environment) == "off":
        yield Finding(BROKEN, "RATE_LIMIT is off, so a single caller can keep everybody else waiting.", "Remove RATE_LIMIT.")
