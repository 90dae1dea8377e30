"""Trains stock Rasa on our messages, for comparison: the default pipeline, policies and stores of `rasa init`."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml

from runtime.paths import ROOT

DATA = ROOT / "data"
FOLDER = ROOT / ".run" / "stock"
ALL_EPOCHS = 100
# All of them take hours on two cores. With fewer, parsing is just as fast and we get the time for an epoch. But below MIN_EPOCHS
# the accuracy means nothing. With 0, `make bench-nlu` leaves Rasa's defaults out.
EPOCHS, MIN_EPOCHS = int(os.environ.get("STOCK_EPOCHS", 20)), 20
FORM = "candidacy_form"


def pipeline(epochs: int) -> list[dict[str, Any]]:
    """Returns the default pipeline."""
    return [
        {"name": "WhitespaceTokenizer"},
        {"name": "RegexFeaturizer"},
        {"name": "LexicalSyntacticFeaturizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        {"name": "DIETClassifier", "epochs": epochs},
        {"name": "EntitySynonymMapper"},
        {"name": "ResponseSelector", "epochs": epochs},
        {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
    ]


def policies(epochs: int) -> list[dict[str, Any]]:
    """Returns the default policies."""
    return [
        {"name": "MemoizationPolicy"},
        {"name": "RulePolicy"},
        {"name": "UnexpecTEDIntentPolicy", "max_history": 5, "epochs": epochs},
        {"name": "TEDPolicy", "max_history": 5, "epochs": epochs, "constrain_similarities": True},
    ]


def trained_nlu() -> tuple[Path, float]:
    """Returns a model with the default pipeline, and how many seconds it took to train.

    We reuse a model until the messages change.
    """
    config = {"recipe": "default.v1", "assistant_id": "stock", "language": "en", "pipeline": pipeline(EPOCHS)}
    return _trained(f"nlu-{EPOCHS}", config, ["nlu", "--nlu", str(DATA / "nlu")], [])


def trained_assistant(epochs: int) -> tuple[Path, float]:
    """Returns a model of a whole default assistant, and how many seconds it took to train. Reused in the same way.

    It has our messages, domain and texts, a rule and a story for each question, and Rasa's own form for the check.
    """
    config = {"recipe": "default.v1", "assistant_id": "stock", "language": "en"}
    config |= {"pipeline": pipeline(epochs), "policies": policies(epochs)}
    FOLDER.mkdir(parents=True, exist_ok=True)
    domain, dialogue = FOLDER / "domain.yml", FOLDER / "dialogue.yml"
    domain.write_text(yaml.safe_dump(_domain()), encoding="utf-8")
    dialogue.write_text(yaml.safe_dump(_dialogue()), encoding="utf-8")
    what = ["--skip-validation", "--data", str(DATA / "nlu"), str(dialogue), "--domain", str(domain)]
    return _trained(f"assistant-{epochs}", config, what, [domain, dialogue])


def _trained(name: str, config: dict[str, Any], what: list[str], files: list[Path]) -> tuple[Path, float]:
    inputs = [*sorted((DATA / "nlu").glob("*.yml")), *files]
    state = hashlib.sha256(b"".join(path.read_bytes() for path in inputs)).hexdigest()[:12]
    model, took = FOLDER / f"{name}-{state}.tar.gz", FOLDER / f"{name}-{state}.seconds"
    if not took.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        settings = FOLDER / "config.yml"
        settings.write_text(yaml.safe_dump(config), encoding="utf-8")
        print(f"Training Rasa's defaults ({name}); we keep it for next time ...", flush=True)
        command = [sys.executable, "-m", "rasa", "train", *what, "--config", str(settings)]
        started = time.perf_counter()
        with (FOLDER / "train.log").open("w") as log:
            subprocess.run(
                [*command, "--out", str(FOLDER), "--fixed-model-name", model.name],
                cwd=FOLDER, check=True, stdout=log, stderr=log,
            )  # fmt: skip
        took.write_text(f"{time.perf_counter() - started:.1f}")
    return model, float(took.read_text())


def _responses() -> dict[str, Any]:
    """Returns our texts: only the first variant of each, without conditions."""
    responses: dict[str, Any] = {}
    for path in sorted((DATA / "responses").glob("*.yml")):
        for name, variants in yaml.safe_load(path.read_text(encoding="utf-8"))["responses"].items():
            responses[name] = [{"text": variants[0]["text"].replace("{", "(").replace("}", ")")}]
    return responses


def _domain() -> dict[str, Any]:
    """Returns our domain, but Rasa's form fills in the check's answers instead of our policy."""
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    for slot in domain["forms"][FORM]["required_slots"]:
        condition = [{"active_loop": FORM, "requested_slot": slot}]
        domain["slots"][slot]["mappings"] = [{"type": "from_entity", "entity": slot, "conditions": condition}]
    domain["actions"] = ["action_assess_candidacy"]
    return {**domain, "responses": _responses()}


def _dialogue() -> dict[str, Any]:
    """Returns a rule for each question and for the check, and stories of two questions each for the policies to learn from."""
    said = _responses()
    answered = [intent for intent in _domain()["intents"] if f"utter_{intent}" in said and intent != "check_candidacy"]

    def turn(intent: str) -> list[dict[str, Any]]:
        return [{"intent": intent}, {"action": f"utter_{intent}"}, {"action": "utter_referral"}]

    # A message that is not understood gets as many replies as a question.
    rules = [{"rule": intent, "steps": turn(intent)} for intent in [*answered, "nlu_fallback"]]
    loop = [{"action": FORM}, {"active_loop": FORM}]
    rules.append({"rule": "the check begins", "steps": [{"intent": "check_candidacy"}, *loop]})
    judged = [{"action": "action_assess_candidacy"}, {"action": "utter_assessment"}, {"action": "utter_referral"}]
    ends = [{"action": FORM}, {"active_loop": None}, {"slot_was_set": [{"requested_slot": None}]}]
    rules.append({"rule": "the check ends", "condition": [{"active_loop": FORM}], "steps": [*ends, *judged]})
    pairs = zip(answered, [*answered[1:], answered[0]], strict=True)
    stories = [{"story": f"{first}, {second}", "steps": turn(first) + turn(second)} for first, second in pairs]
    return {"version": "3.1", "rules": rules, "stories": stories}
