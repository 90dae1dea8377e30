"""clinic.yml: what a clinic may set, and the errors it gets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from runtime.clinic import COUNTRIES, SENTENCES, Clinic, Doctor, load_clinic
from runtime.clinic_errors import ClinicError
from runtime.paths import ROOT


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "clinic.yml"
    file.write_text(text)
    return file


def test_the_file_of_the_project_is_valid_and_empty() -> None:
    assert load_clinic(ROOT / "clinic.yml") == Clinic()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("phone: call us", ("phone: 'call us' is wrong", "a phone number", "phone: +1 555 010 0100")),
        ("email: at the desk", ("email: 'at the desk'", "an e-mail address", "desk@example.com")),
        ("booking_link: http://example.com", ("booking_link: 'http://example.com'", "https://")),
        ("map_link: maps", ("map_link: 'maps'", "https://")),
        ("privacy_notice: ours", ("privacy_notice: 'ours'", "https://")),
        ("country: Mars", ("country: 'Mars'", "US, CA, GB")),
        ("color: red", ("color: 'red'", "a color as #", "#0b4f6c")),
        ("color: '#7a9cb8'", ("color: '#7a9cb8'", "too light")),
        ("websites: [example.com]", ("websites: 'example.com'", "without a path")),
        ("websites: ['https://*.example.com']", ("websites: 'https://*.example.com'", "one for each site")),
        ("prices: cheap", ("prices: 'cheap'", "a list of prices", "First consultation: $150")),
        ("prices: [First visit: $150]", ("prices: {'First visit': '$150'}", "in quotes")),
        ("chat_page: http://example.com", ("chat_page", "https://")),
        ("check_also_on: [telegram, signal]", ("check_also_on: 'signal'", "telegram, messenger")),
        ("opening_hours: ['Mo-Fr 9-5']", ("opening_hours: 'Mo-Fr 9-5'", "Mo-Fr 09:00-17:00")),
        ("opening_hours: Mo-Fr 09:00-17:00", ("opening_hours: 'Mo-Fr 09:00-17:00'", "a list of days and times")),
        ("time_zone: Eastern", ("time_zone: 'Eastern'", "Area/City", "America/New_York")),
        ("time_zone: America/Springfield", ("time_zone: 'America/Springfield'", "Area/City")),
        ("time_zone: ../../etc/passwd", ("time_zone", "Area/City")),
        ("offers_exosomes: sometimes", ("offers_exosomes: 'sometimes'", "yes, no, topical_only")),
        ("video_visits: yes", ("video_visits: True", "one or two sentences")),
        ("languages: [en, no]", ("languages: False", "in quotes")),
        ("doctors: [Dr. Ruiz]", ("doctors: 'Dr. Ruiz'", "Dr. Ana Ruiz")),
        ("doctors: [{title: MD}]", ("doctors.name: is missing", "the doctor's name")),
        ("doctors: [{name: A, verify_link: abderm.org}]", ("doctors.verify_link: 'abderm.org'", "https://")),
        ("doctors: [{name: A, certification: B}]", ("doctors.certification: 'B'", "no such field", "board_certification")),
        ("doctors: [{name: A, gender: f}]", ("doctors.gender: 'f'", "female or male")),
        (f"parking: {'x' * 401}", ("parking: 'xxx", "at most 400 characters")),
        ("retention_hours: 0", ("retention_hours: 0", "1 to 8760", "retention_hours: 72")),
        ("colour: red", ("colour: 'red'", "no such field", "the field color")),
        ("whatever: red", ("whatever: 'red'", "no such field", "name, phone")),
    ],
)  # fmt: skip
def test_a_wrong_field_gets_one_line_with_value_expectation_and_example(
    tmp_path: Path, text: str, expected: tuple[str, ...]
) -> None:
    with pytest.raises(ClinicError) as caught:
        load_clinic(write(tmp_path, text))
    heading, line = str(caught.value).splitlines()
    assert heading == "clinic.yml has 1 wrong field(s):"
    assert [words for words in (*expected, "Expected: ") if words not in line] == []


def test_each_wrong_field_has_a_line_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(ClinicError) as caught:
        load_clinic(write(tmp_path, "phone: x\ncountry: Mars\ndoctors: [{title: MD}, {name: B, verify_link: c}]"))
    assert [line.split(":")[0].strip() for line in str(caught.value).splitlines()[1:]] == [
        "phone", "country", "doctors.name", "doctors.verify_link"
    ]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), [("[1, 2]", "fields"), ("name: [", "line 1"), ("name: \x01", "cannot be read")])
def test_a_file_that_is_no_list_of_fields(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ClinicError, match=said) as caught:
        load_clinic(write(tmp_path, text))
    assert "\n" not in str(caught.value)
    with pytest.raises(ClinicError, match="cannot be read"):
        load_clinic(tmp_path / "nothing.yml")


def test_a_start_with_a_wrong_field_ends_without_a_traceback(tmp_path: Path) -> None:
    file = write(tmp_path, "phone: call us")
    start = [sys.executable, "-c", "from runtime.clinic import load_clinic; load_clinic()"]
    done = subprocess.run(start, env={"CLINIC_FILE": str(file)}, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[1].startswith("  phone: 'call us' is wrong.")


def test_every_example_is_valid() -> None:
    """So that a clinic that follows an error message gets no further error."""
    for model, required in ((Clinic, {}), (Doctor, {"name": "Dr. Ruiz"})):
        for name, field in model.__fields__.items():
            example, expected = field.field_info.extra["example"], field.field_info.extra["expected"]
            assert expected
            assert getattr(model.parse_obj({**required, name: example}), name) == (
                [Doctor.parse_obj(doctor) for doctor in example] if name == "doctors" else example
            )


def test_a_field_that_is_left_empty_counts_as_left_out(tmp_path: Path) -> None:
    assert load_clinic(write(tmp_path, "name:\nopening_hours:\ndoctors: [{name: A, title: }]")).doctors[0].title == ""


def test_yes_and_no_without_quotes_are_what_they_say(tmp_path: Path) -> None:
    assert [load_clinic(write(tmp_path, f"offers_exosomes: {word}")).offers_exosomes for word in ("yes", "no", "'no'")] == [
        "yes", "no", "no"
    ]  # fmt: skip


@pytest.mark.parametrize("field", SENTENCES)
def test_the_clinics_own_words_become_one_line_that_ends(field: str) -> None:
    assert getattr(Clinic.parse_obj({field: "First line\n  second line "}), field) == "First line second line."
    assert getattr(Clinic.parse_obj({field: "Ask us!"}), field) == "Ask us!"
    assert getattr(Clinic.parse_obj({field: ""}), field) == ""


def test_every_country_has_every_number() -> None:
    assert len({frozenset(numbers) for numbers in COUNTRIES.values()}) == 1
