"""Checks the replies: what a response must have, what it must not say, what it refers to, and its name in the code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache

from commands.consistency.intents import has_title
from commands.consistency.project import Entry, Project, listed
from components.dialogue.clinic_answers import MOMENTARY, clinic_words
from components.dialogue.texts import CONTACT_SENTENCES
from components.dialogue.wording import wording
from components.understanding.detail_choice import SEPARATOR
from runtime.clinic import Clinic

REVIEW_EVERY = timedelta(days=183)
ANSWER_WORDS, MORE_WORDS, DETAIL_WORDS = (40, 75), (70, 140), (20, 72)
# The answers with a required length. The others can be as long as they need.
MEASURED = re.compile(r"^utter_ask_(?!candidacy_form|sources|privacy|capabilities|more_detail)[\w/]+$")
# Section T of the facts, as words that no reply may contain. If a reply quotes or denies one, reword it.
FORBIDDEN = re.compile(
    r"\b(clinically proven|miracle|guarantee[sd]?|risk[- ]free|100 ?%|good candidate|ideal candidate|not yet approved"
    r"|cures?|cured|FDA[- ]cleared exosome|permanent(ly)? (result|regrow|fix)\w*|no side effects"
    r"|(perfectly|completely) safe|you should get|best results)\b",
    re.I,
)
YET = re.compile(r"not (FDA-)?approved yet|yet to be approved|(?<!not )FDA[- ]approved yet", re.I)
PLACEHOLDER = re.compile(r"\{(\w+)\}")
RESPONSE_NAME = re.compile(r"utter_\w+(/\w+)?")
INTENTS, CHECK_WORDS = "components/intents.py", "components/dialogue/check_words.py"
ENTRY_FIELDS = {"text", "metadata", "condition", "buttons"}
METADATA_FIELDS = {
    "facts",
    "dated",
    "reviewed",
    "title",
    "followups",
    "kind",
    "danger",
    "needs",
    "unknown",
    "links",
    "about",
    "callback",
}
IMPLYING_SLOTS = ("topic_condition", "topic_treatment")  # what metadata `about` may name
REPORT, REMINDER = "report", "reminder"  # metadata `danger`: answers a report of danger, or reminds of an earlier one
COUNTS = ("1", "2")  # values of the slots that count turns


def variants(project: Project) -> Iterator[tuple[str, str, Entry]]:
    """Yields each variant: its place, the name of its response, and the variant itself."""
    for name, (path, entries) in project.responses.items():
        for entry in entries:
            yield f"{path}: {name}", name, entry


def metadata(project: Project) -> Iterator[str]:
    for where, _, entry in variants(project):
        fields = entry.get("metadata", {})
        for field in ("facts", "reviewed"):
            if field not in fields:
                yield f"{where} lacks metadata: {field}."
        for intent in fields.get("followups", []):
            if not has_title(project, intent):
                yield f"{where} offers {intent}, which has no answer with a title: give it one, or offer another topic."


def fields(project: Project) -> Iterator[str]:
    """A misspelt field would have no effect, and nobody would see why."""
    for where, _, entry in variants(project):
        for field in sorted(set(entry) - ENTRY_FIELDS):
            yield f"{where} has the unknown field {field}: use one of {listed(sorted(ENTRY_FIELDS))}."
        for field in sorted(set(entry.get("metadata", {})) - METADATA_FIELDS):
            yield f"{where} has the unknown metadata {field}: use one of {listed(sorted(METADATA_FIELDS))}."


def default_variants(project: Project) -> Iterator[str]:
    for name, (path, entries) in project.responses.items():
        if not any("condition" not in entry for entry in entries):
            yield f"{path}: {name} has no entry without a condition, so some visitors would get nothing: add one."


def words(project: Project) -> Iterator[str]:
    clinic = Clinic()
    known = {
        *clinic.words,
        *clinic_words(clinic, wording()),
        *CONTACT_SENTENCES,
        *MOMENTARY,
        "clinic_contact",
        "as_of",
        *(str(project.constant("components/dialogue/messages.py", word)) for word in ("LAST_ANSWER", "LAST_TITLE")),
        *project.constant(CHECK_WORDS, "PLACEHOLDERS"),
    }
    for where, _, entry in variants(project):
        for word in PLACEHOLDER.findall(entry["text"]):
            if word not in known:
                yield f"{where} has the unknown placeholder {{{word}}}: use one of {listed(sorted(known))}."
        said = _forbidden_words(entry["text"])
        if said:
            yield f"{where} says what facts section T forbids: {said!r}."


@cache
def _forbidden_words(text: str) -> str | None:
    found = FORBIDDEN.search(text) or YET.search(text)
    return found.group(0) if found else None


def answers(project: Project) -> Iterator[str]:
    """The answers to questions need the right length. {as_of} counts no word."""
    for where, name, entry in variants(project):
        if MEASURED.match(name):
            length = len(entry["text"].replace("{as_of}", "").split())
            min_words, max_words = _length(name)
            if not min_words <= length <= max_words:
                yield f"{where} has {length} words instead of {min_words} to {max_words}."


def _length(name: str) -> tuple[int, int]:
    """Returns how many words an answer may have, at least and at most."""
    if SEPARATOR in name:
        return DETAIL_WORDS
    return MORE_WORDS if name.endswith("_more") else ANSWER_WORDS


def details(project: Project) -> Iterator[str]:
    """The answers about a detail of a topic: the topic is answered, they have a title, and what implies them can be said."""
    possible = _possible_values(project)
    for name, (path, entries) in project.responses.items():
        general, detail, _ = name.partition(SEPARATOR)
        if not detail:
            continue
        topic = general.removeprefix("utter_")
        if "action_answer" not in project.plans.get(topic, ()):
            yield f"{path} has {name}, but no rule answers questions about {topic}: correct its name."
        if not any("title" in entry.get("metadata", {}) for entry in entries):
            yield f"{path}: {name} has no title for its button and heading: add metadata: title."
        for entry in entries:
            for slot, value in entry.get("metadata", {}).get("about", {}).items():
                if slot not in IMPLYING_SLOTS or value not in possible[slot]:
                    yield f"{path}: {name} is about {slot}: {value}, which nobody can mention: correct it."


def conditions(project: Project) -> Iterator[str]:
    """The conditions of variants. If the slot never has the value, nobody ever sees that reply."""
    possible = _possible_values(project)
    for where, _, entry in variants(project):
        for condition in entry.get("condition", []):
            slot, value = condition["name"], condition["value"]
            if slot not in project.domain["slots"]:
                yield f"{where} depends on {slot}, which is no slot of domain.yml: correct the name."
            elif value not in possible.get(slot, {value}):
                yield f"{where} is for {slot}: {value}, which the slot never holds: correct the value."


def _possible_values(project: Project) -> dict[str, set[str]]:
    lexicon = project.mentionable
    policy = "components/dialogue/parsed_message.py"
    shortened = project.constant(policy, "CONDITIONS")
    entities = project.constant(policy, "CONDITION_ENTITIES")
    kinds = {kind for _, kinds in project.dangers.values() for kind in kinds}
    return {
        **{slot: set(item["values"]) for slot, item in project.answers.items()},
        "topic_condition": {shortened.get(value, value) for entity in entities for value in lexicon[entity]},
        "topic_treatment": lexicon["prior_treatments"],
        "danger": set(project.constant(INTENTS, "DANGERS").values()),
        **dict.fromkeys(("danger_kind", "reminder_kind"), kinds),
        "candidacy_outcome": set(project.outcomes),
        **dict.fromkeys(("check_tries", "misunderstood"), set(COUNTS)),
        "referral_kind": set(project.constant("components/dialogue/referrals.py", "KINDS")),
    }


def names(project: Project) -> Iterator[str]:
    """The names of responses in the code must exist, and something must name every response."""
    written = {path: set(filter(RESPONSE_NAME.fullmatch, module.strings)) for path, module in project.modules.items()}
    begun = {path: set(filter(RESPONSE_NAME.match, module.prefixes)) for path, module in project.modules.items()}
    for path in project.modules:
        for name in sorted(written[path]):
            if not _is_response(project, name):
                yield f"{path} says {name}, which no file of data/responses/ has: write it, or correct the name."
        for prefix in sorted(begun[path]):
            if not _any_begins_with(project, prefix):
                yield f"{path} builds names that start with {prefix}, but no response does: correct one of them."
    yield from _unused(project, set().union(*written.values()), tuple(set().union(*begun.values()) - {"utter_"}))


def _unused(project: Project, written: set[str], beginnings: tuple[str, ...]) -> Iterator[str]:
    """Yields a fault for each response that neither the code, a rule nor an intent names."""
    by_rule = {name for plan in project.plans.values() for name in plan}
    by_intent = {f"utter_{intent}{more}" for intent in project.intents for more in ("", "_more")}
    for name, (path, _) in project.responses.items():
        if name.partition(SEPARATOR)[0] not in written | by_rule | by_intent and not name.startswith(beginnings):
            yield f"{path} has {name}, which no rule, intent or code names: correct its name, or take it out."


def _is_response(project: Project, name: str) -> bool:
    """Whether there is such a response or, for a name like "utter_reason_", one that starts with it."""
    return name in project.responses or name.endswith("_") and _any_begins_with(project, name)


def _any_begins_with(project: Project, prefix: str) -> bool:
    return any(name.startswith(prefix) for name in project.responses)


def reasons(project: Project) -> Iterator[str]:
    yield from _pairs(project, "utter_reason_", [rule.name for rule in project.rules], "a rule of actions/candidacy.py")


def outcomes(project: Project) -> Iterator[str]:
    """Each outcome must have its own headline."""
    path, entries = project.responses.get("utter_assessment", ("data/responses/assessment.yml", []))
    said = {condition["value"] for entry in entries for condition in entry.get("condition", [])}
    for outcome in project.outcomes:
        if outcome not in said:
            yield f"{path}: utter_assessment has no variant for the outcome {outcome}: write one."


def questions(project: Project) -> Iterator[str]:
    consent, *others = project.asked_besides
    asked = [*project.questions, *others]
    yield from _pairs(project, f"utter_ask_{project.form}_", asked, "a question of data/check.yml")
    for slot in [consent, *asked]:
        if f"utter_explain_{slot}" not in project.responses:
            yield f"{slot} has no explanation: add utter_explain_{slot} to data/responses/check.yml."


def _pairs(project: Project, prefix: str, wanted: Iterable[str], kind: str) -> Iterator[str]:
    """Checks that each of `wanted` has a response called `prefix` plus its name, and that there are no others."""
    expected = {f"{prefix}{name}": name for name in wanted}
    for response, name in expected.items():
        if response not in project.responses:
            yield f"{name}, {kind}, has no reply: add {response} to data/responses/, or correct one of the names."
    for response, (path, _) in project.responses.items():
        if response.startswith(prefix) and response not in expected:
            yield f"{path} has {response}, but {response[len(prefix) :]} is not {kind}: correct one of the names."


def dangers(project: Project) -> Iterator[str]:
    """Each kind of danger must have its own variant, except the kinds that get the general reply."""
    general = {"self", "other"}
    for intent, (path, kinds) in project.dangers.items():
        where, entries = project.responses.get(f"utter_{intent}", (f"data/responses/{intent}.yml", []))
        said = {
            condition["value"]
            for entry in entries
            for condition in entry.get("condition", [])
            if condition["name"] == "danger_kind"
        }
        for kind in kinds:
            if kind not in said | general:
                yield f"{path} has the danger {kind}, but {where} has no variant for it: write one, or rename it."
        for kind in sorted(said - set(kinds)):
            yield f"{where} has a variant for the danger {kind}, which {path} does not have: correct the name."


def alarms(project: Project) -> Iterator[str]:
    """Whatever answers danger must say so, or the widget neither announces it at once nor shows the numbers to tap."""
    reported, alarming = project.constant(INTENTS, "DANGERS"), project.constant(INTENTS, "ALARMING")
    expected: dict[str, str | None] = {f"utter_{intent}": REPORT for intent in reported}
    expected |= {f"utter_danger_reminder_{reported[intent]}": REMINDER for intent in alarming}
    expected |= {f"utter_danger_hint_{reported[intent]}": None for intent in alarming}  # beside an answer
    for response in sorted(set(expected) - set(project.responses)):
        yield f"{INTENTS} has a danger whose reply {response} is missing: add it to data/responses/, or correct the name."
    calm = project.constant("components/dialogue/danger.py", "CALM_KINDS")
    for where, name, entry in variants(project):
        wanted = REMINDER if _is_urgent_result(project, name, entry) else expected.get(name)
        if calm & _values(entry):
            wanted = None
        danger = entry["metadata"].get("danger")
        if danger != wanted:
            yield f"{where} has metadata danger: {danger}, but needs {wanted}: correct it."


def _is_urgent_result(project: Project, name: str, entry: Entry) -> bool:
    """Whether a variant is the headline of the most cautious outcome, which is the last one."""
    return name == "utter_assessment" and project.outcomes[-1] in _values(entry)


def _values(entry: Entry) -> set[str]:
    """Returns the values of slots that a variant is for."""
    return {condition["value"] for condition in entry.get("condition", [])}


def overdue(project: Project, today: date) -> Iterator[str]:
    """Yields the answers whose last review is more than six months before `today`."""
    for name, (path, entries) in project.responses.items():
        for entry in entries:
            reviewed = date.fromisoformat(entry["metadata"]["reviewed"])
            if today - reviewed > REVIEW_EVERY:
                yield f"{path}: {name} was last reviewed on {reviewed}."
