"""What a message says, in the form the dialogue uses: its intent, what it mentions, and the questions it asks."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict

from actions.questionnaire import REQUESTED_SLOT, has_answers, has_content
from components.intents import (
    DANGERS,
    FALLBACK,
    SIDE_EFFECTS,
    START_OVER,
    WHO_SHOULD_AVOID,
)
from components.understanding.about_whom import CHILD, OTHERS, SELF, UNDER_18, WHOM, about_whom, asks_for_him_or_her
from components.understanding.gloss import in_english
from components.understanding.mentions import Mention
from components.understanding.named_treatments import TREATMENT, Named, exact
from components.understanding.question_form import is_question
from runtime.shapes import Entity

STARTS_OVER = re.compile(
    r"^\W*(please |ok |can (we|i) |let'?s |i want to )*(start|begin) (it |the check )?(over|again|from (the )?(scratch|start))\b",
    re.I,
)
# If one of these comes before a person, the question is about that person: "for my 15 year old son", "can my daughter".
FOR_WHOM = {"for", "on", "in", "with", "to", "give", "giving", "can", "could", "should", "will", "does", "is", "are", "harm"}
MAX_WORDS_BEFORE_PERSON = 6
THIRD_PERSON = {"she", "he", "her", "him"}  # after the person: "my daughter is 9, is it safe for her"
WORD = re.compile(r"\w+")
SURE = 0.9  # confidence
UNDERSTOOD = 0.5  # confidence in the harmless reading of a message that raised an alarm
DETAIL = "detail"  # entity
LANGUAGE = "language"  # the entity, and the slot, of the language that the visitor writes in
CONDITION_ENTITIES = ("group", "health_flags", "hair_loss_type")
CONDITIONS = {"active_cancer": "cancer", "past_cancer": "cancer"}  # these values get the same answer


class Intent(TypedDict, total=False):
    """An intent, and the classifier's confidence in it from 0 to 1."""

    name: str
    confidence: float


class Understanding(TypedDict, total=False):
    """A message as the NLU pipeline understood it, in Rasa's format."""

    text: str
    intent: Intent
    entities: list[Entity]
    intent_ranking: list[Intent]  # the most likely intents, best first
    topics: list[str]  # the questions in it, as intents, if there are several
    details: dict[str, str]  # the detail that it asks about, for those of its topics where it asks about one


@dataclass(frozen=True)
class ParsedMessage:
    """One message as we understood it.

    Attributes:
        intent: its intent.
        text: its text, in English words (see `gloss`).
        mentions: what it says (see `Mention`), or the payload of the pressed button.
        topics: the questions it asks, as intents. If it reports danger, those that count if the alarm turns out to be false.
        sure: whether we are sure of the intent.
        details: the detail that each topic is asked about, if any: {"ask_cost": "refund"}.
        about_whom: whose hair it is about (see `about_whom`); if it does not say, whose the conversation was about before.
    """

    intent: str
    text: str
    mentions: Sequence[Mention] = ()
    topics: Sequence[str] = ()
    sure: bool = False
    details: Mapping[str, str] = field(default_factory=dict)
    about_whom: str | None = None

    @property
    def asks(self) -> bool:
        """Whether the message has the form of a question."""
        return is_question(self.text)

    @property
    def questions(self) -> list[str]:
        """The questions it asks, as `topic` or `topic/detail`."""
        return [f"{topic}/{self.details[topic]}" if topic in self.details else topic for topic in self.topics]

    @property
    def replies(self) -> list[str]:
        """The bare replies in it: `yes`, `no`, `not_sure`, `declined`."""
        return [mention.value for mention in self.mentions if mention.entity == "reply" and mention.role != "denied"]

    @property
    def conditions(self) -> list[str]:
        """The conditions and groups of people that it names."""
        values = [value for entity in CONDITION_ENTITIES for value in self._named(entity)]
        return [CONDITIONS.get(value, value) for value in values if has_content(value)]

    @property
    def treatments(self) -> list[str]:
        """The treatments that it names, those that it asks about first."""
        asked = [mention.value for mention in self._own(TREATMENT) if mention.role == "asked"]
        return list(dict.fromkeys([*asked, *self._named(TREATMENT)]))

    @property
    def named_treatments(self) -> list[Named]:
        """The treatments that it names, with their places in the text."""
        return [
            Named(exact(mention.value, self.text[mention.start : mention.end]), mention.start, mention.end)
            for mention in self._own(TREATMENT)
            if mention.end and mention.role != "denied" and has_content(mention.value)
        ]

    @property
    def danger_kind(self) -> str | None:
        """The kind of danger that it reports."""
        return self.first("danger_kind")

    @property
    def asked_about(self) -> dict[str, str | None]:
        """The slots for the condition and the treatment that its question is about. "Under 18" is a condition, too."""
        child = UNDER_18 if self.about_whom == CHILD else None
        return {
            "topic_condition": next(iter(self.conditions), child),
            "topic_treatment": next(iter(self.treatments), None),
        }

    def first(self, entity: str) -> str | None:
        """Returns the first value of an entity, whatever its role."""
        return next((mention.value for mention in self.mentions if mention.entity == entity), None)

    def _named(self, entity: str) -> list[str]:
        return [mention.value for mention in self._own(entity) if mention.role != "denied"]

    def _own(self, entity: str) -> list[Mention]:
        """What it mentions of one entity, without what it says about other people, which only the check uses."""
        return [mention for mention in self.mentions if mention.entity == entity and not mention.is_of_others]


def parse_message(message: Understanding, slots: Mapping[str, Any], answerable: Collection[str]) -> ParsedMessage:
    """Returns what a message says.

    Args:
        message: the message as the NLU pipeline understood it.
        slots: all slots before the message.
        answerable: the intents that have their own answer.
    """
    intent, mentions = message["intent"]["name"], _mentions(message["entities"])
    spoken = next((mention.value for mention in mentions if mention.entity == LANGUAGE), slots.get(LANGUAGE))
    text = in_english(message["text"], spoken)  # the places of the mentions are those in the English words
    if STARTS_OVER.search(text) and (has_answers(slots) or slots.get(REQUESTED_SLOT)):
        intent = START_OVER
    # The text of a pressed button is its payload, which is not a question.
    asked = message.get("topics") if not text.startswith("/") else None
    meant = _harmless(message) if intent in DANGERS else intent
    details = _details(message, mentions)
    topics = [topic for topic in asked or [meant] if topic in answerable]
    if SIDE_EFFECTS not in details:
        topics = _topics(topics, text, mentions)
    sure = message["intent"].get("confidence", 0) >= SURE
    return ParsedMessage(intent, text, mentions, topics, sure, details, _whom(text, mentions, slots))


def _details(message: Understanding, mentions: Sequence[Mention]) -> dict[str, str]:
    """Returns the details that a message asks about. Only the payload of a button mentions one by name."""
    pressed = [mention.value for mention in mentions if mention.entity == DETAIL]
    if message["text"].startswith("/") and pressed:
        return {message["intent"]["name"]: pressed[0]}
    return message.get("details") or {}


def _whom(text: str, mentions: Sequence[Mention], slots: Mapping[str, Any]) -> str | None:
    """Returns whose hair the message is about. Until another person is mentioned, that does not change.

    Nor does it with "my hair is fine, but is he a candidate?".
    """
    age = next((int(mention.value) for mention in mentions if mention.entity == "age" and mention.value.isdigit()), None)
    whose, before = about_whom(text, age), slots.get(WHOM)
    return before if whose in (None, SELF) and before in OTHERS and asks_for_him_or_her(text) else whose or before


def _harmless(message: Understanding) -> str:
    """Returns the most likely intent that is no danger, or the fallback if we do not understand the message that way."""
    readings = (intent for intent in message.get("intent_ranking", []) if intent["name"] not in DANGERS)
    best = next(readings, None)
    return best["name"] if best and best["confidence"] >= UNDERSTOOD else FALLBACK


def _topics(topics: list[str], text: str, mentions: Sequence[Mention]) -> list[str]:
    """Returns the questions in the message. "Is it safe for my child?" asks who should avoid it, "I have a child" does not."""
    about_a_child = any(mention.value == UNDER_18 and _is_for(mention, text) for mention in mentions)
    return [WHO_SHOULD_AVOID] if about_a_child and topics == [SIDE_EFFECTS] else topics


def _is_for(person: Mention, text: str) -> bool:
    """Whether the question is about a person. In "I've had a child, is it safe?" it is not."""
    before, after = text[: person.start].lower().split(), WORD.findall(text[person.end :].lower())
    return not (FOR_WHOM.isdisjoint(before[-MAX_WORDS_BEFORE_PERSON:]) and THIRD_PERSON.isdisjoint(after))


def _mentions(entities: Sequence[Entity]) -> list[Mention]:
    return [mention for entity in entities for mention in _mentions_of(entity)]


def _mentions_of(entity: Entity) -> list[Mention]:
    # Values from a button's payload have no position in the text, and there may be several.
    value: Any = entity["value"]
    start, end, role = entity.get("start", 0), entity.get("end", 0), entity.get("role")
    concept, holder, status = entity.get("concept"), entity.get("holder"), entity.get("status")
    values = value if isinstance(value, list) else [value]
    return [Mention(entity["entity"], str(each), start, end, role, concept, holder, status) for each in values]
