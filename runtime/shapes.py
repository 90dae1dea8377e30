"""The data types that all parts share. docs/openapi.yml describes the same messages for clients of the HTTP API."""

from __future__ import annotations

from typing import TypedDict


class Entity(TypedDict, total=False):
    """One thing that a message mentions, in Rasa's format.

    `start` and `end` are character offsets in the text. An entity without a `role` is a statement. The role `denied` means that
    it does not apply; `asked` means that a question is about it. `concept`, `holder` and `status` are as in `Mention`.
    """

    entity: str
    value: str
    start: int
    end: int
    role: str
    extractor: str
    concept: str
    holder: str
    status: str


class Button(TypedDict, total=False):
    """A button: an answer has a `payload`, a link has a `url`, which starts with `https://` or `tel:`."""

    title: str
    payload: str
    url: str


class Source(TypedDict):
    """The source of an answer."""

    title: str
    url: str | None


class Answer(TypedDict):
    """One answer to the check, as shown in the result."""

    slot: str
    label: str
    answer: str
    values: list[str]  # as in data/check.yml, or the years that were typed


class Reason(TypedDict):
    """One rule of the check that applied, in words."""

    name: str
    text: str
    sources: list[Source]


class Metadata(TypedDict, total=False):
    """What a message is about. `kind` and `sources` are always present, the rest only where they apply."""

    kind: str  # answer, referral, question, assessment, emergency, crisis, smalltalk, fallback or notice
    sources: list[Source]
    language: str  # the code of the language of the text
    topic: str  # the intent that was answered
    detail: str  # the detail of the topic that the answer is about
    heading: str  # the first line of the text, if the turn has several answers
    danger: str  # report: the answer to danger that was just reported; reminder: a reminder of danger reported earlier
    slot: str  # the open question
    step: int
    steps: int
    select: str  # one or many
    outcome: str
    of: str  # whom the result is about: self, child, partner, parent or someone_else
    headline: str
    next_step: str
    answers: list[Answer]
    reasons: list[Reason]  # most cautious first
    callback: bool  # whether the widget offers its form for being called back; absent if not
    options: str
    questions: list[str]
    status: str


class Message(TypedDict, total=False):
    """One message from the assistant. `recipient_id` is added when it is sent."""

    recipient_id: str
    text: str
    buttons: list[Button]
    metadata: Metadata
