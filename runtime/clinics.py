"""The clinics that this deployment serves: the one of `clinic.yml`, or those of `clinics/<id>.yml`.

A conversation's id begins with the id of its clinic, so whatever knows the conversation knows the clinic. The clinic of
`clinic.yml` needs no id there. So a deployment that grows moves that file to `clinics/clinic.yml`, and the clinic keeps its
conversations and figures.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from threading import Lock

from runtime.clinic import CLINIC_ID, Clinic, load_clinic
from runtime.clinic_errors import ClinicError
from runtime.environment import setting

ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?", re.ASCII)
SUFFIX = ".yml"
SEPARATOR = "."  # between the clinic and the rest of an id
ANY_COUNTRY = "other"  # in data/countries.yml: whatever the country


class UnknownClinicError(Exception):
    """There is no such clinic here; or there are several, and none was named."""


class Clinics:
    """The settings of every clinic, by id. `reload` replaces them all at once."""

    def __init__(self, read: Callable[[], Mapping[str, Clinic]]) -> None:
        """Calls `read` for the settings, now and at each `reload`.

        Raises:
            ClinicError: a file is wrong.
        """
        self._read = read
        self._checks: list[Callable[[Mapping[str, Clinic]], None]] = []
        self._reloading = Lock()
        self._keep(read())

    def _keep(self, clinics: Mapping[str, Clinic]) -> None:
        self._others = _for_anyone(clinics)
        self._origins = frozenset(origin for clinic in clinics.values() for origin in clinic.origins)
        self._clinics = clinics

    def require(self, check: Callable[[Mapping[str, Clinic]], None]) -> None:
        """Calls `check` with the settings, now and before each `reload` takes effect. It raises if they cannot be used."""
        check(self._clinics)
        self._checks.append(check)

    def reload(self) -> None:
        """Reads the settings again. A clinic whose settings are the same keeps its object. Any thread may call it.

        Raises:
            ClinicError: a file is wrong. We keep the settings that we had, as we do if a check raises.
        """
        with self._reloading:
            read, known = self._read(), self._clinics
            for check in self._checks:
                check(read)
            self._keep({name: known[name] if known.get(name) == clinic else clinic for name, clinic in read.items()})

    def of(self, clinic_id: str | None) -> Clinic:
        """Returns a clinic's settings. For one that we do not have, or no longer, they only have the country that all share."""
        return self._clinics.get(clinic_id or "", self._others)

    def named(self, clinic_id: object) -> str:
        """Returns the id that a caller names. If there is only one clinic, a caller need not name it.

        Raises:
            UnknownClinicError: there is no such clinic, or none was named.
        """
        if clinic_id is None and len(self._clinics) == 1:
            return next(iter(self._clinics))
        if not isinstance(clinic_id, str) or clinic_id not in self._clinics:
            raise UnknownClinicError
        return clinic_id

    def __contains__(self, clinic_id: str) -> bool:
        return clinic_id in self._clinics

    def __len__(self) -> int:
        return len(self._clinics)

    def __iter__(self) -> Iterator[str]:
        return iter(self._clinics)

    def items(self) -> Iterator[tuple[str, Clinic]]:
        return iter(self._clinics.items())

    @property
    def origins(self) -> frozenset[str]:
        """The origins of all clinics."""
        return self._origins

    @property
    def retention_hours(self) -> dict[int, list[str]]:
        """The clinics by how long we keep their conversations, without those that have the hours of `of(None)`."""
        by_hours: dict[int, list[str]] = {}
        for name, clinic in self._clinics.items():
            if clinic.retention_hours != self._others.retention_hours:
                by_hours.setdefault(clinic.retention_hours, []).append(name)
        return by_hours


def _for_anyone(clinics: Mapping[str, Clinic]) -> Clinic:
    """Returns the only clinic. Of several, only the country, which decides the emergency numbers, if they share it."""
    if len(clinics) == 1:
        return next(iter(clinics.values()))
    countries = {clinic.country for clinic in clinics.values()}
    return Clinic(country=countries.pop() if len(countries) == 1 else ANY_COUNTRY)


def id_at_clinic(clinic_id: str, rest: str) -> str:
    """Returns the id of one of a clinic's conversations, or of its account on a platform."""
    return rest if clinic_id == CLINIC_ID else f"{clinic_id}{SEPARATOR}{rest}"


def clinic_of(sender_id: str) -> str:
    """Returns the id of the clinic that a conversation belongs to."""
    return sender_id.rpartition(SEPARATOR)[0] or CLINIC_ID


def clinic_variable(name: str, clinic_id: str) -> str:
    """Returns the name of a clinic's own environment variable: `<name>_<ID>`, or just `<name>` for the clinic of clinic.yml."""
    return name if clinic_id == CLINIC_ID else f"{name}_{clinic_id.upper().replace('-', '_')}"


def clinic_setting(name: str, clinic_id: str, environment: Mapping[str, str] = os.environ) -> str:
    """Returns the value of a clinic's own environment variable, or its default when it is unset or empty."""
    return setting(clinic_variable(name, clinic_id), environment)


def clinics_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Returns the folder of the clinics' files: `clinics` beside `clinic.yml`, unless CLINICS_FOLDER names another one."""
    given = setting("CLINICS_FOLDER", environment)
    return Path(given) if given else Path(setting("CLINIC_FILE", environment)).with_name("clinics")


def clinic_files(environment: Mapping[str, str] = os.environ) -> dict[str, Path]:
    """Returns the file of each clinic, by id.

    Raises:
        ClinicError: the folder cannot be read, or the name of a file in it is no id.
    """
    folder = clinics_folder(environment)
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except FileNotFoundError:
        paths = []
    except OSError as error:
        raise ClinicError(f"{folder} cannot be read: {error.strerror}. It has a file for each clinic.") from error
    wrong = next((path for path in paths if path.suffix != SUFFIX or not ID.fullmatch(path.stem)), None)
    if wrong:
        raise ClinicError(
            f"{wrong} has a name that is no clinic's id. Expected: up to 48 small letters, digits and hyphens, and {SUFFIX}."
            f" Example: glow-boston{SUFFIX}"
        )
    return {path.stem: path for path in paths} or {CLINIC_ID: Path(setting("CLINIC_FILE", environment))}


def read_clinics(environment: Mapping[str, str] = os.environ) -> dict[str, Clinic]:
    """Reads and checks the file of each clinic.

    Raises:
        ClinicError: a file is wrong; the message names the file and the field.
    """
    return {clinic_id: load_clinic(path) for clinic_id, path in clinic_files(environment).items()}


def served_clinics(environment: Mapping[str, str] = os.environ) -> Clinics:
    """Returns the clinics that the environment names: the same object for the whole process, so that one `reload` is enough.

    Raises:
        ClinicError: a file is wrong.
    """
    return _clinics_at(setting("CLINICS_FOLDER", environment), setting("CLINIC_FILE", environment))


@cache
def _clinics_at(folder: str, file: str) -> Clinics:
    return Clinics(lambda: read_clinics({"CLINICS_FOLDER": folder, "CLINIC_FILE": file}))
