"""Adds what a message says about the visitor (see `mentions`) to Rasa's entities."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT
from rasa.shared.nlu.training_data.message import Message

from actions.questionnaire import CONSENT, PATIENT, QUESTIONNAIRE
from components.understanding.about_whom import OTHERS, WHOM
from components.understanding.languages import ENGLISH, is_foreign
from components.understanding.mentions import Mention, MentionFinder
from components.understanding.question_form import is_meant_as_question
from components.understanding.sentence_encoder import LANGUAGE, english_text
from runtime.shapes import Entity

# Visitors can also type the titles of the buttons.
VALUE_BY_LABEL: dict[tuple[str | None, str], str] = {
    (slot, title.lower()): value
    for slot, question in QUESTIONNAIRE["questions"].items()
    for value, title in question["values"].items()
}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class EntityExtractor(GraphComponent, EntityExtractorMixin):
    """Reads a message in the context of the open question. Needs the intent, so it comes after the classifier."""

    def __init__(self) -> None:
        self._finder = MentionFinder()

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> EntityExtractor:
        return cls()

    def process(self, messages: list[Message], tracker: DialogueStateTracker) -> list[Message]:
        """Adds an entity for each mention. Its role, holder and status say how it is meant (see `Mention`)."""
        open_question = tracker.get_slot(REQUESTED_SLOT)
        for message in messages:
            intent = str((message.get(INTENT) or {}).get("name"))
            text = english_text(message)
            entities = self.entities(text, intent, open_question, _last_person(tracker), is_foreign(message.get(LANGUAGE)))
            entities += _spoken(text, message.get(LANGUAGE), tracker.get_slot("language"))
            message.set(ENTITIES, message.get(ENTITIES, []) + self.add_extractor_name(entities), add_to_output=True)
        return messages

    def entities(
        self, text: str, intent: str, open_question: str | None, last_person: str | None = None, is_rendered: bool = False
    ) -> list[Entity]:
        """Returns what a text mentions. See `MentionFinder.find`."""
        value = VALUE_BY_LABEL.get((open_question, text.lower().strip(" .!")))
        if open_question and value:
            return [_of_the_whole(text, open_question, value)]
        is_question = is_meant_as_question(text, intent, in_check=bool(open_question))
        mentions = self._finder.find(text, _question_answered(open_question, text), is_question, last_person, is_rendered)
        return [*map(_entity, mentions)]


def _last_person(tracker: DialogueStateTracker) -> str | None:
    """Returns who "he" and "she" are: whom the check is about, or who was mentioned last."""
    people = (tracker.get_slot(PATIENT), tracker.get_slot(WHOM))
    return next((person for person in people if person in OTHERS), None)


def _spoken(text: str, language: str | None, before: str | None) -> list[Entity]:
    """Returns an entity for another language than English, and for English once the visitor has spoken another one before."""
    still_english = language == ENGLISH and before in (None, ENGLISH)
    return [_of_the_whole(text, "language", language)] if language and not still_english else []


def _question_answered(open_question: str | None, text: str) -> str | None:
    """Returns the open question. A bare number at the start of the check answers the first question."""
    return "age" if open_question == CONSENT and text.strip().isdigit() else open_question


def _entity(mention: Mention) -> Entity:
    entity: Entity = {"entity": mention.entity, "value": mention.value, "start": mention.start, "end": mention.end}
    if mention.role:
        entity["role"] = mention.role
    if mention.concept:
        entity["concept"] = mention.concept
    if mention.holder:
        entity["holder"] = mention.holder
    if mention.status:
        entity["status"] = mention.status
    return entity


def _of_the_whole(text: str, entity: str, value: str) -> Entity:
    return {"entity": entity, "value": value, "start": 0, "end": len(text)}
