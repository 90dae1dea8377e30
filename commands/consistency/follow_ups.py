"""Checks what follow-ups lead to: each text that the tables name must exist, and each text written for them must be named."""

from __future__ import annotations

from collections.abc import Iterator

from commands.consistency.project import Project

FOLLOW_UPS = "data/understanding/follow_ups.yml"
TREATMENTS = "data/understanding/treatment_details.yml"
TEXTS = "data/responses/follow_ups.yml"
DETAIL_OF_OPTIONS = "utter_ask_treatment_options/"
LEXICON, HEARD = "data/understanding/entities.yml", "components/dialogue/parsed_message.py"
PEOPLE, WHOM = "data/understanding/about_whom.yml", "about_whom"
DANGERS, DANGER_QUESTION = "data/understanding/danger_questions.yml", "danger_question"
DISTRESS, SUBJECT = "distress", "subject"
ANYTHING = "anything"
LAST_ANSWER = "last_answer"  # says the last answer again


def answers(project: Project) -> Iterator[str]:
    """Each text that a table names must exist."""
    for path, where, name in _named(project):
        if f"utter_{name}" not in project.responses and name != LAST_ANSWER:
            yield f"{path} answers {where} with {name}, but data/responses/ has no utter_{name}: write it, or correct this."


def texts(project: Project) -> Iterator[str]:
    """Each text for follow-ups must be named, or nobody ever sees it."""
    named = {f"utter_{name}" for _, _, name in _named(project)}
    for response in project.data(TEXTS)["responses"]:
        if response not in named:
            yield f"{TEXTS} has {response}, which {FOLLOW_UPS} never names: name it there, or take it out."


def keys(project: Project) -> Iterator[str]:
    """What was spoken of, as a key of the table, must be something that can be spoken of."""
    lexicon = project.mentionable
    shortened = project.constant(HEARD, "CONDITIONS")
    conditions = {
        shortened.get(value, value) for entity in project.constant(HEARD, "CONDITION_ENTITIES") for value in lexicon[entity]
    }
    table = project.data(TREATMENTS)
    treatments, spoken_of = set(table["treatments"]), set(table["conditions"])
    pairs = {f"{treatment}_or_exosomes" for treatment in treatments} | {"two_others"}
    answered = {name.removeprefix("utter_") for name in project.responses}
    groups = set(project.data(FOLLOW_UPS)["groups"]["named"])
    known = {*conditions, *groups, *spoken_of, *treatments, *pairs, *answered, *project.intents, ANYTHING}
    for path, where, key in _keys(project):
        if key.removesuffix("/*") not in known:
            yield f"{path} has {key} for {where}, which is no topic, answer, treatment or condition: correct the name."
    details = {name.removeprefix(DETAIL_OF_OPTIONS) for name in project.responses if name.startswith(DETAIL_OF_OPTIONS)}
    for treatment in sorted({*treatments, *table["names"]} - lexicon["prior_treatments"] - details):
        yield f"{TREATMENTS} has {treatment}, which is no treatment in {LEXICON} and has no text of its own: correct the name."
    for name in sorted({name for listed in table["listed"].values() for name in listed} - treatments):
        yield f"{TREATMENTS} lists {name}, which is no treatment there: correct the name."
    for name, group in project.data(FOLLOW_UPS)["groups"]["named"].items():
        for value in group.get("values", []):
            if not any(value in values for values in lexicon.values()):
                yield f"{FOLLOW_UPS} has the value {value} for {name}, which {LEXICON} does not know: correct it."


def slots(project: Project) -> Iterator[str]:
    """The values of the slots that choose the texts about distress, a danger or a subject must be possible."""
    possible = {
        DANGER_QUESTION: {*project.data(DANGERS)["kinds"], "other"},
        WHOM: {*project.data(PEOPLE)["persons"], "self"},
        SUBJECT: {"exosomes", *project.data(TREATMENTS)["treatments"], *project.data(TREATMENTS)["conditions"]},
        DISTRESS: {f"{whose}_{turn}" for whose in ("self", "child", "someone") for turn in ("1", "2", "3")},
    }
    for name, (path, entries) in project.responses.items():
        for condition in (condition for entry in entries for condition in entry.get("condition", [])):
            slot, value = condition["name"], condition["value"]
            if value not in possible.get(slot, {value}):
                yield f"{path}: {name} is for {slot}: {value}, which the slot never holds: correct the value."


def _rows(project: Project) -> Iterator[tuple[str, str, dict[str, str]]]:
    table = project.data(FOLLOW_UPS)
    for part in (table["kinds"], table["groups"]["named"]):
        for kind, row in part.items():
            yield FOLLOW_UPS, kind, row["answers"]
    table = project.data(TREATMENTS)
    for treatment, answered in table["treatments"].items():
        yield TREATMENTS, treatment, answered
    for condition, about in table["conditions"].items():
        yield TREATMENTS, condition, about["answers"]
    yield TREATMENTS, "child", table["child"]


def _named(project: Project) -> Iterator[tuple[str, str, str]]:
    for path, kind, row in _rows(project):
        for key, name in row.items():
            yield path, f"{kind} after {key}", name
    table = project.data(TREATMENTS)
    lists = {
        "unchanged": table["unchanged"],
        "listed": table["listed"],
        **{name: about["texts"] for name, about in table["conditions"].items()},
    }
    yield from ((TREATMENTS, kind, name) for kind, names in lists.items() for name in names)


def _keys(project: Project) -> Iterator[tuple[str, str, str]]:
    for path, kind, row in _rows(project):
        for key in row:
            yield path, kind, key
