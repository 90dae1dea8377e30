"""What the clinic set in `clinic.yml`, and the numbers of its country."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict, List

import yaml
from pydantic import BaseModel, Extra, Field, ValidationError, validator

ROOT = Path(__file__).parent.parent
PLATFORMS = ("telegram", "messenger", "whatsapp", "slack")
COUNTRIES: Dict[str, Dict[str, str]] = yaml.safe_load((ROOT / "data" / "countries.yml").read_text(encoding="utf-8"))


class Clinic(BaseModel):
    """The fields of `clinic.yml`; all may be empty."""

    name: str = Field("", max_length=80)
    phone: str = Field("", regex=r"^(\+?[\d\s().-]{5,25})?$")
    booking_link: str = Field("", regex=r"^(https://\S+)?$")
    country: str = "US"
    hours: str = Field("", max_length=120)
    prices: List[str] = []
    websites: List[str] = []
    chat_page: str = Field("", regex=r"^(https://\S+)?$")
    check_also_on: List[str] = []

    class Config:
        """A misspelt field is an error, not silence."""

        extra = Extra.forbid

    @validator("country")
    def _known_country(cls, country: str) -> str:
        if country not in COUNTRIES:
            raise ValueError(f"must be one of {', '.join(COUNTRIES)}")
        return country

    @validator("check_also_on", each_item=True)
    def _known_platform(cls, platform: str) -> str:
        if platform not in PLATFORMS:
            raise ValueError(f"must be of {', '.join(PLATFORMS)}")
        return platform

    @validator("websites", each_item=True)
    def _origin(cls, website: str) -> str:
        scheme, separator, host = website.rstrip("/").partition("://")
        if scheme not in ("https", "http") or not separator or not host or "/" in host:
            raise ValueError("must look like https://www.example.com, without a path")
        return website.rstrip("/")

    @property
    def words(self) -> Dict[str, str]:
        """What the placeholders of the responses stand for, those of the contact aside."""
        return {
            **COUNTRIES[self.country],
            "clinic_name": self.name,
            "clinic_phone": self.phone,
            "booking_link": self.booking_link,
            "clinic_prices": "; ".join(self.prices),
        }


def load_clinic(path: Path = ROOT / "clinic.yml") -> Clinic:
    """Reads and checks `clinic.yml`; the environment variable CLINIC_FILE may name another file.

    Raises:
        ValueError: a field is wrong; the message names the file, each field and what is expected.
    """
    path = Path(os.environ.get("CLINIC_FILE", path))
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, yaml.YAMLError) as error:
        raise ValueError(f"{path.name} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path.name} must be a list of fields such as `name: Example Dermatology`.")
    try:
        return Clinic(**{field: value for field, value in content.items() if value is not None})
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise ValueError(f"{path.name} has {len(error.errors())} wrong field(s): {faults}") from error
