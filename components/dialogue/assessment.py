"""Builds the message with the result of the candidacy check: the outcome, one next step, the reasons, and everything else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from actions.candidacy import OUTCOME_SLOT, REASONS_SLOT, Outcome
from actions.questionnaire import ANSWERS, PATIENT
from components.dialogue.facts import cite
from components.dialogue.patient import patient_of
from components.dialogue.texts import Texts
from runtime.shapes import Answer, Message, Metadata, Reason, Source

RESPONSE, NEXT_STEP = "utter_assessment", "utter_next_step_"
# With these outcomes we show no questions about buying exosomes: something else comes first.
NOTHING_TO_BUY = {Outcome.not_now.name, Outcome.urgent_care.name}


def assessment(texts: Texts, slots: Mapping[str, Any]) -> Message:
    """Returns the result. Without an outcome, returns a notice that the assessment is not available."""
    outcome = slots.get(OUTCOME_SLOT)
    if not outcome:
        return {"text": texts.text("utter_check_unavailable"), "metadata": {"kind": "notice", "sources": []}}
    of = patient_of(slots)
    slots = {**slots, PATIENT: of}
    variant = texts.variant(RESPONSE, slots)
    cited: list[Source] = []
    metadata: Metadata = {
        "kind": "assessment",
        "outcome": outcome,
        "of": of,
        "headline": texts.fill(variant["text"]),
        "next_step": "",
        "reasons": _reasons(texts, slots, cited),
        "answers": answers_noted(texts, slots),
        "options": "",
        "questions": [],
        "status": _part(f"{RESPONSE}_status", texts, slots, cited),
    }
    if outcome != Outcome.urgent_care.name:  # its headline says what to do, and that comes before any plans
        metadata["next_step"] = _part(_next_step(texts, slots), texts, slots, cited)
        metadata["options"] = _part(f"{RESPONSE}_options", texts, slots, cited)
    if outcome not in NOTHING_TO_BUY:
        metadata["questions"] = _part(f"{RESPONSE}_questions", texts, slots, cited).split("\n")
    metadata["sources"] = list({source["title"]: source for source in cited}.values())
    if "danger" in variant["metadata"]:
        metadata["danger"] = variant["metadata"]["danger"]
    return {"text": _whole(texts, metadata), "metadata": metadata}


def answers_noted(texts: Texts, slots: Mapping[str, Any]) -> list[Answer]:
    """Returns the answers so far, in the order of the questions."""
    said = texts.wording
    return [
        {
            "slot": slot,
            "label": said.label(slot),
            "answer": in_words(texts, slot, slots[slot]),
            "values": _values(slots[slot]),
        }
        for slot in ANSWERS
        if slots.get(slot)
    ]


def _values(answer: Any) -> list[str]:
    return list(answer) if isinstance(answer, list) else [answer]


def in_words(texts: Texts, slot: str, answer: Any) -> str:
    """Returns one answer as the titles of its values."""
    titles = texts.wording.titles(slot)
    return "; ".join(titles.get(value, str(value)) for value in _values(answer))


def _next_step(texts: Texts, slots: Mapping[str, Any]) -> str:
    """Returns the response with the next step: that of the most cautious reason that has one, or that of the outcome."""
    own = (f"{NEXT_STEP}{name}" for name in slots.get(REASONS_SLOT) or [])
    return next((name for name in own if name in texts), f"{NEXT_STEP}{slots[OUTCOME_SLOT]}")


def _reasons(texts: Texts, slots: Mapping[str, Any], cited: list[Source]) -> list[Reason]:
    """Returns the text for each rule that applied, most cautious first, and adds its sources to `cited`."""
    reasons: list[Reason] = []
    for name in slots.get(REASONS_SLOT) or []:
        variant = texts.variant(f"utter_reason_{name}", slots)
        sources = cite(variant["metadata"]["facts"])
        reasons.append({"name": name, "text": texts.fill(variant["text"]), "sources": sources})
        cited += sources
    return reasons


def _part(name: str, texts: Texts, slots: Mapping[str, Any], cited: list[Source]) -> str:
    """Returns the text of one part of the result, and adds its sources to `cited`."""
    variant = texts.variant(name, slots)
    cited += cite(variant["metadata"]["facts"])
    return texts.fill(variant["text"])


def _whole(texts: Texts, metadata: Metadata) -> str:
    next_step = metadata["next_step"]
    parts = [
        metadata["headline"],
        next_step and f"{_heading('next_step', texts)}: {next_step}",
        _list("reasons", [reason["text"] for reason in metadata["reasons"]], texts),
        _list("answers", [f"{answer['label']}: {answer['answer']}" for answer in metadata["answers"]], texts),
        metadata["options"],
        _list("questions", metadata["questions"], texts),
        metadata["status"],
    ]
    return "\n\n".join(part for part in parts if part)


def _heading(part: str, texts: Texts) -> str:
    return texts.text(f"{RESPONSE}_{part}_heading")


def _list(part: str, lines: Sequence[str], texts: Texts) -> str:
    return "\n".join([f"{_heading(part, texts)}:", *(f"- {line}" for line in lines)]) if lines else ""
