"""Reads the answer to the open question of the check where the lexicon does not suffice: "my barber noticed last month"."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from actions.candidacy import RULES, Outcome
from actions.questionnaire import LISTS, QUESTIONS, VALUES
from components.intents import NO_ANSWER_PREFIXES
from components.understanding.intent_classifier import answer_reading, sentence_vector
from components.understanding.kernel_classifier import KernelClassifier
from components.understanding.question_form import ASKS
from components.understanding.trained_component import TrainedComponent

EMPTY, STATED = "empty", "stated"  # nothing can be read; a number is stated, which `ages` reads
DECLINED = "declined"
REPLIES = {"none": "no", "not_sure": "not_sure", DECLINED: DECLINED}
# What ends the check at once never rests on a middling score.
STOPS = {rule.value for rule in RULES if rule.outcome >= Outcome.not_now}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class AnswerReader(TrainedComponent, EntityExtractorMixin):
    """Replaces what the lexicon found for the open question by a surer reading. Stands after the `EntityExtractor`."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Returns the defaults.

        sure: the score from which a reading counts; in_question: the same in a message that asks something; overrules: the same
        beside what is named in so many words; value: the same for each value of a list, and stops: for those that end the check
        at once; empty: the score from which nothing can be read, whatever was named; others: how many messages of each other
        intent are learnt as empty. Chosen on answers of writers left out, see docs/understanding.md.
        """
        return {
            "sure": 0.3,
            "in_question": 0.4,
            "overrules": 0.5,
            "value": 0.42,
            "stops": 0.75,
            "empty": 0.6,
            "others": 8,
            "width": 96,
        }

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._readers: dict[str, KernelClassifier] = {}

    def restore(self, folder: Path) -> None:
        """Reads one reader for each question."""
        self._readers = {path.name: KernelClassifier.load(path) for path in folder.iterdir()}

    def train(self, training_data: TrainingData) -> Resource:
        """Trains one reader for each question, with other messages as empty answers."""
        answers: dict[str, list[tuple[Message, list[str]]]] = defaultdict(list)
        others: dict[str, list[tuple[Message, list[str]]]] = defaultdict(list)
        for example in training_data.intent_examples:
            found = answer_reading(example)
            if found:
                answers[found[0]].append((example, found[1]))
            elif str(example.get(INTENT)).startswith(NO_ANSWER_PREFIXES):
                others[example.get(INTENT)].append((example, [EMPTY]))
        chance = random.Random(1)
        empty = [pair for pairs in others.values() for pair in chance.sample(pairs, min(self._config["others"], len(pairs)))]
        with self._model_storage.write_to(self._resource) as folder:
            for slot, known in answers.items():
                pairs = [*known, *empty]
                reader = KernelClassifier(width=self._config["width"])
                reader.fit(
                    [example.get(TEXT) for example, _ in pairs],
                    np.vstack([sentence_vector(example) for example, _ in pairs]),
                    [values for _, values in pairs],
                )
                (Path(folder) / slot).mkdir()
                reader.save(Path(folder) / slot)
        return self._resource

    def process(self, messages: list[Message], tracker: DialogueStateTracker) -> list[Message]:
        """Adds the reading of the open question, in the place of what the lexicon found for it."""
        slot = tracker.get_slot(REQUESTED_SLOT)
        if slot in self._readers:
            for message in messages:
                self._read(message, slot)
        return messages

    def _read(self, message: Message, slot: str) -> None:
        text = message.get(TEXT) or ""
        reader = self._readers[slot]
        scores = dict(zip(reader.labels, reader.scores([text], sentence_vector(message))[0].tolist(), strict=True))
        entities = message.get(ENTITIES, [])
        named = {one["value"] for one in entities if one["entity"] == slot and not one.get("role")}
        denied = {one["value"] for one in entities if one["entity"] == slot and one.get("role") == "denied"}
        asks = bool(ASKS.search(text.lower()))
        # What answers another question of the check by name is less likely to answer this one as well.
        elsewhere = any(one["entity"] in QUESTIONS and one["entity"] != slot and not one.get("role") for one in entities)
        best = max(scores, key=lambda value: scores[value])
        needed = "overrules" if elsewhere else "in_question" if asks else "sure"
        sure = scores[best] >= self._config[needed] and best not in denied

        values = [value for value in VALUES[slot] if slot in LISTS and scores.get(value, 0) >= self._needed(value, asks)]
        added = [(slot, value) for value in values if value not in named | denied]
        if added:
            self._replace(message, {"reply"}, added)
        elif slot in LISTS and named or any(one["value"] == DECLINED for one in entities):
            return  # said in so many words
        elif best == EMPTY and scores[EMPTY] >= self._config["empty"]:
            self._replace(message, {slot, "reply"}, [])
        elif best in REPLIES and sure and not named:  # what is named weighs more than the tone
            self._replace(message, {"reply"}, [("reply", REPLIES[best])])
        elif best not in (EMPTY, STATED, *REPLIES) and slot not in LISTS and sure and self._overrules(scores[best], named):
            self._replace(message, {slot}, [(slot, best)])

    def _replace(self, message: Message, kinds: set[str], found: list[tuple[str, str]]) -> None:
        """Puts what was found in the place of the entities of those kinds."""
        kept = [one for one in message.get(ENTITIES, []) if one["entity"] not in kinds]
        length = len(message.get(TEXT) or "")
        new = [{"entity": entity, "value": value, "start": 0, "end": length} for entity, value in found]
        message.set(ENTITIES, kept + self.add_extractor_name(new), add_to_output=True)

    def _overrules(self, score: float, named: set[str]) -> bool:
        """Whether a reading of that score counts beside what is named in so many words."""
        return len(named) != 1 or score >= self._config["overrules"]

    def _needed(self, value: str, asks: bool) -> float:
        """Returns the score from which `value` is read into a list."""
        if value in REPLIES or asks:
            return math.inf  # those are read by themselves; and what a question names is what it is about
        return self._config["stops" if value in STOPS else "value"]
