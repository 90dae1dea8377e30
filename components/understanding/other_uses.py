"""Recognises a question about exosomes for another part of the body or another disease: "iv exosomes for autism", "for my knees".

The words are in data/understanding/other_uses.yml. "Are exosomes safe for people with lupus" is about hair, as this chat is.
"""

from __future__ import annotations

import re
from typing import Any

from components.understanding.named_treatments import PHRASES, WORDS
from components.understanding.patterns import alternatives
from runtime.data_files import read_yaml
from runtime.paths import UNDERSTANDING_DATA

ELSEWHERE = "elsewhere"
MAX_WORDS_BETWEEN = 3  # between "for" and the name: "for my bad knees"
MAX_WORDS_AFTER_PRONOUN = 3  # before "for": "is it any good for wrinkles"
DATA: dict[str, Any] = read_yaml(UNDERSTANDING_DATA / "other_uses.yml")
NAMES = {kind: re.compile(rf"\b(?:{alternatives(names)})(?:e?s)?(?!\w)", re.I) for kind, names in DATA["names"].items()}
HAIR, HAS_IT, RISK = (re.compile(rf"\b(?:{alternatives(DATA[name])})(?!\w)", re.I) for name in ("hair", "has_it", "risk"))
# "IV exosomes", "a drip of exosomes", "exosomes through an IV", but not "IV iron and exosomes".
INTO_A_VEIN = re.compile(
    rf"\b(?:(?:{alternatives(DATA['into_a_vein'])}) (?:of )?(?:{PHRASES['exosomes']})"
    rf"|(?:{PHRASES['exosomes']})(?: (?!and\b|or\b|plus\b|with\b)\w+){{0,3}} (?:{alternatives(DATA['into_a_vein'])})(?!\w))",
    re.I,
)
USED_FOR = re.compile(rf"\b(?:{alternatives(DATA['use_for'])})(?P<between>(?: [\w']+){{0,{MAX_WORDS_BETWEEN}}}) $", re.I)
PRONOUN = re.compile(rf"\b(?:{alternatives(DATA['pronouns'])})(?: [\w']+){{0,{MAX_WORDS_AFTER_PRONOUN}}} ?$", re.I)
# "Facial exosomes", "exosome facial": nothing else stands between.
AFTER_EXOSOMES = re.compile(rf"\b(?:{PHRASES['exosomes']})(?: (?:therapy|treatment|injections?|serum))? $", re.I)
BEFORE_EXOSOMES = re.compile(rf"^ (?:{PHRASES['exosomes']})", re.I)
CLAUSE = re.compile(r"[^.?!;:,\n]+")


def other_use(text: str) -> str | None:
    """Returns what else than hair the message wants exosomes for, `skin` or `elsewhere`, or None."""
    if HAIR.search(text):
        return None
    if INTO_A_VEIN.search(text):
        return ELSEWHERE
    return next((kind for clause in CLAUSE.findall(text) for kind in NAMES if _is_use(kind, clause)), None)


def _is_use(kind: str, clause: str) -> bool:
    """Whether a clause wants exosomes for something of this kind."""
    return any(_is_for(clause[: name.start()], clause[name.end() :]) for name in NAMES[kind].finditer(clause))


def _is_for(before: str, after: str) -> bool:
    """Whether exosomes are for what stands between two parts of a clause."""
    used_for = USED_FOR.search(before)
    if not used_for:
        return bool(AFTER_EXOSOMES.search(before) or BEFORE_EXOSOMES.search(after))
    # "I take Eliquis for my heart" is not about exosomes, and "safe FOR people with lupus", "FOR heart patients" are about hair.
    subject = before[: used_for.start()]
    about_exosomes = PRONOUN.search(subject) or WORDS["exosomes"].search(before[: used_for.start("between")])
    has_it = any(map(HAS_IT.search, [used_for["between"], *after.split()[:1]]))
    return bool(about_exosomes) and not has_it and not any(map(RISK.search, subject.split()[-1:]))
