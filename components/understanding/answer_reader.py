"""Reads an answer to the open question of the check if the lexicon is not enough: "my barber noticed last month"."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
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

from actions.questionnaire import PATIENT, VALUES
from components.intents import DENY, GO_BACK, NO_ANSWER_PREFIXES, PLEASANTRIES
from components.understanding.answer_choice import EMPTY, HEALTH, Choice, choose, doubt, is_whole_answer
from components.understanding.arrays import Array
from components.understanding.encoders.encoder import ENGLISH, MULTILINGUAL, multilingual_part
from components.understanding.entity_extractor import EntityExtractor
from components.understanding.gloss import in_english, is_all_known, is_rendered
from components.understanding.intent_classifier import labelled_answer, language_of_voice
from components.understanding.kernel_classifier import KernelClassifier, Marks
from components.understanding.languages import NOT_ENCODED, is_foreign
from components.understanding.lexicon_marks import marks
from components.understanding.question_form import has_question_phrase
from components.understanding.sentence_encoder import LANGUAGE, PART_VECTORS, PARTS, english_text, sentence_vector
from components.understanding.trained_component import TrainedComponent
from components.understanding.unread_parts import is_read, is_unfinished, unread_part
from runtime.shapes import Entity

SHARES = {ENGLISH: 1, MULTILINGUAL: 2}  # how much a reader's scores count beside the other's, chosen on held-out voices
LabelledMessages = list[tuple[Message, list[str]]]
CLEAR_PLEASANTRY = 0.9  # confidence


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class AnswerReader(TrainedComponent, EntityExtractorMixin):
    """Replaces what the lexicon found for the open question with a more certain reading. Comes after the `EntityExtractor`."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Returns the minimum scores for a reading, chosen on held-out writers' answers (docs/understanding.md).

        `sure` is for a plain message, `in_question` for one that asks something, and `overrules` for a reading that contradicts
        what the message names explicitly. `value` is for each value of a list, `beside` for one beside others that are named, and
        `stops` for values that end the check immediately. From `empty` on we read nothing, whatever the message names. "None of
        these" needs scores below `doubt` for everything on the health list, and below `no_doubt` if we then leave no word of the
        message to ask about. The rest are for training: `others` is how many messages of each other intent we learn as empty, in
        English and in other languages, and `english` and `multilingual` are the settings of the classifiers.
        """
        return {
            "sure": 0.25,
            "in_question": 0.4,
            "overrules": 0.4,
            "value": 0.38,
            "beside": 0.6,
            "stops": 0.42,
            "empty": 0.6,
            "doubt": 0.22,
            "no_doubt": 0.09,
            "others": 8,
            ENGLISH: {"width": 192, "marks": 0.3},
            MULTILINGUAL: {"width": 192, "marks": 0.3},
        }

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._readers: dict[str, dict[str, KernelClassifier]] = {}  # by the encoder, and by the question that they read

    @cached_property
    def _extractor(self) -> EntityExtractor:
        """What finds things in training messages. Later, the pipeline's own has found them before."""
        return EntityExtractor()

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
            self._trained_reader(encoder, slot, [*known, *empty]).save(folder / slot)

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

    def _trained_reader(self, encoder: str, slot: str, examples: LabelledMessages) -> KernelClassifier:
        messages = [example for example, _ in examples]
        reader = KernelClassifier(**self._config[encoder])
        reader.fit(
            [message.get(TEXT) for message in messages],
            _vectors(encoder, np.vstack([sentence_vector(message) for message in messages])),
            [labels for _, labels in examples],
            [self._found(slot, message) for message in messages],
        )
        return reader

    def _found(self, slot: str, example: Message) -> Marks:
        """Returns the marks of what the lexicon finds in a training message when a question is open."""
        language = language_of_voice(example)
        text = in_english(example.get(TEXT), language)
        return marks(self._extractor.entities(text, str(example.get(INTENT)), slot, is_rendered=is_foreign(language)))

    def process(self, messages: list[Message], tracker: DialogueStateTracker) -> list[Message]:
        """Adds the reading of the open question, and replaces what the lexicon found for it."""
        slot = tracker.get_slot(REQUESTED_SLOT)
        if slot in self._readers[ENGLISH]:
            for message in (each for each in messages if slot not in VALUES or _may_answer(each)):
                self._read(slot, message, tracker.get_slot(PATIENT))
        return messages

    def _read(self, slot: str, message: Message, patient: str | None) -> None:
        text, entities = english_text(message), message.get(ENTITIES, [])
        is_empty = slot in VALUES and is_unfinished(text)
        scores = self._scores(slot, message, message.get(TEXT) or "", sentence_vector(message), marks(entities, patient))
        if not is_empty:
            choice = choose(slot, scores, entities, has_question_phrase(text), is_read(text, entities), self._config)
            if choice:
                message.set(ENTITIES, self._replace(entities, choice, len(text)), add_to_output=True)
            if is_whole_answer(slot, scores, self._config) and self._knows(slot, message):
                return
        is_doubted = slot == HEALTH and doubt(scores) >= self._config["doubt"]
        self._add_unread(slot, message, entities, is_doubted)

    def _add_unread(self, slot: str, message: Message, named: list[Entity], is_doubted: bool) -> None:
        """Adds an entity for the part of a list answer that nobody could read.

        Args:
            slot: the open question.
            message: the message.
            named: what the lexicon found.
            is_doubted: whether the reader sees something of the list in the message.
        """
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
            return self._scores(slot, message, part, vector[np.newaxis, :], marks(_inside(named, text.find(words), len(words))))

        is_denial = message.get(INTENT)["name"] == DENY
        found = unread_part(text, slot, [*named, *entities], in_words, is_denial, is_doubted, scores)
        if found:
            message.set(ENTITIES, [*entities, *self.add_extractor_name([found])], add_to_output=True)

    def _scores(self, slot: str, message: Message, text: str, vector: Array, found: Marks) -> dict[str, float]:
        """Returns the mean scores of the readers that know the words of a message or a part of it.

        `vector` and `found`, its marks, are those of `text`.
        """
        wordings = _wordings(text, message.get(LANGUAGE))
        read = {encoder: self._scores_of(encoder, slot, words, vector, found) for encoder, words in wordings.items()}
        whole = sum(SHARES[encoder] for encoder in read)
        labels = next(iter(read.values()))
        return {label: sum(SHARES[encoder] * scores[label] for encoder, scores in read.items()) / whole for label in labels}

    def _scores_of(self, encoder: str, slot: str, text: str, vector: Array, found: Marks) -> dict[str, float]:
        reader = self._readers[encoder][slot]
        scores = reader.scores([text], _vectors(encoder, vector), [found])[0]
        return dict(zip(reader.labels, scores.tolist(), strict=True))

    def _knows(self, slot: str, message: Message) -> bool:
        """Whether the readers have learned every word of a message."""
        wordings = _wordings(message.get(TEXT) or "", message.get(LANGUAGE))
        return all(self._readers[encoder][slot].knows(words) for encoder, words in wordings.items())

    def _replace(self, entities: list[Entity], choice: Choice, length: int) -> list[Entity]:
        kept = [entity for entity in entities if not choice.replaces(entity)]
        found: list[Entity] = [{"entity": entity, "value": value, "start": 0, "end": length} for entity, value in choice.found]
        if choice.holder:
            found = [{**each, "holder": choice.holder} for each in found]
        return [*kept, *self.add_extractor_name(found)]


def _vectors(encoder: str, vectors: Array) -> Array:
    """Returns what a reader compares. In English both encoders' vectors are worth more than one."""
    return vectors if encoder == ENGLISH else multilingual_part(vectors)


def _inside(entities: Sequence[Entity], start: int, length: int) -> list[Entity]:
    return [entity for entity in entities if entity["start"] < start + length and entity["end"] > start]


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
