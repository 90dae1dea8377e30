"""Recognises danger in a message, by patterns as well as by the classifier: either is enough."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional, Pattern

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

from components.intent_classifier import PART_INTENTS
from components.mentions import UNDERSTANDING
from components.sentence_encoder import PARTS

PATTERNS = UNDERSTANDING / "danger.yml"
CRISIS = "express_self_harm"
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
        self._alarms: Dict[str, Dict[str, Optional[Pattern[str]]]] = {}
        self._words: Dict[str, Dict[str, Optional[Pattern[str]]]] = {}
        for intent, kinds in content["intents"].items():
            self._alarms[intent] = {kind: self._any(kind, parts["alarm"]) for kind, parts in kinds.items()}
            self._words[intent] = {kind: self._any(kind, parts["words"]) for kind, parts in kinds.items()}

    @staticmethod
    def _any(kind: str, patterns: List[str]) -> Optional[Pattern[str]]:
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

    def find(self, text: str) -> Optional[Danger]:
        """Returns the gravest danger that `text` states, or None. The whole text is read."""
        plain = self._denied.sub(" ", self._figurative.sub(" ", self.plain(text)))
        # A crisis counts in whatever form it is put; the other reports must be statements.
        stated = " . ".join(part for part in SENTENCE_END.split(plain) if not self._hypothetical.search(part))
        for intent, kinds in self._alarms.items():
            for kind, pattern in kinds.items():
                if pattern and pattern.search(plain if intent == CRISIS else stated):
                    return Danger(intent, kind)
        return None

    def kind(self, intent: str, text: str) -> Optional[str]:
        """Returns which kind of `intent` the words of `text` point to, or None for the general reply."""
        plain = self.plain(text)
        return next((kind for kind, pattern in self._words[intent].items() if pattern and pattern.search(plain)), None)

    @property
    def intents(self) -> List[str]:
        """The intents that report danger, gravest first."""
        return list(self._alarms)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class SafetyScreen(RasaIntentClassifier, GraphComponent):
    """Overrules the intent where there is danger, and adds the entity `danger_kind`."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """Returns the defaults.

        suspicion: the confidence that the classifier must have in a danger; in_check: the same while a question of the check
        stands open, where people name illnesses and past reactions; in_passing: the same for one part of a longer message;
        lead: by how much (in log-odds) the danger must stand before every harmless reading. Patterns count everywhere. Chosen
        on training voices left out, see docs/understanding.md.
        """
        return {"suspicion": 0.5, "in_check": 0.9, "in_passing": 0.9, "lead": 0.4}

    def __init__(self, config: Dict[str, Any]) -> None:
        self._config = config
        self._patterns = DangerPatterns()

    @classmethod
    def create(
        cls, config: Dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> SafetyScreen:
        """Makes the component."""
        return cls(config)

    def process(self, messages: List[Message], tracker: DialogueStateTracker) -> List[Message]:
        """Sets the intent of a message that reports danger, with confidence 1."""
        for message in messages:
            text = message.get(TEXT) or ""
            found = self._patterns.find(text)
            intent = found.intent if found else self._suspected(message, text, tracker.get_slot(REQUESTED_SLOT))
            if intent:
                self._report(message, intent, found.kind if found else self._patterns.kind(intent, text))
            elif message.get(INTENT, {}).get("name") in self._patterns.intents:
                message.set(INTENT, self._harmless(message), add_to_output=True)
        return messages

    def _suspected(self, message: Message, text: str, question: Optional[str]) -> Optional[str]:
        found = {entity["entity"] for entity in message.get(ENTITIES, [])}
        # The classifier knows English only, and an answer to the open question is an answer: "54. hair quit on me at 45".
        if "language" in found or question in found:
            return None
        in_passing = self._said_in_passing(message)
        if self._patterns.harmless(text):
            return in_passing
        chance = {entry["name"]: entry["confidence"] for entry in message.get("intent_ranking", [])}
        harmless = max((chance[name] for name in chance if name not in self._patterns.intents), default=0.0)
        least = self._config["in_check" if question else "suspicion"]
        intent = max(self._patterns.intents, key=lambda name: chance.get(name, 0.0))
        confidence = chance.get(intent, 0.0)
        if confidence >= least and _log_odds(confidence) - _log_odds(harmless) >= self._config["lead"]:
            return intent
        return None if question else in_passing

    def _harmless(self, message: Message) -> Dict[str, Any]:
        """Returns the best reading that is no danger, for a message in which the classifier alone, and not surely, saw one."""
        readings = [one for one in message.get("intent_ranking", []) if one["name"] not in self._patterns.intents]
        best = max(readings, key=lambda one: one["confidence"], default=None)
        sure = best and best["confidence"] >= self._config["suspicion"]
        return best if sure else {"name": DEFAULT_NLU_FALLBACK_INTENT_NAME, "confidence": 1.0}

    def _said_in_passing(self, message: Message) -> Optional[str]:
        """Returns the danger that one part of a longer message clearly reports, in the middle of other talk."""
        parts = zip(message.get(PARTS) or [], message.get(PART_INTENTS) or [], strict=True)
        said = {
            intent
            for part, (intent, confidence) in parts
            if confidence >= self._config["in_passing"] and not self._patterns.harmless(part)
        }
        return next((intent for intent in self._patterns.intents if intent in said), None)

    @staticmethod
    def _report(message: Message, intent: str, kind: Optional[str]) -> None:
        message.set(INTENT, {"name": intent, "confidence": 1.0}, add_to_output=True)
        if kind:
            entity = {"entity": "danger_kind", "value": kind, "start": 0, "end": 0, "extractor": "SafetyScreen"}
            message.set(ENTITIES, message.get(ENTITIES, []) + [entity], add_to_output=True)


def _log_odds(chance: float) -> float:
    chance = min(max(chance, 1e-6), 1 - 1e-6)
    return math.log(chance / (1 - chance))
