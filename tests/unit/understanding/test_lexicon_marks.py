"""What the reader of answers is told about the lexicon's finds."""

from __future__ import annotations

from components.understanding.lexicon_marks import NOTHING, marks
from runtime.shapes import Entity

FLAG = "health_flags"


def found(value: str, **how: str) -> Entity:
    entity: Entity = {"entity": FLAG, "value": value, "start": 0, "end": 1}
    return {**entity, **how}  # type: ignore[typeddict-item]


def test_each_kind_of_find_counts_once() -> None:
    assert marks([found("allergy", concept="latex"), found("allergy", concept="penicillin")]) == [f"{FLAG}/allergy///"]


def test_how_it_is_meant_makes_a_difference() -> None:
    ways = [{}, {"role": "denied"}, {"status": "past"}, {"holder": "parent"}]
    assert len({tuple(marks([found("allergy", **way)])) for way in ways}) == len(ways)


def test_what_the_patient_has_counts_as_ones_own() -> None:
    assert marks([found("allergy", holder="parent")], patient="parent") == marks([found("allergy")])
    assert marks([found("allergy", holder="self")]) == marks([found("allergy")])


def test_no_number_is_learnt_by_heart() -> None:
    ages: list[Entity] = [{"entity": "age", "value": value, "start": 0, "end": 2} for value in ("34", "71")]
    assert marks(ages[:1]) == marks(ages[1:])


def test_nothing_is_a_mark_too() -> None:
    assert marks([]) == [NOTHING]
    assert marks([{"entity": "language", "value": "es", "start": 0, "end": 1}]) == [NOTHING]
