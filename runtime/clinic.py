"""The clinic's settings from `clinic.yml`, and the emergency numbers of its country."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, Extra, Field, ValidationError, root_validator, validator

from runtime.clinic_errors import ClinicError, error_lines
from runtime.environment import setting
from runtime.opening_hours import Hours, parse_hours
from runtime.paths import DATA

PLATFORMS = ("telegram", "messenger", "whatsapp", "slack")
MIN_CONTRAST = 4.5  # WCAG 2.2 AA
COUNTRIES: dict[str, dict[str, str]] = yaml.safe_load((DATA / "countries.yml").read_text(encoding="utf-8"))

HTTPS = r"^(https://\S+)?$"
MAX_LINE, MAX_SENTENCES = 120, 400  # characters
OFFERED = ("yes", "no", "topical_only")
# Fields in the clinic's own words. Visitors read them after "The clinic says".
SENTENCES = (
    *("parking", "accessibility", "new_patients", "video_visits", "minors", "photos"),
    *("cancellation", "deposit"),
)


def _line(expected: str, example: str) -> Any:
    return Field(default="", max_length=MAX_LINE, expected=f"{expected}, at most {MAX_LINE} characters", example=example)


def _sentences(example: str) -> Any:
    expected = f"one or two sentences that visitors can read, at most {MAX_SENTENCES} characters"
    return Field(default="", max_length=MAX_SENTENCES, expected=expected, example=example)


def _link(example: str) -> Any:
    return Field(default="", regex=HTTPS, expected="an address that starts with https://", example=example)


def _list(expected: str, example: list[Any]) -> Any:
    return Field(default=[], expected=f"a list of {expected}", example=example)


class Settings(BaseModel):
    """What all parts of `clinic.yml` share: an empty field counts as left out, and a misspelt one is an error."""

    class Config:
        extra = Extra.forbid

    @root_validator(pre=True)
    def _without_empty_fields(cls, content: dict[str, Any]) -> dict[str, Any]:
        return {field: value for field, value in content.items() if value is not None}


class Doctor(Settings):
    """A doctor as the clinic presents them. We repeat what it says, and never vouch for it."""

    name: str = Field(..., min_length=1, max_length=MAX_LINE, expected="the doctor's name", example="Dr. Ana Ruiz")
    title: str = _line("the doctor's degree or role", "MD, dermatologist")
    board_certification: str = _line("the board that certified the doctor", "American Board of Dermatology")
    verify_link: str = _link("https://www.certificationmatters.org")
    gender: Literal["", "female", "male"] = Field(default="", expected="female or male", example="female")


class Clinic(Settings):
    """The fields of `clinic.yml`. Any of them may be empty."""

    name: str = Field(default="", max_length=80, expected="a name of at most 80 characters", example="Example Dermatology")
    phone: str = Field(
        default="", regex=r"^(\+?[\d\s().-]{5,25})?$", expected="a phone number of 5 to 25 characters", example="+1 555 010 0100"
    )
    email: str = Field(
        default="", max_length=254, regex=r"^([^\s@]+@[^\s@]+)?$", expected="an e-mail address", example="desk@example.com"
    )
    booking_link: str = _link("https://www.example.com/book")
    country: str = Field(default="US", expected=f"one of {', '.join(COUNTRIES)}", example="US")
    address: str = _line("the street address on one line", "12 Main Street, Springfield, IL 62701")
    map_link: str = _link("https://maps.example.com/clinic")
    hours: str = _line("the opening hours in words", "Monday to Friday, 9 to 5")
    opening_hours: list[str] = _list("days and times", ["Mo-Fr 09:00-17:00", "Sa 10:00-14:00"])
    time_zone: str = Field(default="", expected="a time zone as Area/City", example="America/New_York")
    parking: str = _sentences("Free parking behind the building. Bus 4 stops at the door.")
    accessibility: str = _sentences("Step-free from the street, with a lift to the second floor.")
    languages: list[str] = _list("languages", ["English", "Spanish"])
    doctors: list[Doctor] = _list("doctors, each with a name", [{"name": "Dr. Ana Ruiz", "title": "MD, dermatologist"}])
    offers_exosomes: Literal["", "yes", "no", "topical_only"] = Field(
        default="", expected=f"one of {', '.join(OFFERED)}", example="topical_only"
    )
    other_treatments: list[str] = _list("treatments", ["PRP", "minoxidil", "hair transplants"])
    new_patients: str = _sentences("We take new patients. You need no referral.")
    video_visits: str = _sentences("Follow-up visits can be by video. The first visit is in person.")
    minors: str = _sentences("Patients under 18 come with a parent or guardian.")
    photos: str = _sentences("Bring photos to the visit. Please do not e-mail them.")
    insurers: list[str] = _list("insurers", ["Aetna", "Blue Cross"])
    first_visit_price: str = _line("the price of a first visit", "$150")
    prices: list[str] = _list("prices in quotes", ["First consultation: $150"])
    deposit: str = _sentences("We ask for $50, and count it towards the visit.")
    cancellation: str = _sentences("Tell us a day before, or we charge $50.")
    privacy_notice: str = _link("https://www.example.com/privacy")
    color: str = Field(default="", regex=r"^(#[0-9a-fA-F]{6})?$", expected="a color as # and six digits", example="#0b4f6c")
    greeting: str = Field(default="", max_length=600, expected="at most 600 characters", example="Hello, and welcome.")
    websites: list[str] = _list("websites", ["https://www.example.com"])
    chat_page: str = _link("https://www.example.com/chat")
    check_also_on: list[str] = _list(f"platforms among {', '.join(PLATFORMS)}", ["telegram"])
    consent_to_store: bool = Field(default=False, expected="true or false", example=True)
    retention_hours: int = Field(default=72, ge=1, le=24 * 365, expected="whole hours from 1 to 8760", example=72)

    @validator("country")
    def _known_country(cls, country: str) -> str:
        if country not in COUNTRIES:
            raise ValueError(f"one of {', '.join(COUNTRIES)}")
        return country

    @validator("check_also_on", each_item=True)
    def _known_platform(cls, platform: str) -> str:
        if platform not in PLATFORMS:
            raise ValueError(f"one of {', '.join(PLATFORMS)}")
        return platform

    @validator("color")
    def _carries_white_text(cls, color: str) -> str:
        if color and _contrast_with_white(color) < MIN_CONTRAST:
            raise ValueError(
                f"a darker color; on this one white text has a contrast below {MIN_CONTRAST} and is too light to read"
            )
        return color

    @validator("websites", each_item=True)
    def _origin(cls, website: str) -> str:
        scheme, separator, host = website.rstrip("/").partition("://")
        if scheme not in ("https", "http") or not separator or not host or "/" in host or "*" in host:
            raise ValueError("an address without a path or an asterisk, such as https://www.example.com, one for each site")
        return website.rstrip("/").lower()  # the way browsers send it

    @validator("opening_hours", each_item=True)
    def _readable_hours(cls, line: str) -> str:
        parse_hours(line)
        return line

    @validator("time_zone")
    def _known_zone(cls, zone: str) -> str:
        try:
            known = not zone or "/" in zone and ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            known = False
        if not known:
            raise ValueError("a time zone as Area/City, from the list of the IANA")
        return zone

    @validator("offers_exosomes", pre=True)
    def _yes_or_no(cls, offered: Any) -> Any:
        return (
            {True: "yes", False: "no"}.get(offered, offered) if isinstance(offered, bool) else offered
        )  # YAML reads yes as true

    @validator("languages", "other_treatments", "insurers", pre=True, each_item=True)
    def _in_quotes(cls, item: Any) -> str:
        if not isinstance(item, str):  # YAML reads `no`, the code of Norwegian, as false
            raise ValueError("words; put them in quotes")
        return item

    @validator(*SENTENCES, pre=True)
    def _in_words(cls, said: Any) -> str:
        if not isinstance(said, str):
            raise ValueError("one or two sentences, because visitors read them")
        line = " ".join(said.split())
        return line if not line or line.endswith((".", "!", "?")) else f"{line}."

    @property
    def words(self) -> dict[str, str]:
        """The values of the placeholders in the responses, except those that `components/dialogue/` adds."""
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

    @property
    def origins(self) -> list[str]:
        """The origins of `websites`. With and without www is the same site."""
        other = [
            site.replace("://www.", "://") if "://www." in site else site.replace("://", "://www.") for site in self.websites
        ]
        return list(dict.fromkeys([*self.websites, *other]))

    @property
    def weekly_hours(self) -> list[Hours]:
        return [parse_hours(line) for line in self.opening_hours]


def _contrast_with_white(color: str) -> float:
    """Returns the contrast between `#rrggbb` and white as WCAG defines it: 1 to 21."""
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def load_clinic(path: Path | None = None) -> Clinic:
    """Reads and checks the file at `path`; by default, the file that CLINIC_FILE names.

    Raises:
        ClinicError: a field is wrong; the message has a line for each.
    """
    path = path or Path(setting("CLINIC_FILE"))
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ClinicError(
            f"{path.name} cannot be read, line {line}: {error.problem}. Example: name: Example Dermatology"
        ) from error
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise ClinicError(f"{path.name} cannot be read: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise ClinicError(f"{path.name} must be a list of fields such as `name: Example Dermatology`.")
    try:
        return Clinic.parse_obj({str(field): value for field, value in content.items()})
    except ValidationError as error:
        lines = error_lines(error, Clinic, content)
        raise ClinicError("\n  ".join([f"{path.name} has {len(lines)} wrong field(s):", *lines])) from error
