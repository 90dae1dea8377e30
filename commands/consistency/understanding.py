"""Checks the data for understanding: every possible answer has phrases, and no phrases lead to an unknown value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from commands.consistency.intents import ALL_ANSWERS, ANSWERS
from commands.consistency.project import CONCEPTS, LEXICON, Project

CHECK, GROUPS = "data/check.yml", "components/intents.py"
SIGNS = "components/understanding/danger_signs.py"
HEARD = "components/dialogue/parsed_message.py"
WHOM = "components/understanding/about_whom.py"
SEPARATOR = " + "  # between the values of one reading
READER = "components/understanding/answer_choice.py"
# The bare replies besides `not_sure` and `declined`.
YES, NO, REPLY = "yes", "no", "reply"
# A treatment that the check does not offer counts as "other" there. Its name selects the variant of a reply.
TREATMENTS, TREATMENT_TOPIC = "prior_treatments", "topic_treatment"
# Entities whose values only select the variant of a reply.
TOPIC_ENTITIES, TOPIC = ("group",), "topic_condition"
CAN_WAIT, DIALOGUE = "soon", "components/dialogue/danger.py"  # the urgency of a reaction that raises no alarm
# Entities without phrases in the lexicon.
FROM_CODE = {"age", "danger_kind", "danger_basis", "danger_hint", "language", "detail", "other_use"}
FROM_CODE |= {"concept", "unread", "change", "patient"}
ENTITY_IN_CODE = (r'"entity": "(\w+)"', r'_of_the_whole\(\w+, "(\w+)"', r'\bMention\(\s*"(\w+)"', r'\.first\("(\w+)"')


def recognised(project: Project) -> Iterator[str]:
    """Each possible answer needs phrases in the lexicon, or answers that the reader learns from."""
    mentionable, read = project.mentionable, _readings(project)
    replies = mentionable[REPLY]
    for slot, item in project.answers.items():
        bands = set(item.get("counts_as", {}))  # components/understanding/ages.py reads the number that somebody types
        known = mentionable.get(slot, set()) | read.get(slot, set()) | replies | bands
        if NO in replies:
            known.add(project.none)
        for value in item["values"]:
            if value not in known:
                yield (
                    f"{CHECK} offers {slot}: {value}, but nothing recognises it when a visitor types it: "
                    f"add phrases to {LEXICON} or answers to {ANSWERS}."
                )


def lexicon(project: Project) -> Iterator[str]:
    """Each value in the lexicon must be used somewhere."""
    for entity, values in project.data(LEXICON)["phrases"].items():
        known = known_values(project, entity)
        if known is None:
            yield f"{LEXICON} has phrases for {entity}, which is neither in {CHECK} nor used elsewhere: correct the name."
            continue
        for value, phrases in values.items():
            if value not in known:
                yield f"{LEXICON} has phrases for {entity}: {value}, which {CHECK} does not know: add it there, or rename it."
            if not phrases:
                yield f"{LEXICON} has no phrases for {entity}: {value}: write some, or take it out."


def known_values(project: Project, entity: str) -> set[str] | None:
    """Returns the values that an entity may have, or None if there is no such entity."""
    if entity == REPLY:
        return {YES, NO, *project.unknown}
    if entity in TOPIC_ENTITIES:
        return _chosen_by(project, TOPIC)
    if entity not in project.answers:
        return None
    extra = _chosen_by(project, TREATMENT_TOPIC) if entity == TREATMENTS else set()
    return set(project.answers[entity]["values"]) | extra


def _chosen_by(project: Project, slot: str) -> set[str]:
    """Returns the values of `slot` for which a reply has a variant, or which say what a detail is about."""
    entries = [entry for _, entries in project.responses.values() for entry in entries]
    conditions = {
        condition["value"] for entry in entries for condition in entry.get("condition", []) if condition["name"] == slot
    }
    about = [entry.get("metadata", {}).get("about", {}).get(slot, []) for entry in entries]
    return conditions.union(*([value] if isinstance(value, str) else value for value in about))


def answers(project: Project) -> Iterator[str]:
    """Each reading in data/nlu/answers.yml must be a possible answer to its question."""
    empty, stated = project.constant(READER, "EMPTY"), project.constant(READER, "STATED")
    read = _readings(project)
    for slot, values in read.items():
        if slot in project.asked_besides:
            known = {YES, NO, empty}
        elif slot in project.questions:
            known = {*project.questions[slot]["values"], empty, *([stated] if slot == "age" else [])}
        else:
            yield f"{ANSWERS} has answers for the slot {slot}, which is no question of {CHECK}: correct the slot."
            continue
        for value in sorted(values - known):
            yield f"{ANSWERS} reads {slot}: {value}, which {CHECK} does not know: add it there, or correct the reading."
    for slot in project.questions:
        if slot not in read:
            yield f"{ANSWERS} has no answers to {slot}: write some, because otherwise only the lexicon reads it."


def several_readings(project: Project) -> Iterator[str]:
    """Only questions that take several answers may have readings with several values."""
    examples = list(_labelled(project))
    for slot, question in project.questions.items():
        several = [
            example["text"]
            for example in examples
            if example["metadata"]["slot"] == slot and SEPARATOR in example["metadata"]["reading"]
        ]
        if several and question.get("select") != "many":
            yield f'{ANSWERS} reads several values from "{several[0]}", but {slot} takes one answer: choose one of them.'


def _readings(project: Project) -> dict[str, set[str]]:
    """Returns the readings of the answers to each question."""
    read: dict[str, set[str]] = {}
    for example in _labelled(project):
        label = example["metadata"]
        read.setdefault(label["slot"], set()).update(label["reading"].split(SEPARATOR))
    return read


def _labelled(project: Project) -> Iterator[dict[str, Any]]:
    """Yields the labelled answers in every language."""
    for path in project.paths(ALL_ANSWERS):
        for block in project.data(path)["nlu"]:
            yield from block["examples"]


def danger_intents(project: Project) -> Iterator[str]:
    """Each danger must have a file of signs, and each kind of a reaction an urgency, the most urgent kinds first."""
    dangers = project.constant(GROUPS, "DANGERS")
    for intent, (path, _) in project.dangers.items():
        if intent not in dangers:
            yield f"{path} has signs for {intent}, which is not in DANGERS of {GROUPS}: correct the name."
    for intent in dangers:
        if intent not in project.dangers:
            yield f"DANGERS of {GROUPS} has {intent}, but data/understanding/danger/{intent}.yml is missing: write its signs."
    yield from _urgencies(project)
    yield from _order_of_urgencies(project)


def _urgencies(project: Project) -> Iterator[str]:
    known = project.constant(SIGNS, "URGENCIES")
    reaction, calm = project.constant(GROUPS, "REACTION"), project.constant(DIALOGUE, "CALM_KINDS")
    for intent, (path, kinds) in project.dangers.items():
        for kind, content in kinds.items():
            urgency = content.get("urgency")
            if intent == reaction and urgency not in known:
                yield f"{path} has the urgency {urgency} for {kind}: choose one of {', '.join(known)}."
            if intent != reaction and urgency:
                yield f"{path} has an urgency for {kind}, but only a reaction has one: take it out."
            if intent == reaction and (urgency == CAN_WAIT) != (kind in calm):
                yield f"{path} has the urgency {urgency} for {kind}, but CALM_KINDS of {DIALOGUE} disagrees: make them agree."


def _order_of_urgencies(project: Project) -> Iterator[str]:
    """The first kind that matches wins, so one that can wait must not stand before one that cannot."""
    known = project.constant(SIGNS, "URGENCIES")
    path, kinds = project.dangers.get(project.constant(GROUPS, "REACTION"), ("", {}))
    urgencies = {kind: content["urgency"] for kind, content in kinds.items() if content.get("urgency") in known}
    for (before, first), (kind, second) in pairwise(urgencies.items()):
        if known.index(first) > known.index(second):
            yield f"{path} has {kind}, with the urgency {second}, after {before}, with the urgency {first}: put it first."


def entities(project: Project) -> Iterator[str]:
    """The domain, the lexicon and the code must have the same entities and roles."""
    declared = _declared_entities(project)
    for entity in project.mentionable:
        if entity not in declared:
            yield f"{LEXICON} has phrases for {entity}, which is no entity of domain.yml: add it there."
    for entity in declared:
        if entity not in project.mentionable and entity not in FROM_CODE:
            yield f"domain.yml has the entity {entity}, but {LEXICON} has no phrases for it: write them, or take it out."


def entities_in_code(project: Project) -> Iterator[str]:
    declared = _declared_entities(project)
    roles = {role for of_entity in declared.values() for role in of_entity}
    said: set[str] = set()
    for path, module in project.modules.items():
        if not path.startswith("components/"):
            continue
        said |= module.strings
        for entity in sorted((module.words_for("entity") | module.matches(*ENTITY_IN_CODE)) - set(declared)):
            yield f"{path} names the entity {entity}, which domain.yml does not have: add it there, or correct the name."
        for role in sorted(module.words_for("role") - roles):
            yield f"{path} names the role {role}, which no entity of domain.yml has: add it there, or correct the name."
    for entity in project.constant(HEARD, "CONDITION_ENTITIES"):
        if entity not in declared:
            yield f"{HEARD} has {entity} in CONDITION_ENTITIES, which is no entity of domain.yml."
    for name in sorted((roles | FROM_CODE) - said):
        yield f"No code in components/ sets {name}, an entity or role that domain.yml has: correct the name."


def _declared_entities(project: Project) -> dict[str, list[str]]:
    declared: dict[str, list[str]] = {}
    for entry in project.domain["entities"]:
        for entity, options in (entry if isinstance(entry, dict) else {entry: {}}).items():
            declared[entity] = options.get("roles", [])
    return declared


def values_in_code(project: Project) -> Iterator[str]:
    """The values that the code treats specially must exist."""
    values = {value for item in project.answers.values() for value in item["values"]}
    values |= {value for of_entity in project.mentionable.values() for value in of_entity}
    for path, module in project.modules.items():
        if path.startswith("components/"):
            for value in sorted(module.words_for("value") - values):
                yield f"{path} names the value {value}, which neither {CHECK} nor {LEXICON} has: correct the name."
            for concept in sorted(module.words_for("concept") - set(project.concepts)):
                yield f"{path} names the concept {concept}, which no file in {CONCEPTS} has: correct the name."
    named = [*((value, HEARD) for value in project.constant(HEARD, "CONDITIONS")), (project.constant(WHOM, "UNDER_18"), WHOM)]
    for value, path in named:
        if value not in values:
            yield f"{path} has {value} among its conditions, which neither {CHECK} nor {LEXICON} has: correct the name."


def countries(project: Project) -> Iterator[str]:
    """Each country needs every number, or a reply would show a placeholder."""
    path = "data/countries.yml"
    numbers = project.data(path)
    wanted = set().union(*numbers.values())
    for country, words in numbers.items():
        for word in sorted(wanted - set(words)):
            yield f"{path}: {country} has no {word}, which the other countries have: add it."
    offered = re.search(r"# ([\w, ]+): sets the emergency number", project.text("clinic.yml"))
    named = set(re.split(r", | or ", offered.group(1))) if offered else set()
    for country in sorted(named ^ set(numbers)):
        yield f"The comment on `country` in clinic.yml and {path} do not agree about {country}: make them agree."
