"""Reads the answer to the open question of the check where the lexicon does not suffice: "my barber noticed last month"."""

from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path
from typing import Any, Dict, List, Tuple

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.check import ASKS
from components.classifier import Classifier
from components.intent_classifier import answer_reading, sentence_vector
from components.stored import StoredComponent

EMPTY, NAMED = "empty", "named"  # nothing can be read; something is named, which is the lexicon's business
REPLIES = {"none": "no", "not_sure": "not_sure", "declined": "declined"}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class AnswerReader(StoredComponent, EntityExtractorMixin):
    """Replaces what the lexicon found for the open question by a surer reading. Stands after the `EntityExtractor`."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """Returns the defaults: the confidence from which a reading counts, and how many other messages are learnt as empty."""
        return {"sure": 0.5, "sure_in_question": 0.9, "others": 250, "width": 96}

    def __init__(self, config: Dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._readers: Dict[str, Classifier] = {}

    def restore(self, folder: Path) -> None:
        """Reads one reader for each question."""
        self._readers = {path.name: Classifier.load(path) for path in folder.iterdir()}

    def train(self, training_data: TrainingData) -> Resource:
        """Trains one reader for each question, with other messages as empty answers."""
        answers: Dict[str, List[Tuple[Message, str]]] = defaultdict(list)
        others = []
        for example in training_data.intent_examples:
            found = answer_reading(example)
            if found:
                answers[found[0]].append((example, found[1]))
            elif str(example.get("intent")).startswith(("ask_", "out_of_scope", "complain")):
                others.append((example, EMPTY))
        chance = random.Random(1)
        with self._model_storage.write_to(self._resource) as folder:
            for slot, known in answers.items():
                pairs = [*known, *chance.sample(others, min(self._config["others"], len(others)))]
                reader = Classifier(width=self._config["width"])
                reader.fit(
                    [example.get(TEXT) for example, _ in pairs],
                    np.vstack([sentence_vector(example) for example, _ in pairs]),
                    [value for _, value in pairs],
                )
                (Path(folder) / slot).mkdir()
                reader.save(Path(folder) / slot)
        return self._resource

    def process(self, messages: List[Message], tracker: DialogueStateTracker) -> List[Message]:
        """Adds the reading of the open question, in the place of what the lexicon found for it."""
        slot = tracker.get_slot(REQUESTED_SLOT)
        if slot in self._readers:
            for message in messages:
                self._read(message, slot)
        return messages

    def _read(self, message: Message, slot: str) -> None:
        text = message.get(TEXT) or ""
        scores = self._readers[slot].scores([text], sentence_vector(message))[0]
        value, confidence = self._readers[slot].labels[int(scores.argmax())], float(scores.max())
        if value in (NAMED, EMPTY) or confidence < self._config["sure_in_question" if ASKS.search(text.lower()) else "sure"]:
            return
        entities = message.get(ENTITIES, [])
        named = any(one["entity"] == slot and not one.get("role") for one in entities)
        if value in REPLIES:
            if named:
                return  # what is named weighs more than the tone
            kept = [one for one in entities if one["entity"] != "reply"]
            found = [{"entity": "reply", "value": REPLIES[value], "start": 0, "end": len(text)}]
        else:
            kept = [one for one in entities if one["entity"] != slot]
            found = [{"entity": slot, "value": value, "start": 0, "end": len(text)}]
        message.set(ENTITIES, kept + self.add_extractor_name(found), add_to_output=True)
