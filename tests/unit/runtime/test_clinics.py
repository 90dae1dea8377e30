"""Many clinics in one deployment: their files, their ids, and that a wrong file changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from runtime.clinic import CLINIC_ID, Clinic
from runtime.clinic_errors import ClinicError
from runtime.clinics import (
    Clinics,
    UnknownClinicError,
    clinic_of,
    clinic_setting,
    clinic_variable,
    id_at_clinic,
    read_clinics,
    served_clinics,
)
from tests.support.clinics import only, several

NORTH = "name: North\ncountry: GB\nretention_hours: 5\nwebsites: [https://north.example]"
SOUTH = "name: South\nwebsites: [https://south.example]"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "clinic.yml").write_text("name: Alone")
    folder = tmp_path / "clinics"
    folder.mkdir()
    return folder


def environment(folder: Path) -> Mapping[str, str]:
    return {"CLINIC_FILE": str(folder.with_name("clinic.yml"))}


def write(folder: Path, **clinics: str) -> None:
    for name, text in clinics.items():
        (folder / f"{name}.yml").write_text(text)


def test_without_files_there_is_the_one_clinic(folder: Path) -> None:
    assert {name: clinic.name for name, clinic in read_clinics(environment(folder)).items()} == {CLINIC_ID: "Alone"}
    folder.rmdir()
    assert list(read_clinics(environment(folder))) == [CLINIC_ID]


def test_with_files_there_are_those(folder: Path) -> None:
    write(folder, north=NORTH, south=SOUTH)
    (folder / ".hidden").touch()
    assert {name: clinic.name for name, clinic in read_clinics(environment(folder)).items()} == {
        "north": "North",
        "south": "South",
    }
    elsewhere = {"CLINICS_FOLDER": str(folder), "CLINIC_FILE": "/nowhere/clinic.yml"}
    assert list(read_clinics(elsewhere)) == ["north", "south"]


@pytest.mark.parametrize(
    "name", ["North.yml", "no_rth.yml", "-north.yml", "north-.yml", "a.b.yml", "north.yaml", "x" * 49 + ".yml", "é.yml"]
)
def test_a_file_whose_name_is_no_id_stops_the_start(folder: Path, name: str) -> None:
    (folder / name).touch()
    with pytest.raises(ClinicError, match=r"has a name that is no clinic's id.*Example: glow-boston\.yml") as refused:
        read_clinics(environment(folder))
    assert name in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_wrong_file_is_named_with_its_field(folder: Path) -> None:
    write(folder, north=NORTH, south="retention_hours: long")
    with pytest.raises(ClinicError, match=r"south\.yml has 1 wrong field\(s\):\n  retention_hours: 'long' is wrong"):
        read_clinics(environment(folder))


def test_a_clinic_is_named_unless_there_is_only_one() -> None:
    assert only(Clinic()).named(None) == only(Clinic()).named(CLINIC_ID) == CLINIC_ID
    both = several({"north": Clinic(), "south": Clinic()})
    assert both.named("north") == "north"
    for name in (None, "", "clinic", "North", "north.", "../north", "north\0", 3, ["north"], {}):
        with pytest.raises(UnknownClinicError):
            both.named(name)


def test_whoever_names_none_of_several_learns_only_the_country_that_they_share() -> None:
    assert only(Clinic(name="Alone")).of(None).name == "Alone"
    assert several({"a": Clinic(name="A", country="GB"), "b": Clinic(country="GB")}).of("gone") == Clinic(country="GB")
    assert several({"a": Clinic(country="US"), "b": Clinic(country="GB")}).of(None).country == "other"


def test_reading_again_replaces_all_and_keeps_what_is_the_same(folder: Path) -> None:
    write(folder, north=NORTH, south=SOUTH)
    clinics = Clinics(lambda: read_clinics(environment(folder)))
    north = clinics.of("north")
    write(folder, south="name: New", west="name: West")
    clinics.reload()
    assert [clinics.of(name).name for name in clinics] == ["North", "New", "West"]
    assert clinics.of("north") is north
    assert clinics.origins == {"https://north.example", "https://www.north.example"}
    (folder / "west.yml").unlink()
    clinics.reload()
    assert "west" not in clinics


def test_a_wrong_file_or_an_objection_changes_nothing(folder: Path) -> None:
    write(folder, north=NORTH)
    clinics = Clinics(lambda: read_clinics(environment(folder)))
    write(folder, south="colour: blue")
    with pytest.raises(ClinicError, match="south"):
        clinics.reload()
    assert list(clinics) == ["north"]

    def only_north(read: Mapping[str, Clinic]) -> None:
        if list(read) != ["north"]:
            raise ClinicError("no")

    clinics.require(only_north)
    write(folder, south=SOUTH)
    with pytest.raises(ClinicError, match="no"):
        clinics.reload()
    assert list(clinics) == ["north"]
    with pytest.raises(ClinicError, match="no"):
        several({}).require(only_north)


def test_a_process_has_one_set_of_clinics(folder: Path) -> None:
    assert served_clinics(environment(folder)) is served_clinics(environment(folder))


@pytest.mark.parametrize("clinic", [CLINIC_ID, "north", "north-west", "unkept"])
@pytest.mark.parametrize("rest", ["a" * 32, "unkept-" + "a" * 32])
def test_a_conversation_says_whose_it_is(clinic: str, rest: str) -> None:
    assert clinic_of(id_at_clinic(clinic, rest)) == clinic


def test_a_conversation_from_before_belongs_to_the_one_clinic() -> None:
    assert clinic_of("a" * 32) == CLINIC_ID


def test_each_clinic_has_secrets_of_its_own() -> None:
    given = {"CALLBACK_WEBHOOK_SECRET": "ours", "CALLBACK_WEBHOOK_SECRET_NORTH_WEST": "theirs"}
    found = [clinic_setting("CALLBACK_WEBHOOK_SECRET", clinic, given) for clinic in (CLINIC_ID, "north-west", "north")]
    assert found == ["ours", "theirs", ""]
    assert clinic_variable("TELEGRAM_TOKEN", "north-west") == "TELEGRAM_TOKEN_NORTH_WEST"


def test_clinics_are_sorted_by_how_long_they_keep_what_is_said() -> None:
    clinics = several(
        {"a": Clinic(retention_hours=5), "b": Clinic(), "c": Clinic(retention_hours=5), "d": Clinic(retention_hours=9)}
    )
    assert clinics.retention_hours == {5: ["a", "c"], 9: ["d"]}
    assert only(Clinic(retention_hours=5)).retention_hours == {}
