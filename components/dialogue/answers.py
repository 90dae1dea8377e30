"""Which responses answer the questions of a message. Plain Python that works on slots.

A topic has a general text, `utter_<topic>`, a longer one, `utter_<topic>_more`, and texts about details of it,
`utter_<topic>/<detail>`. What was said already in the conversation is not said again: the next text on the topic takes its
place, and when none is left, a sentence that says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from components.dialogue.parsed_message import ParsedMessage
from components.dialogue.texts import fitting
from components.dialogue.translations import Variant
from components.intents import MORE_DETAIL, REPEATED_FREELY, TREATMENT_OPTIONS
from components.understanding.detail_choice import SEPARATOR
from components.understanding.dialogue_acts import IN_SHORT, SAID, SAID_AGAIN
from components.understanding.treatment_details import about_treatment, subject_of, target

PREFIX, MORE_SUFFIX = "utter_", "_more"
SAID_BEFORE = "utter_said_before"
# SAID_AGAIN repeats what the last answer says about the next question, if that asks for the same detail. IN_SHORT repeats its
# first sentence.
REPEATS = (SAID_BEFORE, SAID_AGAIN, IN_SHORT)
TOPIC, TOPIC_DETAIL, TOPIC_TREATMENT = "topic", "topic_detail", "topic_treatment"  # slots
MAX_FRESH = 1  # answers; a text about a detail that came before these may be said again
MAX_SAID = 50  # answers that we remember, so that late turns cost no more than early ones

Responses = Mapping[str, Sequence[Variant]]


class Answers(NamedTuple):
    """The responses that answer a message, and the slots that they set."""

    responses: list[str]
    slots: dict[str, Any]


def answers_to(parsed: ParsedMessage, slots: Mapping[str, Any], responses: Responses) -> Answers:
    """Returns the answer to each question of a message. "Tell me more" continues with the last topic."""
    names: list[str] = []
    changed = parsed.asked_about if set(parsed.topics) - {MORE_DETAIL} else {}
    for asked in parsed.topics:
        now = {**slots, **changed}
        if asked == MORE_DETAIL:
            name = _in_short(parsed, now) or _more(now, responses)
        else:
            changed[TOPIC] = now[TOPIC] = asked
            name = _unless_said(response_to(asked, parsed.details, now, responses), now, responses)
        names.append(name)
        changed.update(_said(name, now, responses))
    return Answers(list(dict.fromkeys(names)), changed)


def response_to(topic: str, details: Mapping[str, str], slots: Mapping[str, Any], responses: Responses) -> str:
    """Returns the response that answers a question about `topic`, whether or not it was said before.

    That is the text about the detail that is asked about, or else about the detail that the condition or treatment in the slots
    implies, or else the general text.
    """
    asked = f"{PREFIX}{topic}{SEPARATOR}{details.get(topic)}"
    if asked in responses:
        return asked
    return next(_implied(topic, slots, responses), f"{PREFIX}{topic}")


def response_for(question: str, slots: Mapping[str, Any], responses: Responses) -> str:
    """Returns the response that answers `topic` or `topic/detail` (see `ParsedMessage.questions`)."""
    topic, _, detail = question.partition(SEPARATOR)
    return response_to(topic, {topic: detail}, slots, responses)


def _implied(topic: str, slots: Mapping[str, Any], responses: Responses) -> Iterator[str]:
    beginning = f"{PREFIX}{topic}{SEPARATOR}"
    for name in responses:
        if name.startswith(beginning):
            implied_by = metadata_of(name, responses, "about") or {}
            if implied_by and all(slots.get(slot) == value for slot, value in implied_by.items()):
                yield name


def _in_short(parsed: ParsedMessage, slots: Mapping[str, Any]) -> str | None:
    """Returns the response that says the last answer in one sentence, if the message asks for that."""
    is_asked = f"{PREFIX}{parsed.details.get(MORE_DETAIL)}" == IN_SHORT
    return IN_SHORT if is_asked and last_said(slots) else None


def _more(slots: Mapping[str, Any], responses: Responses) -> str:
    """Returns the next text on the last topic."""
    topic, detail = slots.get(TOPIC), slots.get(TOPIC_DETAIL)
    if not topic:
        return f"{PREFIX}{MORE_DETAIL}"
    last = f"{PREFIX}{topic}{SEPARATOR}{detail}" if detail else f"{PREFIX}{topic}"
    return _next(last, slots, responses)


def has_more(name: str, slots: Mapping[str, Any], responses: Responses) -> bool:
    """Whether "tell me more" right after a response gets the general or the longer text of its topic."""
    if name in REPEATS or name.endswith(MORE_SUFFIX):
        return False
    general = f"{PREFIX}{topic_of(name)}"
    return _next(name, slots, responses) in (general, f"{general}{MORE_SUFFIX}")


def unsaid_followups(slots: Mapping[str, Any], responses: Responses) -> list[str]:
    """Returns what the answers about the last topic offer to ask next, without what was said before."""
    said = slots.get(SAID) or ()
    offers = _offers(str(slots.get(TOPIC)), [], slots, responses)
    return [offer for offer in offers if _key(f"{PREFIX}{offer}", slots, responses) not in said]


def _offers(topic: str, first: Sequence[str], slots: Mapping[str, Any], responses: Responses) -> list[str]:
    """Returns what the texts on a topic offer to ask next: those in `first`, the general ones, and the details said before."""
    general = f"{PREFIX}{topic}"
    said = [key.split()[0] for key in slots.get(SAID) or ()]
    details = [name for name in said if name.startswith(f"{general}{SEPARATOR}")]
    names = [*first, general, f"{general}{MORE_SUFFIX}", *details]
    return list(dict.fromkeys(offer for name in names for offer in followups(name, responses)))


def _unless_said(name: str, slots: Mapping[str, Any], responses: Responses) -> str:
    """Returns `name`, or the next text on its topic if that one was said before.

    A text about a detail may be said again, unless it was the last answer. If the question is about another treatment, the
    general texts of the topic do not answer it.
    """
    said, key = slots.get(SAID) or (), _key(name, slots, responses)
    may_come_again = bool(detail_of(name)) and key not in said[-MAX_FRESH:]
    if key not in said or may_come_again or topic_of(name) in REPEATED_FREELY:
        return name
    # The last answer has what this question asks for, so we repeat that part: "how far apart" is in the text about the sessions.
    if detail_of(name) and key in said[-MAX_FRESH:]:
        return SAID_AGAIN
    return _next_about_treatment(name, slots, responses) or _next(name, slots, responses)


def _next_about_treatment(name: str, slots: Mapping[str, Any], responses: Responses) -> str | None:
    """Returns what follows a text about another treatment: the main text about it, or nothing. For any other text: None."""
    treatment = subject_of(target(question_of(name))) or _treatment_of_variant(name, slots, responses)
    if not treatment:
        return None
    about = about_treatment(treatment, TREATMENT_OPTIONS)
    main = f"{PREFIX}{about.name}" if about else ""
    is_new = main in responses and _key(main, slots, responses) not in (slots.get(SAID) or ())
    following = _next(name, slots, responses)
    return main if is_new else following if detail_of(following) else SAID_BEFORE


def _treatment_of_variant(name: str, slots: Mapping[str, Any], responses: Responses) -> str | None:
    """Returns the treatment in the slots if a response, or its variant for these slots, is for that one."""
    variants = fitting(responses.get(name, ()), slots)
    conditions = [condition["name"] for variant in variants for condition in variant.get("condition", ())]
    is_for_treatment = TOPIC_TREATMENT in conditions or TOPIC_TREATMENT in (metadata_of(name, responses, "about") or {})
    return slots.get(TOPIC_TREATMENT) if is_for_treatment else None


def _next(last: str, slots: Mapping[str, Any], responses: Responses) -> str:
    """Returns the first text on the topic of `last` that was not said: the general one, the longer one, then details."""
    general = f"{PREFIX}{topic_of(last)}"
    more = f"{general}{MORE_SUFFIX}"
    offered = (f"{PREFIX}{offer}" for offer in _offers(topic_of(last), [last], slots, responses))
    on_topic = [general, more, *(name for name in offered if name.startswith(f"{general}{SEPARATOR}"))]
    said = {*(slots.get(SAID) or ()), _key(last, slots, responses)}
    unsaid = (name for name in on_topic if name in responses and _key(name, slots, responses) not in said)
    return next(unsaid, SAID_BEFORE)


def _said(name: str, slots: Mapping[str, Any], responses: Responses) -> dict[str, Any]:
    """Returns the slots that remember that a response was said."""
    if topic_of(name) != slots.get(TOPIC):
        return {}  # it answers no question
    key = _key(name, slots, responses)
    said = [*(earlier for earlier in slots.get(SAID) or () if earlier != key), key]
    return {SAID: said[-MAX_SAID:], TOPIC_DETAIL: detail_of(name)}


def _key(name: str, slots: Mapping[str, Any], responses: Responses) -> str:
    """Returns the name of a response, with the values that chose its variant: another variant is another text."""
    variants = fitting(responses.get(name, ()), slots)
    conditions = variants[0].get("condition") or () if variants else ()
    return " ".join([name, *(str(condition["value"]) for condition in conditions)])


def last_said(slots: Mapping[str, Any]) -> str | None:
    """Returns the response that was the last answer."""
    said = slots.get(SAID) or ()
    return said[-1].split()[0] if said else None


def titled(name: str) -> str:
    """Returns the response whose title is the heading over `name`."""
    return name if detail_of(name) else name.removesuffix(MORE_SUFFIX)


def topic_of(name: str) -> str:
    """Returns the topic of a response, as an intent."""
    return name.removeprefix(PREFIX).partition(SEPARATOR)[0].removesuffix(MORE_SUFFIX)


def question_of(name: str) -> str:
    """Returns what a response answers, as `topic` or `topic/detail`."""
    return SEPARATOR.join(filter(None, (topic_of(name), detail_of(name))))


def detail_of(name: str) -> str | None:
    """Returns the detail that a response is about, or None."""
    return name.partition(SEPARATOR)[2] or None


def followups(name: str, responses: Responses) -> list[str]:
    """Returns what a response offers to ask next: topics, or `topic/detail`."""
    return list(metadata_of(name, responses, "followups") or ())


def metadata_of(name: str, responses: Responses, field: str) -> Any:
    """Returns a field of a response's metadata, from the first variant that has it, or None."""
    return next((variant["metadata"][field] for variant in responses.get(name, ()) if field in variant.get("metadata", {})), None)
