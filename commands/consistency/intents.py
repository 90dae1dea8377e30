"""Checks the intents: their messages, rules and answers, the groups in the code, and the actions that the rules run."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from functools import cache

from commands.consistency.project import Project, listed, strings_in

GROUPS = "components/intents.py"
EXAMPLES = "data/nlu/**/*.yml"  # other languages than English have a folder each
ANSWERS = "data/nlu/answers.yml"  # answers to the questions of the check, in each language: no intent is learned from them
ALL_ANSWERS = "data/nlu/**/answers.yml"
MIN_EXAMPLES = 60
MIN_DETAIL_EXAMPLES, MIN_DETAIL_VOICES = 10, 3
FOLLOW_UP_ANSWERS = "data/responses/follow_ups.yml"
FOLLOW_UPS = "data/understanding/follow_ups.yml"
FOLLOW_UP_ONLY = "ask_more_detail"  # asks for the longer answer to another topic, so it has none itself
# Names in code that start like this are intents.
INTENT_NAME = re.compile(r"(ask|book|express|report)_\w+")
ACTION_NAME = re.compile(r"action_\w+")
DIALOGUE_CODE = ("actions/", "components/dialogue/")  # elsewhere, other names start with "action_" too
OUT_OF_SCOPE = "data/nlu/out_of_scope.yml"
SAME = re.compile(r"[^\w\s]|_")


def examples(project: Project) -> Iterator[str]:
    for intent in project.intents:
        path = f"data/nlu/{intent}.yml"
        if not project.has(path):
            yield f"{intent} has no examples: write {path}."
            continue
        blocks = [block for block in project.data(path)["nlu"] if block.get("intent") == intent]
        if not blocks:
            yield f"{path} holds no examples of {intent}: correct the intent that it names."
        elif (count := sum(block["examples"].count("\n") for block in blocks)) < MIN_EXAMPLES:
            yield f"{path} has {count} examples: write at least {MIN_EXAMPLES}."
    for path in project.paths(EXAMPLES):
        for block in project.data(path)["nlu"]:
            if block["intent"] not in project.intents:
                yield f"{path} has examples of {block['intent']}, which domain.yml does not have: add it there, or take them out."


def rules(project: Project) -> Iterator[str]:
    fallback = project.constant(GROUPS, "FALLBACK")
    for intent in project.intents:
        if intent not in project.plans:
            yield f"{intent} is in no rule of data/rules/: add it to one."
    for intent in project.plans:
        if intent not in (*project.intents, fallback):
            yield f"A rule in data/rules/ names the intent {intent}, which domain.yml does not have: correct one of them."


def answers(project: Project) -> Iterator[str]:
    for intent in project.intents:
        response = f"utter_{intent}"
        if response not in project.responses:
            yield f"{intent} has no answer: add {response} to data/responses/{intent}.yml."
        if "action_answer" in project.plans.get(intent, []) and intent != FOLLOW_UP_ONLY:
            if f"{response}_more" not in project.responses:
                yield f"{intent} has no longer answer: add {response}_more to data/responses/{intent}.yml."
            if not has_title(project, intent):
                yield f"{response} has no title for its button: add metadata: title to its entry without a condition."


def has_title(project: Project, intent: str) -> bool:
    _, entries = project.responses.get(f"utter_{intent}", ("", []))
    return any("title" in entry.get("metadata", {}) for entry in entries)


def actions(project: Project) -> Iterator[str]:
    known = project.domain["actions"]
    for intent, plan in project.plans.items():
        for action in plan:
            if action.startswith("utter_") and action not in project.responses:
                yield f"The rule of {intent} says {action}, which no file of data/responses/ has: write it, or correct the rule."
            if action.startswith("action_") and action not in known:
                yield f"The rule of {intent} runs {action}, which domain.yml does not have: add it there, or correct the rule."


def actions_in_code(project: Project) -> Iterator[str]:
    known = project.domain["actions"]
    code = {path: module.strings for path, module in project.modules.items() if path.startswith(DIALOGUE_CODE)}
    for path, strings in code.items():
        for name in sorted(filter(ACTION_NAME.fullmatch, strings)):
            if name not in known:
                yield f"{path} names {name}, which is no action of domain.yml: add it there, or correct the name."
    for action in known:
        if not any(action in strings for strings in code.values()):
            yield f"domain.yml has {action}, which no code in {listed(DIALOGUE_CODE)} names: take it out, or correct the name."


def groups(project: Project) -> Iterator[str]:
    """The groups of intents, and every intent that the code names, must be in domain.yml."""
    known = {*project.intents, project.constant(GROUPS, "FALLBACK")}
    for group, value in project.constants(GROUPS).items():
        if not group.isupper():
            continue
        for name in sorted(set(strings_in(value))):
            if name not in known and not ("PREFIX" in group and any(intent.startswith(name) for intent in known)):
                yield f"{GROUPS} has {name} in {group}, but domain.yml has no such intent: correct the name."
    for path, module in project.modules.items():
        named = module.words_for("intent") | set(filter(INTENT_NAME.fullmatch, module.strings))
        for name in sorted(named - known if path != GROUPS else ()):
            yield f"{path} names the intent {name}, which domain.yml does not have: correct the name."


def details(project: Project) -> Iterator[str]:
    """Every detail must have enough examples and its own answer, and every answer to a detail its examples.

    A follow-up needs none: what was said before leads to it. The details of FOLLOW_UP_ONLY are kinds of follow-ups.
    """
    answered = {response.removeprefix("utter_") for response in project.responses}
    answered |= {f"{FOLLOW_UP_ONLY}/{kind}" for kind in project.data(FOLLOW_UPS)["kinds"]}
    examples: dict[str, int] = defaultdict(int)
    voices: dict[str, set[str]] = defaultdict(set)
    for path in project.paths(EXAMPLES):
        for block in project.data(path)["nlu"]:
            metadata = block.get("metadata", {})
            if "detail" in metadata:
                name = f"{block['intent']}/{metadata['detail']}"
                examples[name] += block["examples"].count("\n")
                voices[name].add(metadata.get("voice", ""))
    for name, count in examples.items():
        path = f"data/nlu/{name.split('/')[0]}.yml"
        if name not in answered:
            yield f"{path} has examples of {name}, which has no answer: add utter_{name} to data/responses/, or take them out."
        if count < MIN_DETAIL_EXAMPLES or len(voices[name]) < MIN_DETAIL_VOICES:
            yield (
                f"{path} has {count} examples of {name} by {len(voices[name])} voices: "
                f"write at least {MIN_DETAIL_EXAMPLES}, by at least {MIN_DETAIL_VOICES} voices."
            )
    for response, (path, _) in project.responses.items():
        name = response.removeprefix("utter_")
        if "/" in name and name not in examples and path != FOLLOW_UP_ANSWERS:
            yield f"{path} answers {name}, which has no examples: write some with this detail in data/nlu/, or take it out."


def repeated_messages(project: Project) -> Iterator[str]:
    """No message may be under two intents, because the classifier cannot learn both."""
    places: dict[str, dict[str, str]] = defaultdict(dict)
    answers = set(project.paths(ALL_ANSWERS))
    for path in project.paths(EXAMPLES):
        if path not in answers:
            for key, text in _messages(project.text(path)):
                places[key].setdefault(f"data/nlu/{path.rpartition('/')[2]}", text)
    for found in places.values():
        if len(found) > 1:
            text = next(iter(found.values()))
            if OUT_OF_SCOPE in found:
                (topic, *_) = (path for path in found if path != OUT_OF_SCOPE)
                yield f'{OUT_OF_SCOPE} has "{text}", and so does {topic}: take it out of one of them.'
            else:
                yield f'"{text}" is in {" and in ".join(found)}: keep it where it belongs, and take it out elsewhere.'


@cache
def _messages(text: str) -> list[tuple[str, str]]:
    """Returns the messages in a file of examples, each with a key that ignores differences in typing."""
    messages = [line.strip().removeprefix("- ").strip() for line in text.splitlines() if line.startswith("    - ")]
    return [(_key(message), message) for message in messages]


def _key(message: str) -> str:
    plain = unicodedata.normalize("NFKC", message).casefold().replace("’", "'").replace("‘", "'").replace("'", "")
    return " ".join(SAME.sub(" ", plain).split()) or message
