"""The table of medicines and conditions: what follows from each, and what a wrong table says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from actions.candidacy import RULES, Outcome
from components.understanding.concepts import CONCEPTS, FOLDER, STATUSES, ConceptError, follows, load

PREGNANT, CANCER_NOW, CANCER_PAST = (
    ("health_flags", flag) for flag in ("pregnant_or_breastfeeding", "active_cancer", "past_cancer")
)
THINNER, WEAK, ILL, LOW = (
    ("health_flags", flag)
    for flag in ("blood_thinner_or_bleeding", "weak_immune_system", "underlying_illness", "nutritional_gap")
)
OTHER_TREATMENT, OTHER_CAUSE = ("prior_treatments", "other"), ("hair_loss_type", "other_cause")
OWNERS = {name: concept for concept, entry in CONCEPTS.items() for name in (*entry.names, *entry.past_names)}


@pytest.mark.parametrize(
    ("concept", "status", "expected"),
    [
        ("apixaban", None, [THINNER]),
        ("apixaban", "past", []),
        ("apixaban", "possible", [("health_flags", "not_sure")]),
        ("apixaban", "considered", []),
        ("blood_clot", "past", [THINNER]),
        ("baricitinib", None, [WEAK, OTHER_TREATMENT]),
        ("baricitinib", "past", [OTHER_TREATMENT]),
        ("topical_jak_inhibitor", None, [OTHER_TREATMENT]),
        ("minoxidil_and_finasteride", "past", [("prior_treatments", "minoxidil"), ("prior_treatments", "finasteride")]),
        ("iron_deficiency", "past", []),
        ("iron_deficiency", None, [LOW]),
        ("lupus", "past", [ILL]),
        ("pregnancy", "past", []),
        ("pregnancy", "possible", [PREGNANT]),
        ("breast_cancer", "past", [CANCER_PAST]),
        ("chemotherapy", None, [CANCER_NOW]),
        ("chemotherapy_hair_loss", "past", [CANCER_PAST, OTHER_CAUSE]),
        ("traction_alopecia", None, [OTHER_CAUSE]),
        ("nutrafol", None, []),
    ],
)
def test_what_follows(concept: str, status: str | None, expected: list[tuple[str, str]]) -> None:
    assert follows(concept, status) == expected


@pytest.mark.parametrize(
    ("name", "concept"),
    [("elequis", "apixaban"), ("litfulo", "ritlecitinib"), ("roaccutane", "isotretinoin"), ("ttc", "trying_for_a_baby")],
)
def test_brands_and_misspellings_lead_to_the_concept(name: str, concept: str) -> None:
    assert OWNERS[name] == concept


def test_what_stops_the_check_also_stops_it_when_it_is_only_possible() -> None:
    stops = {(rule.slot, rule.value) for rule in RULES if rule.outcome == Outcome.not_now}
    for concept in CONCEPTS:
        assert stops.intersection(follows(concept)) <= set(follows(concept, "possible")), concept


def test_what_is_possible_is_never_nothing_if_something_follows_from_it() -> None:
    for concept in CONCEPTS:
        assert {slot for slot, _ in follows(concept)} == {slot for slot, _ in follows(concept, "possible")}, concept


@pytest.mark.parametrize(
    ("path", "entry", "field", "value", "words"),
    [
        ("anticoagulants.yml", "apixaban", "class", "anticoagulants", "apixaban has the class anticoagulants"),
        ("anticoagulants.yml", "apixaban", "names", [], "apixaban has no names"),
        ("anticoagulants.yml", "apixaban", "name", "apixaban", "apixaban has name, which is none of"),
        ("anticoagulants.yml", "lupus", "names", ["lupus"], "lupus has no class"),
        ("classes.yml", "cancer", "now", None, "cancer has no now"),
        ("classes.yml", "cancer", "later", {}, "cancer has later, which is none of"),
    ],
)
def test_a_wrong_table_is_named(tmp_path: Path, path: str, entry: str, field: str, value: object, words: str) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "concepts"))
    content = yaml.safe_load((folder / path).read_text(encoding="utf-8"))
    content.setdefault(entry, {})[field] = value
    if value is None:
        del content[entry][field]
    (folder / path).write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(ConceptError, match=f"{path}: {words}"):
        load(folder)


def test_a_concept_in_two_files_is_named(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "concepts"))
    shutil.copy(folder / "cancer.yml", folder / "more.yml")
    with pytest.raises(ConceptError, match="stands in another file too"):
        load(folder)


def test_every_concept_has_all_statuses() -> None:
    assert all(set(concept.answers) == set(STATUSES) for concept in CONCEPTS.values())
