"""Recognises danger in a message, by patterns as well as by the classifier: either is enough."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from re import Pattern
from typing import Any

import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier as RasaIntentClassifier
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from components.intents import ALARMING, CRISIS, REACTION
from components.understanding.intent_classifier import SCORES
from components.understanding.sentence_encoder import PARTS
from runtime.paths import UNDERSTANDING_DATA

PATTERNS = UNDERSTANDING_DATA / "danger.yml"
MIN_CONFIDENCE, MIN_CONFIDENCE_IN_CHECK = 0.5, 0.9  # of a reading that is no alarm; of a reaction named in the check
# Sentences end at a stop, not at a comma: "i can't breathe, my lips are swelling" is one report.
SENTENCE_END = re.compile(r"[.!?;\n]+")
ZERO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
STRETCHED = re.compile(r"([^\W\d_])\1{2,}")  # "breatheee"; the digits of 999 stay


@dataclass(frozen=True)
class Danger:
    """What the patterns found: the intent that reports it, and the kind that chooses the reply's words."""

    intent: str
    kind: str


class DangerPatterns:
    """The patterns of `data/understanding/danger.yml`, compiled once."""

    def __init__(self, path: Path = PATTERNS) -> None:
        """Reads the patterns.

        Raises:
            ValueError: a pattern is not a regular expression; the message names it.
        """
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        self._figurative = self._any("figurative", content["figurative"])
        self._denied = self._any("denied", content["denied"])
        self._hypothetical = self._any("hypothetical", [content["hypothetical"]])
        self._alarms: dict[str, dict[str, Pattern[str] | None]] = {}
        self._words: dict[str, dict[str, Pattern[str] | None]] = {}
        for intent, kinds in content["intents"].items():
            self._alarms[intent] = {kind: self._any(kind, parts["alarm"]) for kind, parts in kinds.items()}
            self._words[intent] = {kind: self._any(kind, parts["words"]) for kind, parts in kinds.items()}

    @staticmethod
    def _any(kind: str, patterns: list[str]) -> Pattern[str] | None:
        try:
            return re.compile("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None
        except re.error as error:
            raise ValueError(f"data/understanding/danger.yml, {kind}: {error}") from error

    @staticmethod
    def plain(text: str) -> str:
        """Returns `text` as the patterns read it: lower case, straight quotes, single blanks, no invisible signs."""
        text = unicodedata.normalize("NFKC", text).translate(ZERO_WIDTH).lower()
        text = text.replace("’", "'").replace("‘", "'").replace("`", "'")
        return STRETCHED.sub(r"\1", re.sub(r"[^\S\n]+", " ", text))

    def harmless(self, text: str) -> bool:
        """Tells whether `text` holds a figure of speech that only sounds like danger, or says that a sign is absent."""
        plain = self.plain(text)
        return bool(self._figurative.search(plain) or self._denied.search(plain))

    def find(self, text: str) -> Danger | None:
        """Returns the gravest danger that `text` states, or None. The whole text is read."""
        plain = self._denied.sub(" ", self._figurative.sub(" ", self.plain(text)))
        # A crisis counts in whatever form it is put; the other reports must be statements.
        stated = " . ".join(part for part in SENTENCE_END.split(plain) if not self._hypothetical.search(part))
        for intent, kinds in self._alarms.items():
            for kind, pattern in kinds.items():
                if pattern and pattern.search(plain if intent == CRISIS else stated):
                    return Danger(intent, kind)
        return None

    def kind(self, intent: str, text: str) -> str | None:
        """Returns which kind of `intent` the words of `text` point to, or None for the general reply."""
        plain = self.plain(text)
        return next((kind for kind, pattern in self._words[intent].items() if pattern and pattern.search(plain)), None)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class SafetyScreen(RasaIntentClassifier, GraphComponent):
    """Overrules the intent where there is danger, and adds the entity `danger_kind`."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Returns the defaults.

        The margin that a danger's score must have before half the best harmless score: `whole` for a whole message, `part` for
        one part of it in the middle of other talk, `in_check` for either while a question of the check stands open, where
        people name illnesses and past reactions. Patterns count everywhere. Chosen on training voices left out, see
        docs/understanding.md.
        """
        return {"whole": 0.2, "part": 0.5, "in_check": 0.38}

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config
        self._patterns = DangerPatterns()

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> SafetyScreen:
        """Makes the component."""
        return cls(config)

    def process(self, messages: list[Message], tracker: DialogueStateTracker) -> list[Message]:
        """Sets the intent of a message that reports danger, with confidence 1."""
        for message in messages:
            text = message.get(TEXT) or ""
            question = tracker.get_slot(REQUESTED_SLOT)
            in_check = bool(question)
            found = self._patterns.find(text)
            intent = found.intent if found else self._suspected(message, text, in_check)
            if not intent and self._is_reaction(message, question):
                intent = REACTION
            if intent:
                self._report(message, intent, found.kind if found else self._patterns.kind(intent, text))
            elif message.get(INTENT)["name"] in (*ALARMING, REACTION):
                message.set(INTENT, self._harmless(message), add_to_output=True)
        return messages

    @staticmethod
    def _is_reaction(message: Message, question: str | None) -> bool:
        """Whether the classifier reads a reaction; an answer to the open question of the check is no report of one."""
        intent = message.get(INTENT)
        if any(entity["entity"] == question for entity in message.get(ENTITIES, [])):
            return False
        return intent["name"] == REACTION and intent["confidence"] >= (MIN_CONFIDENCE_IN_CHECK if question else MIN_CONFIDENCE)

    def _suspected(self, message: Message, text: str, in_check: bool) -> str | None:
        """Returns the danger in which the classifier is sure enough."""
        # It knows English only.
        if any(entity["entity"] == "language" for entity in message.get(ENTITIES, [])):
            return None
        whole, part = ("in_check", "in_check") if in_check else ("whole", "part")
        least = [self._config[whole], *[self._config[part]] * len(message.get(PARTS))]
        suspected = {}
        for words, scores, needed in zip([text, *message.get(PARTS)], message.get(SCORES), least, strict=True):
            intent, margin = max(self._margins(scores).items(), key=lambda one: one[1])
            if margin >= needed and not self._patterns.harmless(words):
                suspected[intent] = margin
        return max(suspected, key=lambda intent: suspected[intent], default=None)

    def _margins(self, scores: dict[str, float]) -> dict[str, float]:
        harmless = max(score for intent, score in scores.items() if intent not in ALARMING)
        return {intent: scores[intent] - harmless / 2 for intent in ALARMING}

    def _harmless(self, message: Message) -> dict[str, Any]:
        """Returns the best reading that is no danger, for a message in which the classifier alone, and not surely, saw one."""
        readings = [one for one in message.get("intent_ranking", []) if one["name"] not in (*ALARMING, REACTION)]
        best = max(readings, key=lambda one: one["confidence"], default=None)
        return (
            best
            if best and best["confidence"] >= MIN_CONFIDENCE
            else {"name": DEFAULT_NLU_FALLBACK_INTENT_NAME, "confidence": 1.0}
        )

    @staticmethod
    def _report(message: Message, intent: str, kind: str | None) -> None:
        message.set(INTENT, {"name": intent, "confidence": 1.0}, add_to_output=True)
        if kind:
            entity = {"entity": "danger_kind", "value": kind, "start": 0, "end": 0, "extractor": "SafetyScreen"}
            message.set(ENTITIES, message.get(ENTITIES, []) + [entity], add_to_output=True)
