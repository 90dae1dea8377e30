"""Recognises a question about exosomes for another part of the body or another disease: "iv exosomes for autism", "for my knees".

The words are in data/understanding/other_uses.yml. "Are exosomes safe for people with lupus" is about hair, as this chat is.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from components.understanding.named_treatments import PHRASES, WORDS, alternatives
from runtime.paths import UNDERSTANDING_DATA

ELSEWHERE = "elsewhere"
MAX_WORDS_BETWEEN = 3  # between "for" and the name: "for my bad knees"
DATA: dict[str, Any] = yaml.safe_load((UNDERSTANDING_DATA / "other_uses.yml").read_text(encoding="utf-8"))
NAMES = {kind: re.compile(rf"\b(?:{alternatives(names)})(?:e?s)?(?!\w)", re.I) for kind, names in DATA["names"].items()}
HAIR, INTO_A_VEIN, HAS_IT, RISK = (
    re.compile(rf"\b(?:{alternatives(DATA[name])})(?!\w)", re.I) for name in ("hair", "into_a_vein", "has_it", "risk")
)
USED_FOR = re.compile(rf"\b(?:{alternatives(DATA['use_for'])})(?P<between>(?: [\w']+){{0,{MAX_WORDS_BETWEEN}}}) $", re.I)
# "Facial exosomes", "exosome facial": nothing else stands between.
AFTER_EXOSOMES = re.compile(rf"(?:{PHRASES['exosomes']})(?: (?:therapy|treatment|injections?|serum))? $", re.I)
BEFORE_EXOSOMES = re.compile(rf"^ (?:{PHRASES['exosomes']})", re.I)


def other_use(text: str) -> str | None:
    """Returns what else than hair the message wants exosomes for, `skin` or `elsewhere`, or None."""
    if HAIR.search(text):
        return None
    names_exosomes = WORDS["exosomes"].search(text)
    if names_exosomes and INTO_A_VEIN.search(text):
        return ELSEWHERE
    if not (names_exosomes or WORDS["pronouns"].search(text)):
        return None
    return next((kind for kind, names in NAMES.items() if any(_is_use(found, text) for found in names.finditer(text))), None)


def _is_use(name: re.Match[str], text: str) -> bool:
    before, after = text[: name.start()], text[name.end() :]
    used_for = USED_FOR.search(before)
    if not used_for:
        return bool(AFTER_EXOSOMES.search(before) or BEFORE_EXOSOMES.search(after))
    asks_of_risk = any(map(RISK.search, before[: used_for.start()].split()[-1:]))
    return not (asks_of_risk or any(map(HAS_IT.search, [used_for["between"], *after.split()[:1]])))
