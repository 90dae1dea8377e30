"""Writes docs/candidacy.md: the rules in a form that clinicians can read, from the table of rules and the visitors' texts."""

from __future__ import annotations

import yaml

from actions.candidacy import RULES, Outcome
from runtime.paths import ROOT

DOCUMENT = ROOT / "docs" / "candidacy.md"

INTRODUCTION = """# The candidacy rules

Made by `make docs` from `actions/candidacy.py` and `data/responses/reasons.yml`; do not edit.

Where several rules apply, the most cautious outcome counts. No rule clears anyone for treatment: no exosome product is
FDA-approved, so there is no official list of candidates or of contraindications. The rules combine the groups of patients that
clinics' articles name with precautions from trial exclusions and general practice. The last column numbers the findings behind
each rule, from research that is not part of this repository.

"Not sure" and "rather not say" are never read as harmless answers. Patches are no warning sign once alopecia areata is named. A
symptom reported anywhere in the conversation outweighs everything else.
"""


def document() -> str:
    """Returns the content of docs/candidacy.md."""
    responses = yaml.safe_load((ROOT / "data" / "responses" / "reasons.yml").read_text(encoding="utf-8"))["responses"]
    parts = [INTRODUCTION]
    for outcome in sorted(Outcome, reverse=True):
        parts.append(f"\n## {outcome.name}\n\n| rule | when | what the visitor reads | source |\n| --- | --- | --- | --- |\n")
        for rule in RULES:
            if rule.outcome == outcome:
                reason = " ".join(responses[f"utter_reason_{rule.name}"][0]["text"].split())
                parts.append(f"| {rule.name} | {rule.slot}: {rule.value} | {reason} | {rule.source} |\n")
    return "".join(parts)


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
