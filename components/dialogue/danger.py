"""What reported danger means for the rest of the session, and when an alarm can be taken back. Plain Python on slots."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions.questionnaire import REQUESTED_SLOT
from components.dialogue.parsed_message import ParsedMessage
from components.intents import ALARMING, CHECK_CANDIDACY, CRISIS, DANGERS
from components.understanding.false_alarm import says_so
from components.understanding.other_uses import other_use

# Kinds of danger that raise no alarm: the reply says whom to talk to, nothing is repeated later, and no result depends on them.
CALM_KINDS = {"bereaved", "sexual_effects", "early_shedding", "low_mood"}
BEREAVED = "bereaved"

REMINDERS = {danger: f"utter_danger_reminder_{danger}" for danger in (DANGERS[intent] for intent in ALARMING)}
HINTS = {danger: f"utter_danger_hint_{danger}" for danger in (DANGERS[intent] for intent in ALARMING)}
TAKEN_BACK_REMINDER = "utter_danger_reminder_taken_back"
BY_SEVERITY = [None, *reversed(DANGERS.values())]  # values of the slot `danger`, most serious last

# What an alarm rests on, in the slot `danger_basis`. It is `classifier` only if no pattern found any danger in this session.
PATTERN, CLASSIFIER, TAKEN_BACK = "pattern", "classifier", "taken_back"
FALSE_ALARM = "false_alarm"  # the value of `danger_kind` in the button that takes an alarm back
ALARM_ENDED: dict[str, Any] = {
    "danger": None,
    "danger_kind": None,
    "reminder_kind": None,
    "danger_basis": TAKEN_BACK,
    "unanswered": None,
}


def raises_alarm(parsed: ParsedMessage, slots: Mapping[str, Any]) -> bool:
    """Whether the message gets the reply to danger and nothing else."""
    if parsed.intent not in DANGERS or parsed.danger_kind in CALM_KINDS:
        return False
    # "No, I had exosomes two years ago" may look like the same danger to the classifier once more.
    by_classifier = is_retractable(slots) and _basis(parsed, slots) == CLASSIFIER
    repeats = by_classifier and not _is_more_serious(DANGERS[parsed.intent], slots)
    return not (repeats and is_called_false(parsed))


def is_called_false(parsed: ParsedMessage) -> bool:
    """Whether visitors say that they were misunderstood and nothing is wrong."""
    return parsed.danger_kind == FALSE_ALARM or says_so(parsed.text)


def is_retractable(slots: Mapping[str, Any]) -> bool:
    """Whether the visitor can take back the alarm. A crisis always stays, and so does what a pattern found."""
    danger = slots.get("danger")
    return bool(danger) and danger != DANGERS[CRISIS] and slots.get("danger_basis") == CLASSIFIER


def is_beside_our_topics(parsed: ParsedMessage) -> bool:
    """Whether a message that looked like danger may ask about another treatment than exosomes, or another use of them.

    The topics of any other message were corrected for that by `DialogueContext`, which leaves danger as it is.
    """
    return parsed.intent in DANGERS and bool(parsed.named_treatments or other_use(parsed.text))


def needs_care_first(slots: Mapping[str, Any]) -> bool:
    """Whether ordinary business has to wait."""
    return slots.get("danger") in REMINDERS


def reminder(slots: Mapping[str, Any]) -> str | None:
    """Returns the reminder that comes first in every later turn, or None."""
    if slots.get("danger_basis") == TAKEN_BACK:
        return TAKEN_BACK_REMINDER
    return REMINDERS.get(str(slots.get("danger")))


def hint(parsed: ParsedMessage, slots: Mapping[str, Any]) -> list[str]:
    """Returns the line about help that goes with an answer if the message may report danger. Its own reminder says as much."""
    hinted = str(parsed.first("danger_hint"))
    return [HINTS[hinted]] if hinted in HINTS and hinted != slots.get("danger") else []


def memory_of_alarm(parsed: ParsedMessage, slots: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the slots that an alarm sets. The most serious danger of the session counts."""
    reported = DANGERS[parsed.intent]
    most_serious = max(slots.get("danger"), reported, key=BY_SEVERITY.index)
    memory = {
        "danger": most_serious,
        "danger_kind": parsed.danger_kind,
        "reminder_kind": parsed.danger_kind if most_serious == reported else slots.get("reminder_kind"),
        "danger_basis": _basis(parsed, slots),
        "unanswered": None,
    }
    return {**memory, **_question_of(parsed, slots)} if is_retractable(memory) else memory


def _is_more_serious(reported: str, slots: Mapping[str, Any]) -> bool:
    return BY_SEVERITY.index(reported) > BY_SEVERITY.index(slots.get("danger"))


def _basis(parsed: ParsedMessage, slots: Mapping[str, Any]) -> str:
    """Returns what the alarms of the session rest on, including this message's."""
    firm_before = slots.get("danger") and slots.get("danger_basis") != CLASSIFIER
    return PATTERN if firm_before else parsed.first("danger_basis") or PATTERN


def _question_of(parsed: ParsedMessage, slots: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the slots that keep what the visitor asked, so that we can answer it if there is no danger."""
    if parsed.topics and not is_beside_our_topics(parsed):
        return {"unanswered": parsed.questions, **parsed.asked_about}
    if slots.get(REQUESTED_SLOT):
        return {"unanswered": [CHECK_CANDIDACY]}
    return {"unanswered": None if parsed.topics else slots.get("unanswered")}
