"""A few responses with details, made for the tests."""

from __future__ import annotations

from typing import Any

from components.dialogue.texts import Variant


def variant(text: str, condition: dict[str, str] | None = None, **metadata: Any) -> Variant:
    made: Variant = {"text": text, "metadata": metadata}
    if condition:
        made["condition"] = [{"type": "slot", "name": slot, "value": value} for slot, value in condition.items()]
    return made


MADE_RESPONSES: dict[str, list[Variant]] = {
    "utter_ask_cost": [
        variant("For women, prices.", {"topic_condition": "women"}),
        variant(
            "Prices vary.\n{as_of} exosomes aren't FDA-approved.\nCall {emergency_number} if it swells.",
            title="What does it cost?",
            followups=["ask_pain", "ask_cost/refund"],
        ),
    ],
    "utter_ask_cost_more": [variant("More about prices.", followups=["ask_evidence", "ask_cost/financing"])],
    "utter_ask_cost/refund": [
        variant(
            "Refunds are rare.\n{as_of} no rule asks for one.", title="Refunds", followups=["ask_cost/financing", "ask_evidence"]
        )
    ],
    "utter_ask_cost/financing": [variant("Some clinics offer loans.", title="Loans", followups=["ask_pain"])],
    "utter_ask_pain": [variant("It can sting.\nIt passes.", title="Does it hurt?", followups=["ask_cost", "ask_evidence"])],
    "utter_ask_pain_more": [variant("More about pain.")],
    "utter_ask_evidence": [variant("It's early.", title="Does it work?")],
    "utter_ask_treatment_options": [variant("There are others.", title="Other treatments")],
    "utter_ask_treatment_options/prp": [variant("PRP is ...", title="PRP", about={"topic_treatment": "prp"})],
    "utter_ask_treatment_options/prp_in_pregnancy": [
        variant(
            "No PRP.", title="Pregnant", about={"topic_treatment": "rosemary", "topic_condition": "pregnant_or_breastfeeding"}
        )
    ],
    "utter_book_consultation": [variant("Call us.", title="How do I see someone?")],
    "utter_ask_more_detail": [variant("About what?", title="Tell me more", kind="smalltalk")],
    "utter_said_before": [variant("I've told you.", kind="smalltalk")],
    "utter_thank": [variant("You're welcome.", kind="smalltalk")],
}
