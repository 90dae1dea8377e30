"""The clinic's settings from `clinic.yml`, and the emergency numbers of its country."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, Extra, Field, ValidationError, validator

from runtime.environment import setting
from runtime.paths import DATA

PLATFORMS = ("telegram", "messenger", "whatsapp", "slack")
MIN_CONTRAST = 4.5  # WCAG 2.2 AA
COUNTRIES: dict[str, dict[str, str]] = yaml.safe_load((DATA / "countries.yml").read_text(encoding="utf-8"))


class Clinic(BaseModel):
    """The fields of `clinic.yml`. Any of them may be empty."""

    name: str = Field(default="", max_length=80)
    phone: str = Field(default="", regex=r"^(\+?[\d\s().-]{5,25})?$")
    booking_link: str = Field(default="", regex=r"^(https://\S+)?$")
    country: str = "US"
    hours: str = Field(default="", max_length=120)
    color: str = Field(default="", regex=r"^(#[0-9a-fA-F]{6})?$")
    greeting: str = Field(default="", max_length=600)
    prices: list[str] = []
    websites: list[str] = []
    chat_page: str = Field(default="", regex=r"^(https://\S+)?$")
    check_also_on: list[str] = []
    retention_hours: int = Field(default=72, ge=1, le=24 * 365)

    class Config:
        extra = Extra.forbid  # so that a misspelt field is an error

    @validator("country")
    def _known_country(cls, country: str) -> str:
        if country not in COUNTRIES:
            raise ValueError(f"must be one of {', '.join(COUNTRIES)}")
        return country

    @validator("check_also_on", each_item=True)
    def _known_platform(cls, platform: str) -> str:
        if platform not in PLATFORMS:
            raise ValueError(f"must be one of {', '.join(PLATFORMS)}")
        return platform

    @validator("color")
    def _carries_white_text(cls, color: str) -> str:
        if color and _contrast_with_white(color) < MIN_CONTRAST:
            raise ValueError(f"is too light: white text on it has a contrast below {MIN_CONTRAST}; choose a darker one")
        return color

    @validator("websites", each_item=True)
    def _origin(cls, website: str) -> str:
        scheme, separator, host = website.rstrip("/").partition("://")
        if scheme not in ("https", "http") or not separator or not host or "/" in host:
            raise ValueError("must look like https://www.example.com, without a path")
        return website.rstrip("/").lower()  # the way browsers send it

    @property
    def words(self) -> dict[str, str]:
        """The values of the placeholders in the responses, except the contact placeholders."""
        country = COUNTRIES[self.country]
        return {
            **country,
            # For sentences in other languages: a number or an address, and no words.
            "crisis_contact": country["crisis_phone"] or country["crisis_site"],
            "abuse_contact": country["abuse_phone"] or country["abuse_site"],
            "poison_contact": country["poison_phone"],
            "clinic_name": self.name,
            "clinic_phone": self.phone,
            "booking_link": self.booking_link,
            "clinic_prices": "; ".join(self.prices),
            "retention_hours": str(self.retention_hours),
        }


def _contrast_with_white(color: str) -> float:
    """Returns the contrast between `#rrggbb` and white as WCAG defines it: 1 to 21."""
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def load_clinic(path: Path | None = None) -> Clinic:
    """Reads and checks the file at `path`; by default, the file that CLINIC_FILE names.

    Raises:
        ValueError: a field is wrong; the message names the file, each field and what is expected.
    """
    path = path or Path(setting("CLINIC_FILE"))
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, yaml.YAMLError) as error:
        raise ValueError(f"{path.name} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path.name} must be a list of fields such as `name: Example Dermatology`.")
    try:
        return Clinic(**{field: value for field, value in content.items() if value is not None})
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, field['loc']))}: {field['msg']}" for field in error.errors())
        raise ValueError(f"{path.name} has {len(error.errors())} wrong field(s): {wrong}") from error
