"""What a conversation remembers: whose hair it is about, its subject, the conditions named, and how often distress came up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.dialogue.answers import REPEATS, question_of
from components.dialogue.parsed_message import ParsedMessage
from components.intents import BOOK, DISTRESS, EXOSOME_TOPICS, REACTION, START_OVER, TREATMENT_OPTIONS
from components.understanding.about_whom import CHILD, SELF, WHOM
from components.understanding.follow_ups import CONDITIONS, GROUPS, KINDS
from components.understanding.named_treatments import EXOSOMES, MEMORY, WORDS, compares_two, remember
from components.understanding.treatment_details import (
    CONDITION_NAMES,
    CONDITION_TEXTS,
    LISTED,
    SUBJECT,
    TABLE,
    condition_of,
    subject_of,
    target,
)

HAIR_LOSS = {"alopecia_areata", "scarring"}  # kinds that have treatments of their own
# Groups of people that follow-ups ask about, and the lexicon has no value for, such as those who want a baby.
PEOPLE = [group for group in GROUPS if not group.values and any(group.name in kind.answers for kind in KINDS)]
MAX_CONDITIONS = 6  # that we remember
# The slot `distress`, such as "child_2": who is meant, and which of the texts it gets.
DISTRESS_TURN = "distress"
SOMEONE = "someone"
NEXT_TIME = {"1": "2", "2": "3", "3": "2"}  # from the third time on, the last two texts take turns


def memory_after(parsed: ParsedMessage, slots: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the slots that remember what a message speaks of."""
    # Starting over clears the answers, and with them the conditions that they named.
    remembered = [] if parsed.intent == START_OVER else slots.get(CONDITIONS) or []
    # What says most, such as "autoimmune", comes last: it is what we remember best.
    now = list(dict.fromkeys([*reversed(parsed.conditions), *_groups_in(parsed)]))
    conditions = [*(condition for condition in remembered if condition not in now), *now][-MAX_CONDITIONS:]
    named = {WHOM: parsed.about_whom, CONDITIONS: conditions or None}
    return {**named, **(_distress(parsed, slots) if DISTRESS in parsed.topics else {})}


def _groups_in(parsed: ParsedMessage) -> list[str]:
    """Returns the groups of people in a message that no mention has.

    The hair loss of another person is no answer to the check, and so no mention either.
    """
    kinds = [] if parsed.about_whom in (None, SELF) else [group for group in GROUPS if group.name in HAIR_LOSS]
    text = parsed.text.replace("’", "'").lower()
    return [group.name for group in [*PEOPLE, *kinds] if group.pattern and group.pattern.search(text)]


def _distress(parsed: ParsedMessage, slots: Mapping[str, Any]) -> dict[str, Any]:
    whose = {None: SELF, SELF: SELF, CHILD: CHILD}.get(parsed.about_whom, SOMEONE)
    last = str(slots.get(DISTRESS_TURN) or "").rpartition("_")[2]
    return {DISTRESS_TURN: f"{whose}_{NEXT_TIME.get(last, '1')}"}


def subject_after(parsed: ParsedMessage, answers: Sequence[str], slots: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the slot for what the conversation is about after a message and its answers. It stays until another is named."""
    before = None if parsed.intent == START_OVER else slots.get(SUBJECT)
    return {SUBJECT: _treatment(parsed, answers) or _exosomes(parsed, before) or _condition(parsed, answers) or before}


def treatments_after(parsed: ParsedMessage, answers: Sequence[str], slots: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the slot for the treatments that "the other one" can mean: those named last, or else those that we just listed."""
    named = remember(parsed.text, parsed.named_treatments, slots.get(MEMORY) or [])
    listed = next((LISTED[question_of(answer)] for answer in answers if question_of(answer) in LISTED), None)
    return {MEMORY: (listed if listed and not parsed.named_treatments else named) or None}


def _treatment(parsed: ParsedMessage, answers: Sequence[str]) -> str | None:
    told = next((subject for answer in answers if (subject := subject_of(target(question_of(answer))))), None)
    # After "finasteride makes me low", questions are about finasteride.
    # "What about minoxidil" is about minoxidil even if that was said before, and "do you do PRP there" about PRP.
    is_reported = parsed.intent == REACTION
    is_asked = is_reported or BOOK in parsed.topics or TREATMENT_OPTIONS in parsed.topics and not {*REPEATS}.isdisjoint(answers)
    # After "PRP or minoxidil", the one that was named last is spoken of.
    is_choice = any(compares_two(target(question_of(answer))) for answer in answers)
    compared = [named.value for named in parsed.named_treatments[-1:]] if is_choice else []
    asked = parsed.treatments if is_asked and not WORDS["exosomes"].search(parsed.text) else compared
    return told or next((treatment for treatment in asked if treatment in TABLE), None)


def _exosomes(parsed: ParsedMessage, before: str | None) -> str | None:
    """Exosomes, if they are named or a button about them was pressed. Asked about for a condition, the condition stays."""
    is_pressed = parsed.text.startswith("/") and not EXOSOME_TOPICS.isdisjoint(parsed.topics)
    is_named = bool(WORDS["exosomes"].search(parsed.text))
    return EXOSOMES if is_pressed or is_named and before not in CONDITION_TEXTS else None


def _condition(parsed: ParsedMessage, answers: Sequence[str]) -> str | None:
    told = next((condition for answer in answers if (condition := condition_of(target(question_of(answer))))), "")
    if CONDITION_NAMES.get(told) not in (None, *parsed.conditions):
        return None
    named = [condition for condition in parsed.conditions if condition in CONDITION_TEXTS]
    return told or (named[-1] if named else None)
