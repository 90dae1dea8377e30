"""Builds the message for a response: text, sources, metadata and buttons. Plain Python that works on slots."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from actions.questionnaire import CONSENT, LISTS, PATIENT, QUESTIONS, READBACK, REQUESTED_SLOT, VALUES, progress
from components.dialogue import assessment
from components.dialogue.answers import (
    PREFIX,
    REPEATS,
    detail_of,
    has_more,
    last_said,
    titled,
    topic_of,
    unsaid_followups,
)
from components.dialogue.callback_offer import may_be_called_back
from components.dialogue.check import ASK_PREFIX, CHANGE, OPENING
from components.dialogue.check_words import check_words, lines_read_back
from components.dialogue.clinic_answers import ADDITIONS, OPEN_NOW, links
from components.dialogue.danger import FALSE_ALARM, is_retractable
from components.dialogue.dates import with_date_if_due, without_date
from components.dialogue.facts import cite
from components.dialogue.parsed_message import DETAIL
from components.dialogue.patient import PATIENTS
from components.dialogue.several_answers import answers_in_turn, followups_of_all, in_short, part_about, shortened
from components.dialogue.texts import Texts
from components.dialogue.translations import Variant
from components.dialogue.turn_plan import ALARM_TAKEN_BACK, CHECK_ELSEWHERE, REFERRAL, SHORT_REFERRAL
from components.intents import AFFIRM, DENY, GO_BACK, INFORM, MORE_DETAIL
from components.understanding.detail_choice import SEPARATOR
from components.understanding.dialogue_acts import IN_SHORT, SAID_AGAIN
from runtime.shapes import Button, Message, Metadata

MAX_SUGGESTIONS = 3  # topics that we suggest if we do not understand a message
MAX_BUTTONS = 4  # under an answer
LAST_ANSWER = "last_answer"  # placeholder in SAID_AGAIN and IN_SHORT
LAST_TITLE = "last_title"  # placeholder in NOT_EXACTLY


@dataclass(frozen=True)
class ResponseRequest:
    """A response to turn into a message.

    Attributes:
        name: its name in `data/responses/`.
        texts: the clinic's texts.
        slots: all slots.
        likely: the likely intents of the visitor's message, most likely first.
        moment: when we reply, for whether the clinic is open.
    """

    name: str
    texts: Texts
    slots: Mapping[str, Any]
    likely: Sequence[str] = ()
    moment: datetime = field(default_factory=lambda: datetime.now(timezone.utc))


def with_danger(stored: Message) -> Message:
    """Returns a stored message with `danger` in its metadata, which version 0.1 did not store."""
    metadata = stored.get("metadata", {})
    is_urgent_result = metadata.get("outcome") == "urgent_care"
    if "danger" in metadata or not is_urgent_result and metadata.get("kind") not in ("emergency", "crisis"):
        return stored
    is_reminder = is_urgent_result or metadata.get("topic", "").startswith("danger_reminder")
    return {**stored, "metadata": {**metadata, "danger": "reminder" if is_reminder else "report"}}


def message(request: ResponseRequest) -> Message | None:
    """Returns the message, or None if there is no such response."""
    made = _message(request) if request.name in request.texts else None
    if made:
        made["metadata"]["language"] = request.texts.language_of(request.name, request.slots)
    return made


def _message(request: ResponseRequest) -> Message:
    if request.name == assessment.RESPONSE:
        return assessment.assessment(request.texts, request.slots)
    variant = request.texts.variant(request.name, request.slots)
    metadata = _metadata(request, variant)
    made: Message = {"text": _text(request, variant), "metadata": metadata}
    buttons = _buttons(request, variant, metadata)
    if buttons:
        made["buttons"] = buttons
    return made


def _text(request: ResponseRequest, variant: Variant) -> str:
    texts, slots = request.texts, request.slots
    text = with_date_if_due(variant["text"], request.name, variant.get("metadata", {}).get("dated", False), slots)
    heading = _heading(request)
    if heading:
        text = shortened(request.name, text)
    text = texts.fill(text, _words(request, text))
    if request.name == ASK_PREFIX + READBACK:
        text = "\n".join([text, *lines_read_back(texts, slots)])
    given, addition = ADDITIONS.get(request.name, ("", ""))
    if addition and texts.words[given]:
        text += f"\n{texts.text(addition)}"
    return f"{heading}\n{text}" if heading else text


def _words(request: ResponseRequest, text: str) -> Mapping[str, str]:
    """Returns the words for placeholders that stand for something in this conversation, or for the moment."""
    if f"{{{LAST_ANSWER}}}" in text:
        last = without_date(_last_answer(request)["text"])
        said = in_short(last) if request.name == IN_SHORT else part_about(next(iter(request.likely), None), last)
        return {LAST_ANSWER: request.texts.fill(said)}
    if f"{{{LAST_TITLE}}}" in text:
        return {LAST_TITLE: _title(request.texts, titled(str(last_said(request.slots))))}
    if f"{{{OPEN_NOW}}}" in text:
        return {OPEN_NOW: request.texts.open_now(request.moment)}
    return check_words(text, request.texts, request.slots)


def _last_answer(request: ResponseRequest) -> Variant:
    return request.texts.variant(str(last_said(request.slots)), request.slots)


def _heading(request: ResponseRequest) -> str | None:
    """Returns the heading over an answer, or None if it is the only one in its turn."""
    is_one_of_several = answers_in_turn(request.name, request.slots, request.texts.responses)
    return _title(request.texts, titled(request.name)) if is_one_of_several else None


def _metadata(request: ResponseRequest, variant: Variant) -> Metadata:
    known = variant.get("metadata", {})
    rests_on = _last_answer(request).get("metadata", {}) if request.name in (SAID_AGAIN, IN_SHORT) else known
    metadata: Metadata = {"kind": known.get("kind", "answer"), "sources": cite(rests_on.get("facts", []))}
    if "danger" in known:
        metadata["danger"] = known["danger"]
    if "danger" in known or metadata["kind"] == "answer":
        metadata.update(_subject(request))
    if metadata["kind"] == "question":
        metadata.update(_question(request))
    if known.get("callback") and may_be_called_back(request.texts.clinic, request.slots):
        metadata["callback"] = True
    return metadata


def _subject(request: ResponseRequest) -> Metadata:
    """Returns the topic of an answer, and its detail and heading if it has them."""
    subject: Metadata = {"topic": topic_of(request.name)}
    detail, heading = detail_of(request.name), _heading(request)
    if detail:
        subject["detail"] = detail
    if heading:
        subject["heading"] = heading
    return subject


def _question(request: ResponseRequest) -> Metadata:
    """Returns which question of the check this is, its number, and whether visitors may pick several answers."""
    slot = CONSENT if request.name == OPENING else request.name.removeprefix(ASK_PREFIX)
    step, steps = progress(request.slots, slot)
    if slot == READBACK:
        return {"slot": slot, "step": steps, "steps": steps, "answers": assessment.answers_noted(request.texts, request.slots)}
    if slot in (CONSENT, PATIENT):
        return {"slot": slot, "step": step, "steps": steps}
    return {"slot": slot, "select": "many" if slot in LISTS else "one", "step": step, "steps": steps}


def _buttons(request: ResponseRequest, variant: Variant, metadata: Metadata) -> list[Button]:
    kind = metadata["kind"]
    if "danger" in metadata:
        return _take_back(request)
    if variant.get("buttons"):
        return variant["buttons"]
    if kind == "question":
        return _answers(request)
    if request.name in (REFERRAL, SHORT_REFERRAL):
        if request.slots.get("danger"):
            return []  # we don't ask visitors who reported danger to book a visit
        return _links(request.texts, ["booking"]) or _links(request.texts, ["finder"])
    if request.name == CHECK_ELSEWHERE:
        return _chat_page(request.texts)
    if kind == "fallback":
        return _topics(request.texts, _suggestions(request))
    if request.slots.get(REQUESTED_SLOT):
        return []  # while the check is running, only the open question has buttons, and those that undo something
    found = _links(request.texts, variant.get("metadata", {}).get("links", []))
    return (found + _more(request) + _topics(request.texts, _followups(request, variant)))[:MAX_BUTTONS]


def _followups(request: ResponseRequest, variant: Variant) -> list[str]:
    """Returns what to ask next. Of several answers, the last one has the buttons for all."""
    responses = request.texts.responses
    if request.name in REPEATS:
        return unsaid_followups(request.slots, responses)
    answers = answers_in_turn(request.name, request.slots, responses)
    if answers:
        return followups_of_all(answers, responses) if request.name == answers[-1] else []
    return list(variant.get("metadata", {}).get("followups", []))


def _answers(request: ResponseRequest) -> list[Button]:
    """Returns a button for each answer to a question of the check."""
    slot = request.name.removeprefix(ASK_PREFIX)
    if slot == READBACK:
        return _readback(request)
    if slot == PATIENT:
        return [
            {"title": _title(request.texts, f"utter_patient_{patient}"), "payload": _command(INFORM, PATIENT, patient)}
            for patient in PATIENTS
        ]
    titles = request.texts.wording.titles(slot)
    return [{"title": titles[value], "payload": _command(INFORM, slot, value)} for value in VALUES[slot]]


def _readback(request: ResponseRequest) -> list[Button]:
    """Returns the buttons that agree, or change one answer."""
    agree: Button = {"title": _title(request.texts, request.name), "payload": f"/{AFFIRM}"}
    title = request.texts.text("utter_check_change_button")
    answered = [answer for answer in assessment.answers_noted(request.texts, request.slots) if answer["slot"] in QUESTIONS]
    changes: list[Button] = [
        {
            "title": request.texts.fill(title, {"label": answer["label"]}),
            "payload": _command(GO_BACK, CHANGE, answer["slot"]),
        }
        for answer in answered
    ]
    return [agree, *changes]


def _command(intent: str, entity: str, value: str) -> str:
    return f"/{intent}" + json.dumps({entity: value})


def _take_back(request: ResponseRequest) -> list[Button]:
    """Returns the button that takes an alarm back, if the visitor may do that."""
    if not is_retractable(request.slots):
        return []
    payload = f"/{DENY}" + json.dumps({"danger_kind": FALSE_ALARM})
    return [{"title": _title(request.texts, ALARM_TAKEN_BACK, request.slots), "payload": payload}]


def _links(texts: Texts, names: Sequence[str]) -> list[Button]:
    return [{"title": _title(texts, title), "url": url} for title, url in links(names, texts.words)]


def _chat_page(texts: Texts) -> list[Button]:
    return [{"title": _title(texts, CHECK_ELSEWHERE), "url": texts.clinic.chat_page}] if texts.clinic.chat_page else []


def _more(request: ResponseRequest) -> list[Button]:
    responses = request.texts.responses
    answers = answers_in_turn(request.name, request.slots, responses) or [request.name]
    if request.name != answers[-1] or not has_more(request.name, request.slots, responses):
        return []
    return _topics(request.texts, [MORE_DETAIL])


def _suggestions(request: ResponseRequest) -> list[str]:
    """Returns the closest topics to a message that we did not understand."""
    topics = (intent for intent in request.likely if intent != MORE_DETAIL)
    return [topic for topic in topics if request.texts.title(f"{PREFIX}{topic}")][:MAX_SUGGESTIONS]


def _topics(texts: Texts, questions: Iterable[str]) -> list[Button]:
    """Returns a button for each topic, or `topic/detail`."""
    return [{"title": _title(texts, f"{PREFIX}{question}"), "payload": _payload(question)} for question in questions]


def _payload(question: str) -> str:
    topic, _, detail = question.partition(SEPARATOR)
    return f"/{topic}" + (json.dumps({DETAIL: detail}) if detail else "")


def _title(texts: Texts, name: str, slots: Mapping[str, Any] = {}) -> str:
    """Returns the title of a response.

    Raises:
        KeyError: the response has no title.
    """
    title = texts.title(name, slots)
    if title is None:
        raise KeyError(f"{name} has no title in data/responses/.")
    return title
