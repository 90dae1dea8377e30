"""clinic.yml: what a clinic may set, and the errors it gets."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.clinic import COUNTRIES, SENTENCES, Clinic, Doctor, load_clinic
from runtime.clinic_errors import ClinicError
from runtime.clinic_yaml import PROBLEMS
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
        ("phone: call us", ("phone: 'call us' is wrong", "one phone number", "phone: +1 555 010 0100")),
        ("phone: .....", ("phone: '.....' is wrong", "at least 7 digits")),
        ("phone: (555) 010", ("phone: '(555) 010' is wrong", "at least 7 digits")),
        ("email: <desk@example.com>", ("email: '<desk@example.com>'", "an e-mail address")),
        ("email: at the desk", ("email: 'at the desk'", "an e-mail address", "desk@example.com")),
        ("booking_link: http://example.com", ("booking_link: 'http://example.com'", "https://")),
        ("map_link: maps", ("map_link: 'maps'", "https://")),
        ("privacy_notice: ours", ("privacy_notice: 'ours'", "https://")),
        ("country: Mars", ("country: 'Mars'", "US, CA, GB")),
        ("color: red", ("color: 'red'", "a color as #", "#0b4f6c")),
        ("color: '#7a9cb8'", ("color: '#7a9cb8'", "too light")),
        ("websites: [example.com]", ("websites: 'example.com'", "without a path")),
        ("websites: ['https://example.com/hair']", ("websites: 'https://example.com/hair'", "without a path")),
        ("websites: ['https://*.example.com']", ("websites: 'https://*.example.com'", "a wildcard")),
        ("websites: [https://münchen.example]", ("websites: 'https://münchen.example'", "xn--")),
        ("websites: https://example.com", ("websites: 'https://example.com'", "a list of websites")),
        ("websites: ['https://www.a.com:99999']", ("websites: 'https://www.a.com:99999'", "1 to 65535", "www.example.com")),
        ("callback: 'https://a.com:port/x'", ("callback: 'https://a.com:port/x'", "1 to 65535", "desk@example.com")),
        ("callback: 'https://crm..a.com/x'", ("callback: 'https://crm..a.com/x'", "a host that can exist")),
        ("booking_link: 'https://[::1'", ("booking_link: 'https://[::1'", "a host that can exist", "example.com/book")),
        ("chat_page: 'https://:443'", ("chat_page: 'https://:443'", "a host that can exist")),
        ("doctors: [{name: A, verify_link: 'https://b:0'}]", ("doctors.verify_link: 'https://b:0'", "1 to 65535")),
        ("prices: cheap", ("prices: 'cheap'", "a list of prices", "First consultation: $150")),
        ("prices: [First visit: $150]", ("prices: {'First visit': '$150'}", "in quotes")),
        ("chat_page: http://example.com", ("chat_page", "https://")),
        ("callback: desk", ("callback: 'desk'", "an e-mail address, or an address", "desk@example.com")),
        ("callback: http://example.com/hook", ("callback", "starts with https://")),
        ("check_also_on: [telegram, signal]", ("check_also_on: 'signal'", "telegram, messenger")),
        ("opening_hours: ['Mo-Fr 9-5']", ("opening_hours: 'Mo-Fr 9-5'", "Mo-Fr 09:00-17:00")),
        ("opening_hours: Mo-Fr 09:00-17:00", ("opening_hours: 'Mo-Fr 09:00-17:00'", "a list of days and times")),
        ("time_zone: Eastern", ("time_zone: 'Eastern'", "Area/City", "America/New_York")),
        ("time_zone: America/Springfield", ("time_zone: 'America/Springfield'", "Area/City")),
        ("time_zone: ../../etc/passwd", ("time_zone", "Area/City")),
        ("offers_exosomes: sometimes", ("offers_exosomes: 'sometimes'", "yes, no, topical_only")),
        ("video_visits: yes", ("video_visits: 'yes'", "one or two sentences")),
        ("doctors: [Dr. Ruiz]", ("doctors: 'Dr. Ruiz'", "Dr. Ana Ruiz")),
        ("doctors: [{title: MD}]", ("doctors.name: is missing", "the doctor's name")),
        ("doctors: [{name: A, verify_link: abderm.org}]", ("doctors.verify_link: 'abderm.org'", "https://")),
        ("doctors: [{name: A, certification: B}]", ("doctors.certification: 'B'", "no such field", "board_certification")),
        ("doctors: [{name: A, gender: f}]", ("doctors.gender: 'f'", "female or male")),
        (f"parking: {'x' * 401}", ("parking: 'xxx", "at most 400 characters")),
        ("translations: {fr: {hours: A}}", ("translations: {'fr': {'hours': 'A'}}", "by language: es", "de 9 a 5'}}")),
        ("translations: {es: Lunes}", ("translations: {'es': 'Lunes'}", "by language: es")),
        ("translations: {es: {parking: no}}", ("translations.es.parking: 'no'", "one or two sentences")),
        ("translations: {es: {phone: '1'}}", ("translations.es.phone: '1'", "no such field", "hours, parking")),
        ("retention_hours: 0", ("retention_hours: '0'", "1 to 8760", "retention_hours: 72")),
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


@pytest.mark.parametrize("name", Clinic.__fields__)
@pytest.mark.parametrize("value", ["[[1], [2]]", "{a: b}", "[~]"])
def test_no_field_takes_just_any_value(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ClinicError) as caught:
        load_clinic(write(tmp_path, f"{name}: {value}"))
    heading, *lines = str(caught.value).splitlines()
    assert lines
    for line in lines:
        assert re.match(rf"  {name}: .+ is (wrong|missing)\. Expected: .+\. Example: .+", line), line


def test_each_wrong_field_has_a_line_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(ClinicError) as caught:
        load_clinic(write(tmp_path, "phone: x\ncountry: Mars\ndoctors: [{title: MD}, {name: B, verify_link: c}]"))
    assert [line.split(":")[0].strip() for line in str(caught.value).splitlines()[1:]] == [
        "phone", "country", "doctors.name", "doctors.verify_link"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[1, 2]", "must be a list of fields"),
        ("Example Dermatology", "must be a list of fields"),
        ("no", "must be a list of fields"),
        ("name: [", "line 1"),
        ("name: A\nphone: 'B", "line 2: a quotation mark is not closed"),
        ("name: A\nparking: 'B\nhours: C\nemail: D\n", 'line 2: a quotation mark is not closed. Example: name: "Example'),
        ("name: A\nlanguages: [English,\n  Spanish\nhours: C\n", "line 2: the ] at the end of a list is missing"),
        ("name: A\nhours: Monday: 9 to 5", "line 2: a value with a colon in it must stand in quotes"),
        ("doctors:\n  - name: A\n   title: B", "line 3: the line is not indented like those above it"),
        ("websites:\n\t- https://www.example.com", "line 2: there is a tab; use spaces instead"),
        ("name: A\nphone: '1'\nname: B", "line 3: the field name stands here a second time"),
        ("doctors: [{name: A, name: B}]", "line 1: the field name stands here a second time"),
        ("name: !!int A", "invalid literal"),
        ("name: !!python/object:os.system A", "line 1: could not determine a constructor"),
        ("[" * 5000, "recursion"),
        ("name: A\nphone:+1 555 010 0100\n", "line 2: there is no colon with a space after it"),
        ("name: @home", "line 1: a value that begins with @, % or ` must stand in quotes"),
        ("name: *", "line 1"),
        ("languages: [English", "line 1: the ] at the end of a list is missing"),
        ("name: A\n\n\ncolor: #0b4f6c\n", "line 4: a value that begins with # must stand in quotes"),
        ("name: A\ncolor: #0b4f6c\n", "line 2: a value that begins with # must stand in quotes"),
        ("name: \x01", "special characters are not allowed"),
        ("name: A\nparking: Café".encode("latin-1"), "line 2: a character that is not UTF-8. Save the file again"),
        ("name: A".encode("utf-16"), "line 1: a character that is not UTF-8"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_list_of_fields(tmp_path: Path, content: str | bytes, said: str) -> None:
    file = tmp_path / "clinic.yml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ClinicError) as caught:
        load_clinic(file)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_example_in_a_message_about_syntax_is_one_of_what_is_wrong(tmp_path: Path) -> None:
    for expected in map(str.split, filter(None, (said.partition("Example: ")[2] for said in PROBLEMS.values()))):
        assert load_clinic(write(tmp_path, " ".join(expected)))
    with pytest.raises(ClinicError, match='Example: hours: "Monday: 9 to 5"$'):
        load_clinic(write(tmp_path, "name: A\nhours: Monday: 9 to 5"))
    with pytest.raises(ClinicError, match="stands here a second time$"):
        load_clinic(write(tmp_path, "name: A\nname: B"))


def test_a_file_that_is_not_there_or_a_folder_is_named_in_full(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "nothing.yml", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(ClinicError, match=f"{path} cannot be read: {why}.*CLINIC_FILE"):
            load_clinic(path)


@pytest.mark.parametrize(
    "content", ["", "# nothing yet\n", "\ufeffname:", "name: ~", "color:  # dark enough", "name: #facade of it"]
)
def test_an_empty_file_is_a_clinic_that_has_filled_in_nothing(tmp_path: Path, content: str) -> None:
    assert load_clinic(write(tmp_path, content)) == Clinic()


def test_a_value_is_the_text_that_stands_in_the_file(tmp_path: Path) -> None:
    text = "phone: +15550100142\nhours: 9:30\nfirst_visit_price: 0150\nlanguages: [en, no]\nname: 2026-13-45"
    clinic = load_clinic(write(tmp_path, text))
    assert (clinic.phone, clinic.hours, clinic.first_visit_price) == ("+15550100142", "9:30", "0150")
    assert (clinic.languages, clinic.name) == (["en", "no"], "2026-13-45")


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
            assert model.parse_obj({**required, name: example}).dict(exclude_unset=True)[name] == example


def test_a_field_that_is_left_empty_counts_as_left_out(tmp_path: Path) -> None:
    assert load_clinic(write(tmp_path, "name:\nopening_hours:\ndoctors: [{name: A, title: }]")).doctors[0].title == ""


def test_a_clinic_speaks_another_language_as_far_as_it_has_given_its_words(tmp_path: Path) -> None:
    clinic = load_clinic(
        write(
            tmp_path,
            "greeting: Welcome.\nhours: Monday to Friday\nparking: Free parking.\n"
            "translations: {es: {parking: Estacionamiento gratis, hours: }}",
        )
    )
    spanish = clinic.spoken_in("es")
    assert (spanish.parking, spanish.hours, spanish.greeting) == ("Estacionamiento gratis.", "Monday to Friday", "")
    assert clinic.spoken_in("en") is clinic


def test_yes_and_no_without_quotes_are_what_they_say(tmp_path: Path) -> None:
    assert [load_clinic(write(tmp_path, f"offers_exosomes: {word}")).offers_exosomes for word in ("yes", "no", "'no'")] == [
        "yes", "no", "no"
    ]  # fmt: skip


def test_blanks_and_lines_too_many_do_no_harm(tmp_path: Path) -> None:
    text = "name: ' A  B '\naddress: |\n  12 Main Street\n  Springfield\ncolor: '#0b4f6c '\ngreeting: |\n  Hello.\n\n  Welcome.\n"
    clinic = load_clinic(write(tmp_path, text))
    assert (clinic.name, clinic.address, clinic.color) == ("A B", "12 Main Street Springfield", "#0b4f6c")
    assert clinic.greeting == "Hello.\n\nWelcome."


@pytest.mark.parametrize("field", SENTENCES)
def test_the_clinics_own_words_become_one_line_that_ends(field: str) -> None:
    assert getattr(Clinic.parse_obj({field: "First line\n  second line "}), field) == "First line second line."
    assert getattr(Clinic.parse_obj({field: "Ask us!"}), field) == "Ask us!"
    assert getattr(Clinic.parse_obj({field: ""}), field) == ""


def test_every_country_has_every_number() -> None:
    assert len({frozenset(numbers) for numbers in COUNTRIES.values()}) == 1
