"""Clinics without files."""

from __future__ import annotations

from runtime.clinic import CLINIC_ID, Clinic
from runtime.clinics import Clinics


def only(clinic: Clinic) -> Clinics:
    """Returns a deployment's only clinic."""
    return several({CLINIC_ID: clinic})


def several(clinics: dict[str, Clinic]) -> Clinics:
    return Clinics(lambda: clinics)
