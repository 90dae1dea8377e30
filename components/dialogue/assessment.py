"""Builds the message with the result of the candidacy check: the outcome, the answers and reasons, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from actions.candidacy import OUTCOME_SLOT, REASONS_SLOT, Outcome
from actions.questionnaire import ANSWER_FIELDS
from components.dialogue.facts import cite
from components.dialogue.texts import Texts
from runtime.shapes import Answer, Message, Metadata, Reason, Source

RESPONSE = "utter_assessment"
# With these outcomes we show no questions about buying exosomes: something else comes first.
NOTHING_TO_BUY = {Outcome.not_now.name, Outcome.urgent_care.name}


def assessment(texts: Texts, slots: Mapping[str, Any]) -> Message:
    """Returns the result. Without an outcome, returns a notice that the assessment is not available."""
    outcome = slots.get(OUTCOME_SLOT)
    if not outcome:
        return {"text": texts.text("utter_check_unavailable"), "metadata": {"kind": "notice", "sources": []}}
    variant = texts.variant(RESPONSE, slots)
    cited: list[Source] = []
    metadata: Metadata = {
        "kind": "assessment",
        "outcome": outcome,
        "headline": texts.fill(variant["text"]),
        "answers": answers_noted(slots),
        "reasons": _reasons(texts, slots, cited),
        "options": "",
        "questions": [],
        "status": _part("status", texts, slots, cited),
    }
    if outcome != Outcome.urgent_care.name:  # urgent care comes before any plans
        metadata["options"] = _part("options", texts, slots, cited)
    if outcome not in NOTHING_TO_BUY:
        metadata["questions"] = _part("questions", texts, slots, cited).split("\n")
    metadata["sources"] = list({source["title"]: source for source in cited}.values())
    if "danger" in variant["metadata"]:
        metadata["danger"] = variant["metadata"]["danger"]
    return {"text": _whole(texts, metadata), "metadata": metadata}


def answers_noted(slots: Mapping[str, Any]) -> list[Answer]:
    """Returns the answers so far, in words."""
    return [
        {"slot": slot, "label": item["label"], "answer": in_words(slot, slots[slot])}
        for slot, item in ANSWER_FIELDS.items()
        if slots.get(slot)
    ]


def in_words(slot: str, answer: Any) -> str:
    titles: Mapping[str, str] = ANSWER_FIELDS[slot]["values"]
    values = answer if isinstance(answer, list) else [answer]
    return ", ".join(titles.get(value, str(value)) for value in values)


def _reasons(texts: Texts, slots: Mapping[str, Any], cited: list[Source]) -> list[Reason]:
    """Returns the text for each rule that applied, and adds its sources to `cited`."""
    reasons: list[Reason] = []
    for name in slots.get(REASONS_SLOT) or []:
        variant = texts.variant(f"utter_reason_{name}", slots)
        sources = cite(variant["metadata"]["facts"])
        reasons.append({"name": name, "text": texts.fill(variant["text"]), "sources": sources})
        cited += sources
    return reasons


def _part(part: str, texts: Texts, slots: Mapping[str, Any], cited: list[Source]) -> str:
    """Returns the text of one part of the result, and adds its sources to `cited`."""
    variant = texts.variant(f"{RESPONSE}_{part}", slots)
    cited += cite(variant["metadata"]["facts"])
    return texts.fill(variant["text"])


def _whole(texts: Texts, metadata: Metadata) -> str:
    parts = [
        metadata["headline"],
        _list("answers", [f"{answer['label']}: {answer['answer']}" for answer in metadata["answers"]], texts),
        _list("reasons", [reason["text"] for reason in metadata["reasons"]], texts),
        metadata["options"],
        _list("questions", metadata["questions"], texts),
        metadata["status"],
    ]
    return "\n\n".join(part for part in parts if part)


def _list(part: str, lines: Sequence[str], texts: Texts) -> str:
    if not lines:
        return ""
    return "\n".join([texts.text(f"{RESPONSE}_{part}_heading") + ":", *(f"- {line}" for line in lines)])
