"""Puts what a message says about the visitor (see `mentions`) among Rasa's entities."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from actions.questionnaire import CONSENT, QUESTIONNAIRE
from components.intents import ASKING_PREFIXES
from components.understanding.languages import foreign_language
from components.understanding.mentions import MentionFinder
from components.understanding.question_form import ASKS

# What stands on the buttons can be typed as well.
LABELS = {
    (slot, title.lower()): value
    for slot, question in QUESTIONNAIRE["questions"].items()
    for value, title in question["values"].items()
}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class EntityExtractor(GraphComponent, EntityExtractorMixin):
    """Reads a message in the light of the question that stands open. Needs the intent, so it stands after the classifier."""

    def __init__(self) -> None:
        self._finder = MentionFinder()

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> EntityExtractor:
        """Makes the component."""
        return cls()

    @staticmethod
    def _asked(open_question: str | None, text: str) -> str | None:
        """Returns the open question; a bare number at the start of the check answers its first one."""
        return "age" if open_question == CONSENT and text.strip().isdigit() else open_question

    def process(self, messages: list[Message], tracker: DialogueStateTracker) -> list[Message]:
        """Adds an entity for each mention; its role says in what sense (see `Mention`)."""
        open_question = tracker.get_slot(REQUESTED_SLOT)
        for message in messages:
            text = message.get(TEXT) or ""
            asks = str((message.get(INTENT) or {}).get("name")).startswith(ASKING_PREFIXES)
            if open_question and not ASKS.search(text.lower()):
                asks = False  # in the check people tell, whatever it is about
            entities = []
            for mention in self._finder.find(text, self._asked(open_question, text), asks):
                entity = {"entity": mention.entity, "value": mention.value, "start": mention.start, "end": mention.end}
                if mention.role:
                    entity["role"] = mention.role
                entities.append(entity)
            language = foreign_language(text)
            if language:
                entities.append({"entity": "language", "value": language, "start": 0, "end": len(text)})
            typed = LABELS.get((open_question, text.lower().strip(" .!")))
            if typed:
                entities = [{"entity": open_question, "value": typed, "start": 0, "end": len(text)}]
            message.set(ENTITIES, message.get(ENTITIES, []) + self.add_extractor_name(entities), add_to_output=True)
        return messages
