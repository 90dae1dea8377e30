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
from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from components.intent_classifier import PART_INTENTS

PATTERNS = Path(__file__).parent.parent / "data" / "understanding" / "danger.yml"
CRISIS = "express_self_harm"
# Sentences end at a stop, not at a comma: "i can't breathe, my lips are swelling" is one report.
SENTENCE_END = re.compile(r"[.!?;\n]+")
ZERO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
STRETCHED = re.compile(r"(\w)\1{2,}")


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

    def figurative(self, text: str) -> bool:
        """Tells whether `text` holds a figure of speech that only sounds like danger."""
        return bool(self._figurative.search(self.plain(text)))

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
        return {"suspicion": 0.5, "in_check": 0.75, "in_passing": 0.9, "lead": 0.5}

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
            intent = found.intent if found else self._suspected(message, text, bool(tracker.get_slot(REQUESTED_SLOT)))
            if intent:
                self._report(message, intent, found.kind if found else self._patterns.kind(intent, text))
        return messages

    def _suspected(self, message: Message, text: str, in_check: bool) -> Optional[str]:
        if self._patterns.figurative(text):
            return None
        chance = {entry["name"]: entry["confidence"] for entry in message.get("intent_ranking", [])}
        harmless = max((chance[name] for name in chance if name not in self._patterns.intents), default=0.0)
        least = self._config["in_check" if in_check else "suspicion"]
        intent = max(self._patterns.intents, key=lambda name: chance.get(name, 0.0))
        confidence = chance.get(intent, 0.0)
        if confidence >= least and _log_odds(confidence) - _log_odds(harmless) >= self._config["lead"]:
            return intent
        # What is said in passing, in the middle of other talk, counts as well.
        said = {intent for intent, confidence in message.get(PART_INTENTS, []) if confidence >= self._config["in_passing"]}
        return None if in_check else next((intent for intent in self._patterns.intents if intent in said), None)

    @staticmethod
    def _report(message: Message, intent: str, kind: Optional[str]) -> None:
        message.set(INTENT, {"name": intent, "confidence": 1.0}, add_to_output=True)
        if kind:
            entity = {"entity": "danger_kind", "value": kind, "start": 0, "end": 0, "extractor": "SafetyScreen"}
            message.set(ENTITIES, message.get(ENTITIES, []) + [entity], add_to_output=True)


def _log_odds(chance: float) -> float:
    chance = min(max(chance, 1e-6), 1 - 1e-6)
    return math.log(chance / (1 - chance))
