"""Checks the texts in other languages: each language has all of them, and danger gets its numbers in every one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from commands.consistency.project import Entry, Project, listed
from commands.consistency.replies import INTENTS, PLACEHOLDER, REVIEW_EVERY

FOLDER, DETECTED, DETECTOR = (
    "data/responses/danger_only",
    "data/understanding/languages.yml",
    "components/understanding/languages.py",
)
PLAN, DANGER = "components/dialogue/turn_plan.py", "components/dialogue/danger.py"
DERMATOLOGIST = "board-certified dermatologist"
# Placeholders without English words.
EMERGENCY, CRISIS, ABUSE = "emergency_number", "crisis_contact", "abuse_contact"
SOMEONE_ELSE = "someone_else"


def complete(project: Project) -> Iterator[str]:
    """Each language that we recognise but do not speak has a file, and each file has every text."""
    detected, wanted = _detected(project), _wanted(project)
    for code in sorted(detected - set(_files(project))):
        yield f"{DETECTED} has the language {code}, which has no texts: write {FOLDER}/{code}.yml, or take it out."
    for code, path in _files(project).items():
        if code not in detected:
            yield f"{path} is for {code}, which is no language of {DETECTED}: add it there, or correct the name."
        texts = project.data(path)["texts"]
        for name in sorted(wanted - set(texts)):
            yield f"{path} lacks {name}: write it."
        for name in sorted(set(texts) - wanted):
            yield f"{path} has {name}, which nobody gets in another language: correct its name, or take it out."


def helpful(project: Project) -> Iterator[str]:
    """Each answer to danger names whom to call, in words of its own language. In a crisis the crisis line comes last."""
    needed, calm = _placeholders(project), project.constant(DANGER, "CALM_KINDS")
    crisis, abuse = (f"utter_{project.constant(INTENTS, name)}" for name in ("CRISIS", "ABUSE"))
    last = {crisis: CRISIS, abuse: ABUSE}
    for where, name, kinds, text in _texts(project):
        placeholders = PLACEHOLDER.findall(text)
        spared = {EMERGENCY} if calm & set(kinds) else set()
        for placeholder in sorted(needed.get(name, set()) - spared - set(placeholders)):
            yield f"{where} does not say {{{placeholder}}}: add it."
        for placeholder in sorted(set(placeholders) - {EMERGENCY, CRISIS, ABUSE}):
            yield f"{where} has {{{placeholder}}}, which may be in English: use {EMERGENCY}, {CRISIS} or {ABUSE}."
        if name in last and placeholders[-1:] != [last[name]]:
            yield f"{where} does not end with {{{last[name]}}}: put it last."
        if name in _final(project) and DERMATOLOGIST not in text:
            yield f"{where} ends a turn without the words {DERMATOLOGIST}: add them in brackets."


def fields(project: Project) -> Iterator[str]:
    """Each file says what it is and who has read it, and has a variant for each kind of danger that needs other words."""
    for path in _files(project).values():
        content = project.data(path)
        for field in ("language", "reviewed", "by", "words", "texts"):
            if field not in content:
                yield f"{path} lacks {field}: add it."
        for placeholder in _unknown_elsewhere(content):
            yield f"{path} has no words for {placeholder} in other countries, where we do not know the number: add them."
        for name, entries in content["texts"].items():
            conditions = [_values(entry) for entry in entries]
            if not all(len(entry["text"].strip()) for entry in entries) or conditions[-1:] != [[]]:
                yield f"{path}: {name} has no entry without a condition, or an empty one: write it."
            for kind in sorted(_kinds(project, name) - {value for values in conditions for value in values}):
                yield f"{path}: {name} has no variant for {kind}: write one."


def overdue(project: Project, today: date) -> Iterator[str]:
    """Yields the languages whose texts were last reviewed more than six months before `today`."""
    for path in _files(project).values():
        reviewed = date.fromisoformat(project.data(path)["reviewed"])
        if today - reviewed > REVIEW_EVERY:
            yield f"{path} was last reviewed on {reviewed}."


def _detected(project: Project) -> set[str]:
    """Returns the codes of the languages that the detector may return, without English."""
    content = project.data(DETECTED)
    english, chinese = (project.constant(DETECTOR, name) for name in ("ENGLISH", "CHINESE"))
    by_library = project.constant(DETECTOR, "KNOWN_BY_LIBRARY")
    spoken = {path.rpartition("/")[2].removesuffix(".yml") for path in project.paths("data/words/*.yml")}
    return {*content["scripts"], *content["chinese"], *content["words"], *by_library} - {english, chinese, *spoken}


def _files(project: Project) -> dict[str, str]:
    return {path.rpartition("/")[2].removesuffix(".yml"): path for path in project.paths(f"{FOLDER}/*.yml")}


def _kinds(project: Project, name: str) -> set[str]:
    """Returns the kinds of danger that need words of their own: those without an alarm, and in a crisis worry about another."""
    _, entries = project.responses.get(name, ("", []))
    special = set(project.constant(DANGER, "CALM_KINDS"))
    if name == f"utter_{project.constant(INTENTS, 'CRISIS')}":
        special.add(SOMEONE_ELSE)
    return special & {value for entry in entries for value in _values(entry)}


def _texts(project: Project) -> Iterator[tuple[str, str, list[str], str]]:
    """Yields each text: its place, the name of its response, the values of its conditions, and the text itself."""
    for path in _files(project).values():
        for name, entries in project.data(path)["texts"].items():
            for entry in entries:
                kinds = _values(entry)
                yield listed([f"{path}: {name}", *kinds]), name, kinds, entry["text"]


def _values(entry: Entry) -> list[str]:
    return [condition["value"] for condition in entry.get("condition", [])]


def _wanted(project: Project) -> set[str]:
    """Returns the names of the responses that a visitor who writes in another language needs."""
    dangers = project.constant(INTENTS, "DANGERS")
    said = {name for intent in dangers for name in project.plans[intent]}
    notice = {project.constant(PLAN, name) for name in ("OTHER_LANGUAGE", "REFERRAL", "SHORT_REFERRAL")}
    return said | notice | set(_reminders(project).values())


def _unknown_elsewhere(content: Entry) -> Iterator[str]:
    """Yields the placeholders that a file uses and has no words for in countries that we do not know."""
    said = " ".join(entry["text"] for entries in content["texts"].values() for entry in entries)
    used = {EMERGENCY, *PLACEHOLDER.findall(said)} & {EMERGENCY}
    yield from sorted(used - set(content["words"].get("other", {})))


def _reminders(project: Project) -> dict[str, str]:
    dangers, alarming = project.constant(INTENTS, "DANGERS"), project.constant(INTENTS, "ALARMING")
    return {intent: f"utter_danger_reminder_{dangers[intent]}" for intent in alarming}


def _placeholders(project: Project) -> dict[str, set[str]]:
    """Returns the placeholders that a response must have."""
    crisis, abuse = project.constant(INTENTS, "CRISIS"), project.constant(INTENTS, "ABUSE")
    reports = {f"utter_{intent}": {EMERGENCY, CRISIS} for intent in project.constant(INTENTS, "DANGERS")}
    reminders = {name: {EMERGENCY} for name in _reminders(project).values()}
    needed = {**reports, **reminders, project.constant(PLAN, "OTHER_LANGUAGE"): {EMERGENCY}}
    needed[_reminders(project)[crisis]] |= {CRISIS}
    for name in (f"utter_{abuse}", _reminders(project)[abuse]):
        needed[name] |= {ABUSE}
    return needed


def _final(project: Project) -> set[str]:
    """Returns the responses that are the last of their turn."""
    notice = {project.constant(PLAN, name) for name in ("REFERRAL", "SHORT_REFERRAL")}
    return notice | {project.plans[intent][-1] for intent in project.constant(INTENTS, "DANGERS")}
