"""Checks that data/check.yml agrees with the rules of the candidacy check, the domain and the code that reads it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from commands.consistency.project import Project, listed, strings_in

CHECK, RULES, DOMAIN = "data/check.yml", "actions/candidacy.py", "domain.yml"
# Values that decide nothing by themselves. A new value needs a Rule, or a clinician who agrees that it belongs here.
DECIDES_NOTHING = {
    "hair_loss_stage": {"moderate"},
    "prior_treatments": {"minoxidil", "finasteride", "prp", "other"},  # we ask about their effect next
}
VALUE_FIELDS = ("yes_means", "no_means", "unlisted")  # each names one of the values
FIELDS = {"label", "values", "select", "only_after", "precedence", "everyday_words", "counts_as", *VALUE_FIELDS}
SLOT_IN_CODE = (r'\bslots(?:\.get\(|\[)"(\w+)"',)
# Whatever these use as a key is a slot.
KEYED_BY_SLOT = ("components/dialogue/turn_plan.py", "components/dialogue/danger.py")
PLAN = KEYED_BY_SLOT[0]
# The constants that name slots.
SLOT_CONSTANTS = (
    ("actions/questionnaire.py", "CONSENT"),
    ("actions/questionnaire.py", "AGE"),
    (RULES, "DANGER_SLOT"),
    (RULES, "OUTCOME_SLOT"),
    (RULES, "REASONS_SLOT"),
    (PLAN, "OTHER_USE"),
    ("components/understanding/dialogue_acts.py", "TURN_PLAN"),
    ("actions/questionnaire.py", "PATIENT"),
    ("actions/questionnaire.py", "COVERED"),
    ("actions/questionnaire.py", "UNCLEAR_AGE"),
    ("actions/questionnaire.py", "STATEMENTS"),
    ("components/dialogue/check.py", "CONFIRMED"),
    ("components/dialogue/check.py", "CHANGES"),
    ("components/dialogue/check.py", "QUESTION_FORM"),
    ("actions/questionnaire.py", "TRIES"),
    ("components/dialogue/check.py", "UNDO"),
    ("components/understanding/named_treatments.py", "MEMORY"),
    ("components/understanding/named_treatments.py", "TREATMENT"),
    ("components/understanding/follow_ups.py", "CONDITIONS"),
    ("components/understanding/treatment_details.py", "SUBJECT"),
    ("components/understanding/about_whom.py", "WHOM"),
    ("components/understanding/danger_questions.py", "DANGER_QUESTION"),
    ("components/dialogue/conversation_memory.py", "DISTRESS_TURN"),
    ("components/understanding/mentions.py", "PERSONAL"),
)


def judged(project: Project) -> Iterator[str]:
    """Every value that we offer needs a rule, because a value without one counts as harmless."""
    by_slot: dict[str, set[str]] = {}
    for rule in project.rules:
        by_slot.setdefault(_asked_as(project, rule.slot), set()).add(rule.value)
    for slot, item in project.answers.items():
        bands = set(item.get("counts_as", {}))  # the rules look at what they count as
        harmless = DECIDES_NOTHING.get(slot, set()) | bands | {project.none}
        for value in item["values"]:
            if value not in by_slot.get(slot, set()) | harmless:
                yield f"{CHECK} offers {slot}: {value}, but no rule of {RULES} names it: add a Rule or take it out."
    for slot, values in DECIDES_NOTHING.items():
        for value in sorted(values):
            if value not in project.answers[slot]["values"]:
                yield f"{__name__} has {slot}: {value}, which {CHECK} does not offer: take it out there."


def rules(project: Project) -> Iterator[str]:
    """Every rule must look for a value that a visitor can give."""
    dangers = project.constant("components/intents.py", "DANGERS").values()
    for rule in project.rules:
        known = _values_of(project, rule.slot)
        if not known:
            yield f"{RULES}: the rule {rule.name} looks at {rule.slot}, which {CHECK} does not have: correct the slot."
        elif rule.value not in known:
            yield f"{RULES}: the rule {rule.name} looks for {rule.slot}: {rule.value}, which {CHECK} lacks: correct the value."
    for danger in dangers:
        if danger not in {rule.value for rule in project.rules if rule.slot == project.constant(RULES, "DANGER_SLOT")}:
            yield f"components/intents.py has the danger {danger}, but no rule of {RULES} names it: add a Rule."
    names = [rule.name for rule in project.rules]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{RULES} has two rules called {name}: rename one of them."


def _values_of(project: Project, slot: str) -> set[str]:
    """Returns the values that a rule may look for in `slot`; an empty set if there is no such slot."""
    if slot == project.constant(RULES, "DANGER_SLOT"):
        return set(project.constant("components/intents.py", "DANGERS").values())
    asked = _asked_as(project, slot)
    derived = {project.constant(RULES, "UNDER_AGE")} if asked != slot else set()
    return derived | set(project.answers[asked]["values"]) if asked in project.answers else set()


def _asked_as(project: Project, slot: str) -> str:
    """Returns the question behind what a rule looks at: we work out the age group from the age."""
    return str(project.constant("actions/questionnaire.py", "AGE")) if slot == project.constant(RULES, "AGE_GROUP") else slot


def words(project: Project) -> Iterator[str]:
    """The functions around the rules may only name questions and values that exist."""
    known = {word for slot, item in project.answers.items() for word in (slot, *item["values"])}
    for word in sorted(filter(str.isidentifier, project.module(RULES).in_functions - known)):
        yield f"{RULES}: a function names {word}, which {CHECK} does not have: correct it, or use a constant of the rules."


def form(project: Project) -> Iterator[str]:
    declared, asked = project.domain["forms"].get(project.form, {}).get("required_slots", []), list(project.questions)
    if declared != asked:
        yield f"The form {project.form} of {DOMAIN} asks {listed(declared)}, but {CHECK} asks {listed(asked)}: make them agree."


def lists(project: Project) -> Iterator[str]:
    """A question takes several answers exactly if its slot is a list. Only such questions may offer "none"."""
    for slot, item in project.answers.items():
        kind = project.domain["slots"].get(slot, {}).get("type")
        several = item.get("select") == "many"
        if item.get("select") not in (None, "many"):
            yield f"{CHECK} has select: {item['select']} for {slot}: only `many` has a meaning."
        if kind is None:
            yield f"{CHECK} has {slot}, which is no slot of {DOMAIN}: add it there."
        elif several != (kind == "list"):
            says = "takes several answers (select: many)" if several else "takes one answer"
            yield f"{CHECK} says that {slot} {says}, but in {DOMAIN} the slot is of type {kind}: make them agree."
        if project.none in item["values"] and not several:
            yield f'{CHECK} offers {slot}: {project.none} without select: many: we would not understand the reply "no".'


def precedence(project: Project) -> Iterator[str]:
    """If a visitor says several values at once, the first one in `precedence` wins. So every value must be in it."""
    for slot, item in project.answers.items():
        order, values = item.get("precedence", []), list(item["values"])
        single = item.get("select") != "many" and slot != "age"
        if single and sorted(order) != sorted(values):
            differing = sorted(set(order) ^ set(values)) or [value for value in order if order.count(value) > 1]
            yield f"{CHECK}: precedence of {slot} and its values differ in {listed(differing)}: each value must be in it once."
        if not single and order:
            yield f"{CHECK} has precedence for {slot}, which does not choose one of several values: take it out."


def caution(project: Project) -> Iterator[str]:
    """Of several values said at once the most cautious must win. "Not sure" and "rather not say" have a place of their own."""
    outcomes = {(rule.slot, rule.value): rule.outcome for rule in project.rules if rule.value not in project.unknown}
    for slot, item in project.answers.items():
        judged_values = [value for value in item.get("precedence", []) if (slot, value) in outcomes]
        for earlier, later in pairwise(judged_values):
            if outcomes[slot, earlier] < outcomes[slot, later]:
                yield (
                    f"{CHECK}: precedence of {slot} has {earlier} before {later}, whose rule in {RULES} is more cautious: "
                    "put the most cautious first."
                )


def fields(project: Project) -> Iterator[str]:
    """Fields must have a name that the code reads, and may only name values that the question has."""
    for slot, item in project.answers.items():
        for field in sorted(set(item) - FIELDS):
            yield f"{CHECK} has the unknown field {field} for {slot}: use one of {listed(sorted(FIELDS))}."
        for field in VALUE_FIELDS:
            if field in item and item[field] not in item["values"]:
                yield f"{CHECK} has {field}: {item[field]} for {slot}, which is none of its values: correct it."
        bands = item.get("counts_as")
        if bands is not None and set(bands) != set(item["values"]) - project.unknown:
            yield f"{CHECK} has counts_as for {listed(sorted(bands))}, but {slot} has other bands: give each its years."
        if item.get("everyday_words") not in (None, True):
            yield f"{CHECK} has everyday_words: {item['everyday_words']} for {slot}: only `true` has a meaning."


def dependencies(project: Project) -> Iterator[str]:
    slots = list(project.questions)
    for slot, item in project.answers.items():
        depends_on = item.get("only_after")
        if depends_on is not None and depends_on not in slots[: slots.index(slot) if slot in slots else 0]:
            yield f"{CHECK} asks {slot} only after {depends_on}, which is no earlier question: correct only_after."


def always_unsure(project: Project) -> Iterator[str]:
    """Nobody may get held up at a question, so each one must offer "not sure" and "rather not say"."""
    for slot, item in project.questions.items():
        for value in sorted(project.unknown - set(item["values"])):
            yield f"{CHECK} does not offer {slot}: {value}, so visitors who mean that are held up there: add it."


def slots(project: Project) -> Iterator[str]:
    """The slots that the code reads and writes must be in the domain."""
    known, used = project.domain["slots"], set(project.answers)
    for path, module in project.modules.items():
        if not path.startswith(("actions/", "channels/", "components/")):
            continue
        used |= module.strings | module.keywords
        keys = module.keys if path in KEYED_BY_SLOT else module.matches(*SLOT_IN_CODE)
        for slot in sorted(keys - set(known)):
            yield f"{path} uses the slot {slot}, which {DOMAIN} does not have: add it there, or correct the name."
    for path, name in SLOT_CONSTANTS:
        for slot in sorted(set(strings_in(project.constant(path, name))) - set(known)):
            yield f"{path} has {slot} in {name}, which is no slot of {DOMAIN}: correct the name."
    for slot in known:
        if slot not in used:
            yield f"{DOMAIN} has the slot {slot}, which no code and no question uses: take it out, or correct the name."
