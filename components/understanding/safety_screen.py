"""Recognises danger in a message by patterns or by the classifier. Either one is enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier as RasaIntentClassifier
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.events import SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from components.intents import ALARMING, ASKING_PREFIXES, CRISIS, DANGERS, EMERGENCY, MORE_DETAIL, REACTION
from components.understanding.danger_patterns import EARLIER_MESSAGES, DangerPatterns
from components.understanding.dialogue_acts import Utterance
from components.understanding.gloss import is_rendered
from components.understanding.intent_classifier import SCORES
from components.understanding.languages import SPANISH, is_foreign
from components.understanding.sentence_encoder import LANGUAGE, PARTS
from runtime.shapes import Entity

MIN_CONFIDENCE, MIN_CONFIDENCE_IN_CHECK = 0.5, 0.9  # for a harmless reading; for a reaction reported during the check
MAX_SHORT_WORDS = 12
PATTERN, CLASSIFIER = "pattern", "classifier"  # what an alarm rests on
IN_DOUBT = "in_doubt"  # message property: the alarm that the classifier is not sure of, and its kind
WHOLE_MESSAGE: Entity = {"start": 0, "end": 0, "extractor": "SafetyScreen"}


class Alarm(NamedTuple):
    """An alarm of the classifier: the intent, its kind if a pattern tells it, and by how much its score is in excess."""

    intent: str
    kind: str | None
    margin: float


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class SafetyScreen(RasaIntentClassifier, GraphComponent):
    """Overrides the intent if there is danger, and adds the entities `danger_kind` and `danger_basis`."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Returns the margins by which the score of a danger must exceed half the best harmless score.

        `whole` is for a whole message, `spanish` and `foreign` for one in Spanish or in a third language, and `part` for one
        part of a longer message. `in_check` is for all of them while a question of the check is open, when people name
        illnesses and past reactions. `after_answer` is at least needed for a short message after an answer, which leaves out what
        it is about ("how many do I need"). `surely` is for words that hold a figure of speech or deny a symptom, and for an
        emergency that they only ask about or that is long past. Below `clear`, or `clear_after_answer` for a short message
        after an answer, an alarm is in doubt: a message that asks something as well gets its answer, with a line that names the
        help. Patterns count everywhere, and are never in doubt.
        We chose the margins on held-out voices; see docs/understanding.md.
        """
        return {
            "whole": 0.15,
            "spanish": 0.2,
            "foreign": 0.13,
            "part": 0.4,
            "in_check": 0.38,
            "after_answer": 0.25,
            "surely": 0.7,
            "clear": 0.25,
            "clear_after_answer": 0.45,
        }

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config
        self._patterns = DangerPatterns()

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> SafetyScreen:
        return cls(config)

    def process(self, messages: list[Message], tracker: DialogueStateTracker) -> list[Message]:
        """Sets the intent of each message that reports danger, with confidence 1."""
        for message in messages:
            self._screen(message, tracker.current_slot_values(), earlier_messages(tracker))
        return messages

    def _screen(self, message: Message, slots: Mapping[str, Any], earlier: list[str]) -> None:
        text, open_question = message.get(TEXT) or "", slots.get(REQUESTED_SLOT)
        stated = self._patterns.find(text, earlier)
        yields = bool(stated and self._patterns.yields(stated))
        if stated and stated.intent in ALARMING and not yields:
            report(message, stated.intent, stated.kind, PATTERN)
            return
        # The wording of a reaction may hide an emergency: "fever since the session, and he sees people who aren't here". So may a
        # loss to suicide. But that sounds like a crisis to the classifier, so there the patterns alone decide about a crisis.
        suspected = self._suspected(message, *self._needed(message, slots), leave_out=CRISIS if yields else None)
        if suspected and not stated and self._is_in_doubt(message, suspected, slots):
            message.set(IN_DOUBT, suspected)
            message.set(INTENT, self._best_harmless(message), add_to_output=True)
        elif suspected:
            report(message, suspected.intent, suspected.kind, CLASSIFIER)
        elif stated:
            report(message, stated.intent, stated.kind, PATTERN)
        elif self._is_reaction(message, open_question):
            report(message, REACTION, self._patterns.kind(REACTION, text), CLASSIFIER)
        elif message.get(INTENT)["name"] in DANGERS:
            message.set(INTENT, self._best_harmless(message), add_to_output=True)

    def _is_in_doubt(self, message: Message, alarm: Alarm, slots: Mapping[str, Any]) -> bool:
        """Whether an alarm is so unclear that a question is answered, outside the check and in a language that we speak."""
        language = message.get(LANGUAGE)
        clear = self._config["clear_after_answer" if _follows_briefly(message, slots) else "clear"]
        is_unclear = alarm.margin < clear and is_rendered(language) and not slots.get(REQUESTED_SLOT)
        return is_unclear and not self._is_reaction(message, None)  # a report of a reaction asks nothing

    def _is_reaction(self, message: Message, open_question: str | None) -> bool:
        """Whether the classifier sees a reaction.

        An answer to the open question of the check does not report one, and what is normal in the first days is none.
        """
        intent = message.get(INTENT)
        if any(entity["entity"] == open_question for entity in message.get(ENTITIES, [])):
            return False
        if self._patterns.is_expected(message.get(TEXT) or ""):
            return False
        needed = MIN_CONFIDENCE_IN_CHECK if open_question else MIN_CONFIDENCE
        return bool(intent["name"] == REACTION and intent["confidence"] >= needed)

    def _needed(self, message: Message, slots: Mapping[str, Any]) -> tuple[float, float]:
        """Returns the margins that the whole message and a part of it need."""
        if slots.get(REQUESTED_SLOT):
            return self._config["in_check"], self._config["in_check"]
        whole = self._config[_margin_for(message.get(LANGUAGE))]
        if _follows_briefly(message, slots):
            whole = max(whole, self._config["after_answer"])
        return whole, self._config["part"]

    def _suspected(self, message: Message, whole: float, part: float, leave_out: str | None) -> Alarm | None:
        """Returns the danger that the classifier is sure enough of, in the whole message or in a part of it.

        `whole` and `part` are the margins that it needs. `leave_out` is an intent that does not count.
        """
        texts = [message.get(TEXT) or "", *message.get(PARTS)]
        alarms = [self._most_likely_alarm(scores) for scores in message.get(SCORES)]
        needed_margins = [whole, *[part] * (len(texts) - 1)]
        asked = self._only_asks(texts, [margin for _, margin in alarms])
        suspected: list[Alarm] = []
        for words, (intent, margin), needed in zip(texts, alarms, needed_margins, strict=True):
            if self._patterns.is_harmless(words) or asked and intent == EMERGENCY:
                needed = max(needed, self._config["surely"])
            if intent != leave_out and margin >= needed:
                suspected.append(Alarm(intent, self._patterns.kind(intent, texts[0]), margin))
        return max(suspected, key=lambda alarm: alarm.margin, default=None)

    def _only_asks(self, texts: list[str], margins: list[float]) -> bool:
        """Whether the part of the message that alarms most, or the whole if it has no parts, states nothing about now."""
        parts = list(zip(margins, texts, strict=True))
        _, words = max(parts[1:] or parts)
        return self._patterns.only_asks_or_recalls(words)

    @staticmethod
    def _most_likely_alarm(scores: dict[str, float]) -> tuple[str, float]:
        """Returns the alarm with the highest score, and how far that exceeds half the best harmless score."""
        harmless = max(score for intent, score in scores.items() if intent not in ALARMING)
        alarm = max(ALARMING, key=lambda intent: scores[intent])
        return alarm, scores[alarm] - harmless / 2

    @staticmethod
    def _best_harmless(message: Message) -> dict[str, Any]:
        """Returns the best harmless reading, for a message in which only the classifier suspects danger and is not sure."""
        readings = [reading for reading in message.get("intent_ranking", []) if reading["name"] not in DANGERS]
        best: dict[str, Any] | None = max(readings, key=lambda reading: reading["confidence"], default=None)
        if best and best["confidence"] >= MIN_CONFIDENCE:
            return best
        return {"name": DEFAULT_NLU_FALLBACK_INTENT_NAME, "confidence": 1.0}


def report(message: Message, intent: str, kind: str | None, basis: str) -> None:
    """Sets a danger as the intent of a message, with its kind and what it rests on."""
    message.set(INTENT, {"name": intent, "confidence": 1.0}, add_to_output=True)
    found: list[Entity] = [{"entity": "danger_basis", "value": basis, **WHOLE_MESSAGE}]
    if kind:
        found.append({"entity": "danger_kind", "value": kind, **WHOLE_MESSAGE})
    message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)


def settle_doubt(message: Message, is_told: bool = False) -> None:
    """Raises the alarm that is in doubt, unless the message asks something. Then it only adds the entity `danger_hint`.

    "What's the point" asks for no more than what was said, so it does not count as a question. Nor does a message that only
    tells something (`is_told`), even if it means a question after an answer.
    """
    alarm: Alarm | None = message.get(IN_DOUBT)
    if not alarm:
        return
    asked = message.get(INTENT)["name"]
    if asked.startswith(ASKING_PREFIXES) and asked != MORE_DETAIL and not is_told:
        hint: Entity = {"entity": "danger_hint", "value": DANGERS[alarm.intent], **WHOLE_MESSAGE}
        message.set(ENTITIES, [*message.get(ENTITIES, []), hint], add_to_output=True)
    else:
        report(message, alarm.intent, alarm.kind, CLASSIFIER)


def earlier_messages(tracker: DialogueStateTracker) -> list[str]:
    """Returns the last texts that the visitor typed in this session, oldest first. A pressed button is no text."""
    texts: list[str] = []
    for event in reversed(tracker.events):
        if isinstance(event, SessionStarted) or len(texts) == EARLIER_MESSAGES:
            break
        if isinstance(event, UserUttered) and event.text and not event.text.startswith("/"):
            texts.insert(0, event.text)
    return texts


def _follows_briefly(message: Message, slots: Mapping[str, Any]) -> bool:
    """Whether a short message comes right after an answer."""
    text = message.get(TEXT) or ""
    return len(text.split()) <= MAX_SHORT_WORDS and Utterance(text, "", slots=slots).follows_answer


def _margin_for(language: str | None) -> str:
    """Returns the name of the margin for a message in this language."""
    if language == SPANISH:
        return "spanish"
    return "foreign" if is_foreign(language) else "whole"
