"""What a conversation says about the people in it, in order, and the answers of the check that follow from it.

A statement says that something is true, or isn't, of one person. We keep them in their order, and the latest one about a thing
and a person wins, so a correction is simply a newer statement. The answers of the check are derived from them by pure functions.
Plain Python that works on dictionaries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

from actions.questionnaire import ANSWERS, LISTS, NONE, PRECEDENCE, STATEMENTS, UNKNOWN, VALUES, has_content, is_asked
from components.understanding.about_whom import SELF
from components.understanding.concepts import follows, is_same_or_covers

MAX_STATEMENTS = 200  # that a conversation keeps


class Statement(TypedDict):
    """One thing that was said about one person.

    `concept` is the entry of `data/understanding/concepts/` that was named, and `name` the visitor's word for it; both are empty
    for everyday words. If nothing follows, as from a medicine that was stopped, `slot` and `value` are empty. A pressed button is
    not `typed`. `turn` counts the messages that said something.
    """

    slot: str
    value: str
    holder: str
    holds: bool
    concept: str
    name: str
    typed: bool
    turn: int


def added(earlier: Sequence[Statement], new: Sequence[Statement]) -> list[Statement]:
    """Returns the statements with the new ones. Of those that say the same about the same person, only the latest stays."""
    now = [*earlier, *new]
    latest = {_subject(statement): place for place, statement in enumerate(now)}
    kept = [statement for place, statement in enumerate(now) if latest[_subject(statement)] == place]
    return kept[-MAX_STATEMENTS:]


def _subject(statement: Statement) -> tuple[str, str, str, str]:
    return statement["slot"], statement["value"], statement["holder"], statement["concept"]


def next_turn(statements: Sequence[Statement]) -> int:
    """Returns the number of the next message that says something."""
    return max((statement["turn"] for statement in statements), default=0) + 1


def without(statements: Iterable[Statement], slot: str, holder: str) -> list[Statement]:
    """Returns the statements without those on a question about a person, so that we can ask it again."""
    return [statement for statement in statements if (statement["slot"], statement["holder"]) != (slot, holder)]


def standing(statements: Iterable[Statement], holder: str) -> list[Statement]:
    """Returns what was said about a person, without what a later statement replaces or takes back."""
    found: list[Statement] = []
    for statement in statements:
        if statement["holder"] == holder:
            found = [earlier for earlier in found if not _replaces(statement, earlier)] + [statement]
    return found


def _replaces(later: Statement, earlier: Statement) -> bool:
    """Whether a statement ends an earlier one about the same person.

    Another message about the same medicine does: "I stopped Eliquis". "No blood thinners" takes back Eliquis too, but
    "no Eliquis" leaves other blood thinners. Any denial takes back an answer that came from a button.
    """
    if later["concept"] and later["concept"] == earlier["concept"]:
        return later["turn"] > earlier["turn"]
    if is_same_or_covers(later["concept"], earlier["concept"]) and later["concept"] and _is_over(later):
        return True
    is_opposite = (later["slot"], later["value"]) == (earlier["slot"], earlier["value"]) and later["holds"] != earlier["holds"]
    return is_opposite and (later["holds"] or not later["concept"] or not earlier["concept"])


def _is_over(statement: Statement) -> bool:
    """Whether a statement about a concept says that it does not hold, or no longer."""
    return not statement["holds"] or (statement["slot"], statement["value"]) not in follows(statement["concept"])


def about(statements: Iterable[Statement], slot: str, holder: str) -> list[Statement]:
    """Returns what stands about a person and concerns one question."""
    return [statement for statement in standing(statements, holder) if statement["slot"] == slot]


def answers_of(statements: Sequence[Statement], patient: str) -> dict[str, Any]:
    """Returns the answers of the check that follow from what was said about a person, None where nothing does."""
    answers = {slot: _answer(slot, about(statements, slot, patient)) for slot in ANSWERS}
    return {slot: answer if is_asked(slot, answers) else None for slot, answer in answers.items()}


def _answer(slot: str, said: Sequence[Statement]) -> Any:
    holding = [statement for statement in said if statement["holds"]]
    if slot in LISTS:
        return _list_of(holding) or None
    if not holding:
        return None
    latest = [statement["value"] for statement in holding if statement["turn"] == holding[-1]["turn"]]
    return next((value for value in PRECEDENCE.get(slot, ()) if value in latest), latest[-1])


def _list_of(holding: Sequence[Statement]) -> list[str]:
    """Returns the values that hold. Whatever is named outweighs "none", and also an earlier "not sure" about the whole list."""
    named = [statement["value"] for statement in holding if has_content(statement["value"])]
    last = max((place for place, statement in enumerate(holding) if has_content(statement["value"])), default=-1)
    unknown = [
        statement["value"]
        for place, statement in enumerate(holding)
        if statement["value"] in UNKNOWN and (place > last or statement["concept"])
    ]
    without_names = [statement["value"] for statement in holding][-1:]
    return list(dict.fromkeys([*named, *unknown] if named else unknown or without_names))


def is_spoken_to_throughout(statements: Sequence[Statement], slot: str, patient: str) -> bool:
    """Whether something was said about each part of a list question."""
    parts = {value for value in VALUES[slot] if value != NONE and value not in UNKNOWN}
    return parts <= {statement["value"] for statement in about(statements, slot, patient)}


def names_of(statements: Sequence[Statement], slot: str, patient: str) -> list[str]:
    """Returns the visitor's own words for the medicines, illnesses or treatments that hold."""
    holding = (statement for statement in about(statements, slot, patient) if statement["holds"])
    return list(dict.fromkeys(statement["name"] for statement in holding if statement["name"]))


def statements_in(slots: Mapping[str, Any]) -> list[Statement]:
    """Returns the statements of a conversation so far."""
    return slots.get(STATEMENTS) or _from_answers(slots)


def _from_answers(answers: Mapping[str, Any]) -> list[Statement]:
    """Returns the statements behind answers that an earlier version stored without them."""
    given = {slot: answers[slot] if slot in LISTS else [answers[slot]] for slot in ANSWERS if answers.get(slot)}
    return [
        {"slot": slot, "value": value, "holder": SELF, "holds": True, "concept": "", "name": "", "typed": True, "turn": 1}
        for slot, values in given.items()
        for value in values
    ]
