"""The shapes that everything passes on. docs/openapi.yml describes the same messages for those who call us over HTTP."""

from __future__ import annotations

from typing import TypedDict


class Entity(TypedDict, total=False):
    """One thing that a message says, as Rasa keeps it.

    `start` and `end` are places in the text, in characters. Without a `role` it is said of the visitor; `denied` is what
    does not apply, `asked` what a question is about.
    """

    entity: str
    value: str
    start: int
    end: int
    role: str
    extractor: str


class Button(TypedDict, total=False):
    """Something to press: an answer has a `payload`, a link has a `url`."""

    title: str
    payload: str
    url: str


class Source(TypedDict):
    """Where an answer comes from."""

    title: str
    url: str | None


class Answer(TypedDict):
    """An answer of the check as its result shows it."""

    slot: str
    label: str
    answer: str


class Reason(TypedDict):
    """A rule of the check that applied, in words."""

    name: str
    text: str
    sources: list[Source]


class Metadata(TypedDict, total=False):
    """What a message is about. `kind` and `sources` are always there, the rest where it applies."""

    kind: str  # answer, referral, question, assessment, emergency, crisis, smalltalk, fallback or notice
    sources: list[Source]
    topic: str  # the intent that was answered
    danger: str  # report: it answers danger that was just reported; reminder: it comes back to danger reported before
    slot: str  # the question that is open
    step: int
    steps: int
    select: str  # one or many
    outcome: str
    headline: str
    answers: list[Answer]
    reasons: list[Reason]
    options: str
    questions: list[str]
    status: str


class Message(TypedDict, total=False):
    """One message of the assistant. `recipient_id` is who it is for, once it is on its way."""

    recipient_id: str
    text: str
    buttons: list[Button]
    metadata: Metadata
