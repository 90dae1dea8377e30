"""Reads an answer to the open question of the check if the lexicon is not enough: "my barber noticed last month"."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
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
from components.understanding.encoders.encoder import ENGLISH, MULTILINGUAL, Array, english_part, multilingual_part
from components.understanding.gloss import in_english, is_all_known, is_rendered
from components.understanding.intent_classifier import labelled_answer, language_of_voice
from components.understanding.kernel_classifier import KernelClassifier
from components.understanding.languages import NOT_ENCODED, is_foreign
from components.understanding.question_form import has_question_phrase
from components.understanding.sentence_encoder import LANGUAGE, PART_VECTORS, PARTS, english_text, sentence_vector
from components.understanding.trained_component import TrainedComponent
from components.understanding.unread_parts import is_read, is_unfinished, unread_part
from runtime.shapes import Entity

PARTS_OF_VECTOR = {ENGLISH: english_part, MULTILINGUAL: multilingual_part}  # by the encoder
SHARES = {ENGLISH: 1, MULTILINGUAL: 2}  # how much a reader's scores count beside the other's, chosen on held-out voices
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
        `stops` for values that end the check immediately. From `empty` on we read nothing, whatever the message names. The rest
        are for training: `others` is how many messages of each other intent we learn as empty, in English and in other
        languages, and `english` and `multilingual` are the settings of the classifiers.
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
            ENGLISH: {"width": 96},
            MULTILINGUAL: {"width": 192},
        }

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._readers: dict[str, dict[str, KernelClassifier]] = {}  # by the encoder, and by the question that they read

    def restore(self, folder: Path) -> None:
        self._readers = {
            path.name: {each.name: KernelClassifier.load(each) for each in path.iterdir()} for path in folder.iterdir()
        }

    def train(self, training_data: TrainingData) -> Resource:
        """Trains two readers per question, one for English and one for all languages, with other messages as empty answers."""
        examples = training_data.intent_examples
        english = [example for example in examples if not language_of_voice(example)]
        with self._model_storage.write_to(self._resource) as folder:
            self._train_readers(ENGLISH, english, Path(folder) / ENGLISH)
            self._train_readers(MULTILINGUAL, examples, Path(folder) / MULTILINGUAL)
        return self._resource

    def _train_readers(self, encoder: str, examples: Sequence[Message], folder: Path) -> None:
        answers: dict[str, LabelledMessages] = defaultdict(list)
        for example in examples:
            answer = labelled_answer(example)
            if answer:
                answers[answer.slot].append((example, answer.labels))
        empty = self._empty_answers(examples)
        for slot, known in answers.items():
            (folder / slot).mkdir(parents=True)
            self._trained_reader(encoder, [*known, *empty]).save(folder / slot)

    def _empty_answers(self, examples: Sequence[Message]) -> LabelledMessages:
        others: dict[tuple[str, bool], list[Message]] = defaultdict(list)
        for example in examples:
            intent = str(example.get(INTENT))
            if not labelled_answer(example) and intent.startswith(NO_ANSWER_PREFIXES):
                others[intent, bool(language_of_voice(example))].append(example)
        chance = random.Random(1)
        return [
            (example, [EMPTY])
            for group in others.values()
            for example in chance.sample(group, min(self._config["others"], len(group)))
        ]

    def _trained_reader(self, encoder: str, examples: LabelledMessages) -> KernelClassifier:
        reader = KernelClassifier(**self._config[encoder])
        reader.fit(
            [example.get(TEXT) for example, _ in examples],
            PARTS_OF_VECTOR[encoder](np.vstack([sentence_vector(example) for example, _ in examples])),
            [labels for _, labels in examples],
        )
        return reader

    def process(self, messages: list[Message], tracker: DialogueStateTracker) -> list[Message]:
        """Adds the reading of the open question, and replaces what the lexicon found for it."""
        slot = tracker.get_slot(REQUESTED_SLOT)
        if slot in self._readers[ENGLISH]:
            for message in (each for each in messages if slot not in VALUES or _may_answer(each)):
                text, entities = english_text(message), message.get(ENTITIES, [])
                scores = self._scores(slot, message, message.get(TEXT) or "", sentence_vector(message))
                read = is_read(text, entities)
                is_empty = slot in VALUES and is_unfinished(text)
                choice = None if is_empty else choose(slot, scores, entities, has_question_phrase(text), read, self._config)
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
        # What we could not put into English, nobody has read.
        known = {
            words: (part, vector)
            for part, words, vector in zip(parts, in_words, vectors, strict=True)
            if is_all_known(part, language)
        }

        def scores(words: str) -> dict[str, float]:
            if words not in known:
                return {}
            part, vector = known[words]
            return self._scores(slot, message, part, vector[np.newaxis, :])

        is_denial = message.get(INTENT)["name"] == DENY
        found = unread_part(text, slot, [*named, *entities], in_words, is_denial, scores)
        if found:
            message.set(ENTITIES, [*entities, *self.add_extractor_name([found])], add_to_output=True)

    def _scores(self, slot: str, message: Message, text: str, vector: Array) -> dict[str, float]:
        """Returns the mean scores of the readers that know the words of a message or a part of it. `vector` is that of `text`."""
        wordings = _wordings(text, message.get(LANGUAGE))
        found = {encoder: self._scores_of(encoder, slot, words, vector) for encoder, words in wordings.items()}
        whole = sum(SHARES[encoder] for encoder in found)
        labels = next(iter(found.values()))
        return {label: sum(SHARES[encoder] * scores[label] for encoder, scores in found.items()) / whole for label in labels}

    def _scores_of(self, encoder: str, slot: str, text: str, vector: Array) -> dict[str, float]:
        reader = self._readers[encoder][slot]
        return dict(zip(reader.labels, reader.scores([text], PARTS_OF_VECTOR[encoder](vector))[0].tolist(), strict=True))

    def _replace(self, entities: list[Entity], choice: Choice, length: int) -> list[Entity]:
        kept = [entity for entity in entities if not choice.replaces(entity)]
        found: list[Entity] = [{"entity": entity, "value": value, "start": 0, "end": length} for entity, value in choice.found]
        if choice.holder:
            found = [{**each, "holder": choice.holder} for each in found]
        return [*kept, *self.add_extractor_name(found)]


def _wordings(text: str, language: str | None) -> dict[str, str]:
    """Returns a text in the words that each reader knows, by the encoder. Two readers make fewer mistakes than either alone."""
    if not is_foreign(language) or language in NOT_ENCODED:
        return {ENGLISH: text}
    rendered = {ENGLISH: in_english(text, language)} if is_rendered(language) else {}
    return {**rendered, MULTILINGUAL: text}


def _may_answer(message: Message) -> bool:
    """Whether a message may answer a question. A clear "thanks" or "go back" never does, whatever the reader makes of it."""
    intent = message.get(INTENT)
    return intent["name"] not in {*PLEASANTRIES, GO_BACK} or intent["confidence"] < CLEAR_PLEASANTRY
