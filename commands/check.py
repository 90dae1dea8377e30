"""The project's own consistency check: names the place that was forgotten when a topic, answer, rule or source was added.

`make check` runs it and also lists the answers whose last review is more than six months old.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from actions.candidacy import RULES
from actions.questionnaire import FORM, QUESTIONS, VALUES
from components.dialogue.texts import PLACEHOLDER
from runtime.clinic import Clinic
from runtime.paths import ROOT

REVIEW_EVERY = timedelta(days=183)
MIN_EXAMPLES = 60
ANSWER_WORDS, MORE_WORDS = (60, 90), (100, 160)
# The answers whose length is the contract's; the others say what they must.
MEASURED = re.compile(r"^utter_ask_(?!candidacy_form|sources|privacy|capabilities|more_detail)\w+$")
# Facts section T, as words that no reply may contain. Replies that quote or deny are reworded instead.
FORBIDDEN = re.compile(
    r"\b(clinically proven|miracle|guarantee[sd]?|risk[- ]free|100 ?%|good candidate|ideal candidate|not yet approved"
    r"|cures?|cured|FDA[- ]cleared exosome|permanent(ly)? (result|regrow|fix)\w*|no side effects"
    r"|(perfectly|completely) safe|you should get|best results)\b",
    re.I,
)
YET = re.compile(r"not (FDA-)?approved yet|yet to be approved|(?<!not )FDA[- ]approved yet", re.I)
DATED = re.compile(r"FDA-approved|FDA approval")
DATE = re.compile(r"as of \w+ 20\d\d|in 20\d\d|20\d\d", re.I)


def load(path: Path) -> Any:
    """Returns the content of a YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def responses() -> dict[str, tuple[Path, list[dict[str, Any]]]]:
    """Returns every response by name, with the file it stands in."""
    return {
        name: (path, entries)
        for path in sorted((ROOT / "data" / "responses").glob("*.yml"))
        for name, entries in load(path)["responses"].items()
    }


def plans() -> dict[str, list[str]]:
    """Returns, for each intent, the actions that its rule names."""
    found: dict[str, list[str]] = {}
    for path in (ROOT / "data" / "rules").glob("*.yml"):
        for rule in load(path)["rules"]:
            first, *rest = rule["steps"]
            for step in first.get("or", [first]):
                found[step["intent"]] = [step["action"] for step in rest]
    return found


def faults() -> Iterator[str]:
    """Yields one sentence for each inconsistency."""
    domain = load(ROOT / "domain.yml")
    said, planned = responses(), plans()
    sources = load(ROOT / "data" / "sources.yml")["sources"]
    yield from _intents(domain, said, planned)
    yield from _plans(said, planned, domain)
    yield from _check(domain, said)
    words = set(Clinic(name="x").words) | {"clinic_contact"}
    for name, (path, entries) in said.items():
        where = f"data/responses/{path.name}: {name}"
        if not any("condition" not in entry for entry in entries):
            yield f"{where} has no entry without a condition."
        for entry in entries:
            yield from _entry(where, name, entry, sources, words, said, domain)


def _intents(domain: dict[str, Any], said: dict[str, Any], planned: dict[str, list[str]]) -> Iterator[str]:
    for intent in domain["intents"]:
        path = ROOT / "data" / "nlu" / f"{intent}.yml"
        if not path.exists():
            yield f"{intent} has no examples: data/nlu/{intent}.yml is missing."
        elif len(load(path)["nlu"][0]["examples"].splitlines()) < MIN_EXAMPLES:
            yield f"data/nlu/{intent}.yml has fewer than {MIN_EXAMPLES} examples."
        if intent not in planned:
            yield f"{intent} stands in no rule of data/rules/."
        if f"utter_{intent}" not in said:
            yield f"{intent} has no answer: utter_{intent} is missing in data/responses/."
        if "action_answer" in planned.get(intent, []) and intent != "ask_more_detail":
            if f"utter_{intent}_more" not in said:
                yield f"{intent} has no longer answer: utter_{intent}_more is missing."
            if not any("title" in entry.get("metadata", {}) for entry in said.get(f"utter_{intent}", (None, []))[1]):
                yield f"utter_{intent} has no title for its button (metadata: title)."
    for intent in set(planned) - set(domain["intents"]) - {"nlu_fallback"}:
        yield f"A rule names the intent {intent}, which is not in domain.yml."


def _plans(said: dict[str, Any], planned: dict[str, list[str]], domain: dict[str, Any]) -> Iterator[str]:
    for intent, actions in planned.items():
        for action in actions:
            if action.startswith("utter_") and action not in said:
                yield f"The rule of {intent} says {action}, which stands in no file of data/responses/."
            if action.startswith("action_") and action not in domain["actions"]:
                yield f"The rule of {intent} runs {action}, which is not in domain.yml."


def _check(domain: dict[str, Any], said: dict[str, Any]) -> Iterator[str]:
    if tuple(domain["forms"][FORM]["required_slots"]) != QUESTIONS:
        yield "The questions of the form in domain.yml and of actions/candidacy.py differ."
    for slot in QUESTIONS:
        for name in (f"utter_ask_{FORM}_{slot}", f"utter_explain_{slot}"):
            if name not in said:
                yield f"{name} is missing in data/responses/check.yml."
    for rule in RULES:
        if f"utter_reason_{rule.name}" not in said:
            yield f"utter_reason_{rule.name} is missing in data/responses/reasons.yml."
        if rule.slot in VALUES and rule.slot != "age" and rule.value not in VALUES[rule.slot]:
            yield f"The rule {rule.name} looks for {rule.value}, which data/check.yml does not know."
    for name in said:
        if name.startswith("utter_reason_") and name[len("utter_reason_") :] not in {rule.name for rule in RULES}:
            yield f"{name} belongs to no rule of actions/candidacy.py."


def _entry(
    where: str,
    name: str,
    entry: dict[str, Any],
    sources: dict[str, Any],
    words: set,
    said: dict[str, Any],
    domain: dict[str, Any],
) -> Iterator[str]:
    text, about = entry["text"], entry.get("metadata", {})
    if not {"sources", "reviewed"} <= set(about):
        yield f"{where} lacks metadata: sources and reviewed."
        return
    for source in about["sources"]:
        if source not in sources:
            yield f"{where} cites {source}, which is not in data/sources.yml."
    for word in PLACEHOLDER.findall(text):
        if word not in words:
            yield f"{where} has the unknown placeholder {{{word}}}."
    for condition in entry.get("condition", []):
        if condition["name"] not in domain["slots"]:
            yield f"{where} depends on {condition['name']}, which is no slot."
    for intent in about.get("followups", []):
        if not any("title" in other.get("metadata", {}) for other in said.get(f"utter_{intent}", (None, []))[1]):
            yield f"{where} offers {intent}, which has no title."
    if FORBIDDEN.search(text) or YET.search(text):
        yield f"{where} says what facts section T forbids: {(FORBIDDEN.search(text) or YET.search(text)).group(0)!r}."
    if MEASURED.match(name):
        if not about["sources"]:
            yield f"{where} cites no source."
        if DATED.search(text) and not DATE.search(text):
            yield f"{where} speaks of FDA approval without a date."
        least, most = MORE_WORDS if name.endswith("_more") else ANSWER_WORDS
        if not least <= len(text.split()) <= most:
            yield f"{where} has {len(text.split())} words instead of {least} to {most}."


def overdue(today: date) -> Iterator[str]:
    """Yields the answers whose last review is more than six months before `today`."""
    for name, (path, entries) in responses().items():
        for entry in entries:
            reviewed = date.fromisoformat(entry["metadata"]["reviewed"])
            if today - reviewed > REVIEW_EVERY:
                yield f"{path.name}: {name} was last reviewed on {reviewed}."


if __name__ == "__main__":
    found = list(faults())
    print("\n".join(found) or "Consistent: every intent has data, an answer, a rule and sources.")
    due = sorted(set(overdue(date.today())))
    print("\n".join(["", "Due for review:", *due]) if due else "No answer is due for review.")
    sys.exit(bool(found))
