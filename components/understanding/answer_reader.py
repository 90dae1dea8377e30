"""Reads an answer to the open question of the check if the lexicon is not enough: "my barber noticed last month"."""

from __future__ import annotations

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

from actions.questionnaire import VALUES
from components.intents import DENY, GO_BACK, NO_ANSWER_PREFIXES, PLEASANTRIES
from components.understanding.answer_choice import EMPTY, Choice, choose
from components.understanding.encoders.encoder import Array, english_part
from components.understanding.gloss import in_english, is_all_known
from components.understanding.intent_classifier import labelled_answer, language_of_voice
from components.understanding.kernel_classifier import KernelClassifier
from components.understanding.question_form import has_question_phrase
from components.understanding.sentence_encoder import LANGUAGE, PART_VECTORS, PARTS, english_text, sentence_vector
from components.understanding.trained_component import TrainedComponent
from components.understanding.unread import unread_part
from runtime.shapes import Entity

CLEAR_PLEASANTRY = 0.9  # confidence
LabelledMessages = list[tuple[Message, list[str]]]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class AnswerReader(TrainedComponent, EntityExtractorMixin):
    """Replaces what the lexicon found for the open question with a more certain reading. Comes after the `EntityExtractor`."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Returns the minimum scores for a reading, chosen on held-out writers' answers (docs/understanding.md).

        `sure` is for a plain message, `in_question` for one that asks something, and `overrules` for a reading that contradicts
        what the message names explicitly. `value` is for each value of a list, `beside` for one beside others that are named, and
        `stops` for values that end the check immediately. From `empty` on we read nothing, whatever the message names. Two
        settings are for training: `others` is how many messages of each other intent we learn as empty, and `width` is the
        width of the classifier.
        """
        return {
            "sure": 0.3,
            "in_question": 0.4,
            "overrules": 0.5,
            "value": 0.42,
            "beside": 0.6,
            "stops": 0.75,
            "empty": 0.6,
            "others": 8,
            "width": 96,
        }

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._readers: dict[str, KernelClassifier] = {}  # by the question that they read

    def restore(self, folder: Path) -> None:
        self._readers = {path.name: KernelClassifier.load(path) for path in folder.iterdir()}

    def train(self, training_data: TrainingData) -> Resource:
        """Trains one reader per question, with other messages as empty answers."""
        answers: dict[str, LabelledMessages] = defaultdict(list)
        for example in training_data.intent_examples:
            answer = labelled_answer(example)
            if answer:
                answers[answer.slot].append((example, answer.labels))
        empty = self._empty_answers(training_data)
        with self._model_storage.write_to(self._resource) as folder:
            for slot, known in answers.items():
                (Path(folder) / slot).mkdir()
                self._trained_reader([*known, *empty]).save(Path(folder) / slot)
        return self._resource

    def _empty_answers(self, training_data: TrainingData) -> LabelledMessages:
        others: dict[str, list[Message]] = defaultdict(list)
        for example in training_data.intent_examples:
            # Messages in other languages come here in English words, and those of the training data do not.
            is_other = not labelled_answer(example) and not language_of_voice(example)
            if is_other and str(example.get(INTENT)).startswith(NO_ANSWER_PREFIXES):
                others[example.get(INTENT)].append(example)
        chance = random.Random(1)
        return [
            (example, [EMPTY])
            for examples in others.values()
            for example in chance.sample(examples, min(self._config["others"], len(examples)))
        ]

    def _trained_reader(self, examples: LabelledMessages) -> KernelClassifier:
        reader = KernelClassifier(width=self._config["width"])
        reader.fit(
            [example.get(TEXT) for example, _ in examples],
            english_part(np.vstack([sentence_vector(example) for example, _ in examples])),
            [labels for _, labels in examples],
        )
        return reader

    def process(self, messages: list[Message], tracker: DialogueStateTracker) -> list[Message]:
        """Adds the reading of the open question, and replaces what the lexicon found for it."""
        slot = tracker.get_slot(REQUESTED_SLOT)
        if slot in self._readers:
            for message in (each for each in messages if slot not in VALUES or _may_answer(each)):
                text, entities = english_text(message), message.get(ENTITIES, [])
                scores = self._scores(slot, text, sentence_vector(message))
                choice = choose(slot, scores, entities, has_question_phrase(text), self._config)
                if choice:
                    message.set(ENTITIES, self._replace(entities, choice, len(text)), add_to_output=True)
                self._add_unread(slot, message, entities)
        return messages

    def _add_unread(self, slot: str, message: Message, named: list[Entity]) -> None:
        """Adds an entity for the part of a list answer that nobody could read. `named` is what the lexicon found."""
        text, language, entities = english_text(message), message.get(LANGUAGE), message.get(ENTITIES, [])
        parts = message.get(PARTS) or [message.get(TEXT)]
        in_words = [in_english(part, language) for part in parts]
        vectors = message.get(PART_VECTORS) if message.get(PARTS) else sentence_vector(message)
        # Of words that we could not put into English, the reader knows nothing.
        known = {
            words: vector for part, words, vector in zip(parts, in_words, vectors, strict=True) if is_all_known(part, language)
        }

        def scores(part: str) -> dict[str, float]:
            return self._scores(slot, part, known[part][np.newaxis, :]) if part in known else {}

        is_denial = message.get(INTENT)["name"] == DENY
        found = unread_part(text, slot, [*named, *entities], in_words, is_denial, scores)
        if found:
            message.set(ENTITIES, [*entities, *self.add_extractor_name([found])], add_to_output=True)

    def _scores(self, slot: str, text: str, vector: Array) -> dict[str, float]:
        reader = self._readers[slot]
        return dict(zip(reader.labels, reader.scores([text], english_part(vector))[0].tolist(), strict=True))

    def _replace(self, entities: list[Entity], choice: Choice, length: int) -> list[Entity]:
        kept = [entity for entity in entities if not choice.replaces(entity)]
        found: list[Entity] = [{"entity": entity, "value": value, "start": 0, "end": length} for entity, value in choice.found]
        if choice.holder:
            found = [{**each, "holder": choice.holder} for each in found]
        return [*kept, *self.add_extractor_name(found)]


def _may_answer(message: Message) -> bool:
    """Whether a message may answer a question. A clear "thanks" or "go back" never does, whatever the reader makes of it."""
    intent = message.get(INTENT)
    return intent["name"] not in {*PLEASANTRIES, GO_BACK} or intent["confidence"] < CLEAR_PLEASANTRY
