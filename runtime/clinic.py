"""The clinic's settings from `clinic.yml`, and the emergency numbers of its country."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, Extra, Field, ValidationError, root_validator, validator
from pydantic.fields import ModelField

from runtime.clinic_errors import ClinicError, error_lines
from runtime.clinic_yaml import read_clinic_file
from runtime.data_files import read_yaml
from runtime.environment import setting
from runtime.opening_hours import Hours, parse_hours
from runtime.paths import DATA

CLINIC_ID = "clinic"  # the id of the clinic in clinic.yml
PLATFORMS = ("telegram", "messenger", "whatsapp", "slack")
MIN_CONTRAST = 4.5  # WCAG 2.2 AA
COUNTRIES: dict[str, dict[str, str]] = read_yaml(DATA / "countries.yml")

HTTPS = r"^(https://\S+)?$"
EMAIL = r"^([^\s@<>,;]+@[^\s@<>,;]+)?$"
ORIGIN = re.compile(r"https?://([a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(:\d+)?")
REACHABLE = "an address with a host that can exist, and with no port or one from 1 to 65535"
MAX_LINE, MAX_SENTENCES = 120, 400  # characters
OFFERED = ("yes", "no", "topical_only")
ENGLISH = "en"  # the language of the fields themselves
OTHER_LANGUAGES = tuple(sorted(path.stem for path in (DATA / "words").glob("*.yml") if path.stem != ENGLISH))
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

    @validator("*", pre=True)
    def _on_one_line(cls, value: Any, field: ModelField) -> Any:
        if not isinstance(value, str):
            return value
        return value.strip() if field.name == "greeting" else " ".join(value.split())

    @validator("*")
    def _reachable(cls, value: Any, field: ModelField) -> Any:
        if field.field_info.regex == HTTPS and value and not is_reachable(value):
            raise ValueError(REACHABLE)
        return value


class Doctor(Settings):
    """A doctor as the clinic presents them. We repeat what it says, and never vouch for it."""

    name: str = Field(..., min_length=1, max_length=MAX_LINE, expected="the doctor's name", example="Dr. Ana Ruiz")
    title: str = _line("the doctor's degree or role", "MD, dermatologist")
    board_certification: str = _line("the board that certified the doctor", "American Board of Dermatology")
    verify_link: str = _link("https://www.certificationmatters.org")
    gender: Literal["", "female", "male"] = Field(default="", expected="female or male", example="female")


class OwnWords(Settings):
    """What visitors read as the clinic wrote it, so `translations` may have it in another language."""

    hours: str = _line("the opening hours in words", "Monday to Friday, 9 to 5")
    parking: str = _sentences("Free parking behind the building. Bus 4 stops at the door.")
    accessibility: str = _sentences("Step-free from the street, with a lift to the second floor.")
    languages: list[str] = _list("languages", ["English", "Spanish"])
    other_treatments: list[str] = _list("treatments", ["PRP", "minoxidil", "hair transplants"])
    new_patients: str = _sentences("We take new patients. You need no referral.")
    video_visits: str = _sentences("Follow-up visits can be by video. The first visit is in person.")
    minors: str = _sentences("Patients under 18 come with a parent or guardian.")
    photos: str = _sentences("Bring photos to the visit. Please do not e-mail them.")
    first_visit_price: str = _line("the price of a first visit", "$150")
    prices: list[str] = _list("prices in quotes", ["First consultation: $150"])
    deposit: str = _sentences("We ask for $50, and count it towards the visit.")
    cancellation: str = _sentences("Tell us a day before, or we charge $50.")
    greeting: str = Field(default="", max_length=600, expected="at most 600 characters", example="Hello, and welcome.")

    @validator(*SENTENCES)
    def _in_words(cls, said: str) -> str:
        if said and " " not in said:
            raise ValueError("one or two sentences, because visitors read them")
        return said if not said or said.endswith((".", "!", "?")) else f"{said}."


class Clinic(OwnWords):
    """The fields of `clinic.yml`. Any of them may be empty."""

    name: str = Field(default="", max_length=80, expected="a name of at most 80 characters", example="Example Dermatology")
    phone: str = Field(
        default="",
        regex=r"^((?=(\D*\d){7})\+?[\d\s().-]{7,25})?$",
        expected="one phone number: at least 7 digits, with spaces and + ( ) . - at most 25 characters",
        example="+1 555 010 0100",
    )
    email: str = Field(default="", max_length=254, regex=EMAIL, expected="an e-mail address", example="desk@example.com")
    booking_link: str = _link("https://www.example.com/book")
    country: str = Field(default="US", expected=f"one of {', '.join(COUNTRIES)}", example="US")
    address: str = _line("the street address on one line", "12 Main Street, Springfield, IL 62701")
    map_link: str = _link("https://maps.example.com/clinic")
    opening_hours: list[str] = _list("days and times", ["Mo-Fr 09:00-17:00", "Sa 10:00-14:00"])
    time_zone: str = Field(default="", expected="a time zone as Area/City", example="America/New_York")
    doctors: list[Doctor] = _list("doctors, each with a name", [{"name": "Dr. Ana Ruiz", "title": "MD, dermatologist"}])
    offers_exosomes: Literal["", "yes", "no", "topical_only"] = Field(
        default="", expected=f"one of {', '.join(OFFERED)}", example="topical_only"
    )
    insurers: list[str] = _list("insurers", ["Aetna", "Blue Cross"])
    translations: dict[str, OwnWords] = Field(
        default={},
        expected=f"your own words by language: {', '.join(OTHER_LANGUAGES)}",
        example={"es": {"hours": "Lunes a viernes, de 9 a 5"}},
    )
    privacy_notice: str = _link("https://www.example.com/privacy")
    color: str = Field(default="", regex=r"^(#[0-9a-fA-F]{6})?$", expected="a color as # and six digits", example="#0b4f6c")
    websites: list[str] = _list("websites", ["https://www.example.com"])
    chat_page: str = _link("https://www.example.com/chat")
    check_also_on: list[str] = _list(f"platforms among {', '.join(PLATFORMS)}", ["telegram"])
    report_not_understood: bool = Field(default=False, expected="true or false", example=True)
    callback: str = Field(
        default="",
        max_length=500,
        expected="an e-mail address, or an address that starts with https://",
        example="desk@example.com",
    )
    consent_to_store: bool = Field(default=False, expected="true or false", example=True)
    retention_hours: int = Field(default=72, ge=1, le=24 * 365, expected="whole hours from 1 to 8760", example=72)

    @validator("translations", pre=True)
    def _by_language(cls, given: Any) -> dict[str, Any]:
        known = isinstance(given, dict) and all(
            language in OTHER_LANGUAGES and isinstance(own, dict) for language, own in given.items()
        )
        if not known:
            raise ValueError(f"your own words by language: {', '.join(OTHER_LANGUAGES)}")
        return dict(given)

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
        origin = website.rstrip("/").lower()  # the way browsers send it
        if not ORIGIN.fullmatch(origin):
            raise ValueError(
                "an address without a path or a wildcard, such as https://www.example.com, and xn--… for other letters"
            )
        if not is_reachable(origin):
            raise ValueError(REACHABLE)
        return origin

    @validator("callback")
    def _mailbox_or_webhook(cls, address: str) -> str:
        is_known = not address or re.fullmatch(EMAIL, address) or re.fullmatch(HTTPS, address)
        if not is_known:
            raise ValueError("an e-mail address, or an address that starts with https://")
        if address.startswith("https:") and not is_reachable(address):
            raise ValueError(REACHABLE)
        return address

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

    def spoken_in(self, language: str) -> Clinic:
        """Returns the clinic with its own words in `language`, as far as it has given them; the others stay in English.

        Its greeting is only for pages in the language of the greeting.
        """
        if language == ENGLISH:
            return self
        own = self.translations.get(language, OwnWords()).dict(exclude_defaults=True)
        return self.copy(update={"greeting": "", **own})

    @property
    def words(self) -> dict[str, str]:
        """The values of the placeholders in the responses, except those that `components/dialogue/` adds."""
        country = COUNTRIES[self.country]
        return {
            **country,
            # For sentences in other languages: a number or an address, and no words.
            "crisis_contact": country["crisis_phone"] or country["crisis_site"],
            "abuse_contact": country["abuse_phone"] or country["abuse_site"],
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


def is_reachable(address: str) -> bool:
    """Returns whether a program could connect to this address of a website: its host and its port can be right."""
    try:
        parts = urlsplit(address)
        return bool((parts.hostname or "").encode("idna")) and parts.port != 0
    except ValueError:
        return False


def _contrast_with_white(color: str) -> float:
    """Returns the contrast between `#rrggbb` and white as WCAG defines it: 1 to 21."""
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def load_clinic(path: Path | None = None) -> Clinic:
    """Reads and checks the file at `path`; by default, the file that CLINIC_FILE names.

    Raises:
        ClinicError: the file cannot be read, or a field is wrong; the message has a line for each.
    """
    path = path or Path(setting("CLINIC_FILE"))
    content = read_clinic_file(path)
    try:
        return Clinic.parse_obj(content)
    except ValidationError as error:
        lines = error_lines(error, Clinic, content)
        raise ClinicError("\n  ".join([f"{path.name} has {len(lines)} wrong field(s):", *lines])) from error
