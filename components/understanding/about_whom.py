"""Tells whose hair a message is about: the visitor's own, or a child's, a partner's, a parent's or somebody else's.

"My son is losing his hair" is about the son, and "since I had my son" about the visitor. The words are in
data/understanding/about_whom.yml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from components.understanding.patterns import alternatives
from components.understanding.text_cache import remembered
from runtime.data_files import read_yaml
from runtime.paths import UNDERSTANDING_DATA

WHOM = "about_whom"  # slot
SELF, CHILD, PARTNER, PARENT, SOMEONE_ELSE = "self", "child", "partner", "parent", "someone_else"
OTHERS = (CHILD, PARTNER, PARENT, SOMEONE_ELSE)
UNDER_18 = "under_18"  # a child, among the conditions and groups of people
ADULT = 18  # years; a grown-up son or daughter is somebody else
YOUNG_RELATIVE = "young_relative"  # among the nouns: a niece, a nephew, a grandchild
WORDS = read_yaml(UNDERSTANDING_DATA / "about_whom.yml")
NAMES = read_yaml(UNDERSTANDING_DATA / "given_names.yml")
NOUNS: dict[str, str] = {person: alternatives(nouns) for person, nouns in WORDS["persons"].items()}
IN_DIALECT = rf"(?:{alternatives(WORDS['my_in_dialect'])}) (?:(?:{alternatives(WORDS['before_person'])}) ){{0,2}}"
OURS = rf"(?:(?:my|our) (?:[\w'-]+ ){{0,3}}?|{IN_DIALECT})"
PERSONS = {person: re.compile(rf"\b{OURS}(?:{nouns})s?(?![\w-])", re.I) for person, nouns in NOUNS.items()}
BARE = {person: re.compile(rf"\b(?:{nouns})s?(?![\w-])", re.I) for person, nouns in NOUNS.items()}
NEVER_ASKED_FOR = f"|{alternatives(WORDS['never_asked_for'])}"
# The same with those whom nobody asks for: all who may have something.
ANY_KIN = {
    person: re.compile(rf"(?<![\w-])(?:{nouns}{NEVER_ASKED_FOR if person == SOMEONE_ELSE else ''})s?(?![\w-])", re.I)
    for person, nouns in NOUNS.items()
}
BEFORE_PERSON = frozenset(WORDS["before_person"])
VOCATIVE = re.compile(rf"(?:{alternatives(WORDS['vocatives'])})s?", re.I)
ALSO_THE_WRITER = re.compile(rf"(?:{alternatives(WORDS['also_the_writer'])})s?", re.I)
IS = re.compile(r"(?:'?s| is| has)\b", re.I)
AGE_FOLLOWS = re.compile(r":? \(?\d")  # "dad 70"
# A friend needs no "my": "for a friend", "a mate of mine".
A_FRIEND = re.compile(
    rf"\b(?:(?<=for )an? (?:{NOUNS[SOMEONE_ELSE]})(?![\w-])|(?:{NOUNS[SOMEONE_ELSE]}) of mine\b|(?<=behalf of )an? \w+)", re.I
)
A_CHILD = re.compile(rf"\b(?:{alternatives(WORDS['a_child'])})(?![\w-])", re.I)
I_AM = re.compile(r"\b(?:i'?m|i am|as|being|me,?) $", re.I)  # "I'm a 16 year old girl"
WRITER = re.compile(rf"(?<![\w'])(?:{alternatives(WORDS['writer'])})(?![\w'])", re.I)
PRONOUN = re.compile(rf"(?<![\w'])(?:{alternatives(WORDS['pronouns'])})(?![\w'])", re.I)
OWN = re.compile(rf"\b(?:{alternatives(WORDS['self'])})(?!\w)", re.I)
EXPLICITLY_SELF = re.compile(rf"\b(?:{alternatives(WORDS['explicitly_self'])})(?!\w)", re.I)
NOT_SELF = re.compile(rf"(?:{alternatives(WORDS['not_self'])}) (?:\w+ )?$", re.I)
ASKED_FOR = re.compile(rf"\b(?:{alternatives(WORDS['asked_for'])}) $", re.I)
# Where a person needs no "my": "asking for hubby", "the wife takes", or at the beginning.
WITHOUT_MY = re.compile(rf"(?:^|[.!?\n]\s*|\b(?:the|{alternatives(WORDS['asked_for'])}) )$", re.I)
DECLARED = {side: alternatives(patterns) for side, patterns in WORDS["declared"].items()}
DECLARED_BEFORE = re.compile(rf"(?:^|\b)(?:{DECLARED['before']}) (?:the |my |our |an? )?$", re.I)
DECLARED_AFTER = re.compile(rf"(?:{DECLARED['after']})(?!\w)", re.I)
DECLARED_PRONOUN = re.compile(rf"(?:^|\b)(?:{DECLARED['pronoun']})(?!\w)", re.I)
DECLARED_SELF = re.compile(rf"\b(?:{DECLARED['self']})(?!\w)", re.I)
NOT_DECLARED_AFTER = re.compile(DECLARED["not_after"], re.I)
AFTER = re.compile(rf"(?:{alternatives(WORDS['after'])})(?!\w)", re.I)
BEFORE = re.compile(rf"\b(?:{alternatives(WORDS['before'])}) $", re.I)
MENTIONED_BEFORE = re.compile(rf"\b{alternatives(WORDS['mentioned_before'])}", re.I)
MENTIONED_AFTER = re.compile(alternatives(WORDS["mentioned_after"]), re.I)
BALD_RELATIVE_AFTER = re.compile(alternatives(WORDS["bald_relative_after"]), re.I)
ASKED_FOR_HIM_OR_HER = re.compile(rf"\b(?:{alternatives(WORDS['asked_for_him_or_her'])})", re.I)
ASKED_FOR_WRITER = re.compile(rf"\b(?:{alternatives(WORDS['asked_for_writer'])})", re.I)
WORD = re.compile(r"[^\W\d_]+")
GIVEN_NAMES = frozenset(name for names in NAMES["names"].values() for name in names)
TITLE = re.compile(rf"\b(?:{alternatives(NAMES['titles'])})\.?\s+$", re.I)
TITLE_OF_NAME = re.compile(rf"\b(?:{alternatives(NAMES['titles_of_names'])})\s+$", re.I)
MAX_BEFORE_NAME = 40  # characters, for a title or what introduces it
# "I'm Tasha", "Tasha here": the writers themselves, or whom they write to.
INTRODUCED = {side: re.compile(alternatives(NAMES["introduced"][side]), re.I) for side in ("before", "after")}


@dataclass(frozen=True)
class Person:
    """Words that name somebody.

    Attributes:
        start: index of the first character.
        end: index after the last one.
        whose: who that is to the visitor, or None for a name, or a "he" or "she", that could be anyone's.
        is_young: whether it is somebody else's child, such as a niece.
    """

    start: int
    end: int
    whose: str | None
    is_young: bool = False


def about_whom(text: str, age: int | None = None) -> str | None:
    """Returns whose hair a message is about, or None if it does not say.

    Args:
        text: the message.
        age: the age that it names, in years.
    """
    subjects = [*_subjects(text), *_writer(OWN, text)]
    if not subjects:
        return None
    person = max(subjects, key=lambda each: each.end)
    if person.is_young or person.whose == CHILD:
        return CHILD if age is None or age < ADULT else SOMEONE_ELSE
    return person.whose


def asked_for(text: str, in_passing: bool = True) -> str | None:
    """Returns whose check a message says it is, or None if it names nobody. "My hair" in passing names nobody.

    Unlike in `about_whom`, a grown-up son stays a child, and a niece is somebody else.

    Args:
        text: the message.
        in_passing: whether somebody counts who is only spoken of ("my sister is thinning"), not asked for ("for my sister").
    """
    subjects = list(_subjects(text))
    explicit = [person for person in subjects if ASKED_FOR.search(text[: person.start])]
    explicit += _writer(EXPLICITLY_SELF, text)
    found = explicit or (subjects if in_passing else [])
    return max(found, key=lambda each: each.end).whose if found else None


def asks_for_him_or_her(text: str) -> bool:
    """Whether a message asks for the check of somebody who was named before: "is he a candidate?", "check her, please"."""
    return _last_end(ASKED_FOR_HIM_OR_HER, text) > _last_end(ASKED_FOR_WRITER, text)


def asks_for_writer(text: str) -> bool:
    """Whether a message asks for the writer's own check: "my wife has lupus, am i a candidate?"."""
    return _last_end(ASKED_FOR_WRITER, text) > _last_end(ASKED_FOR_HIM_OR_HER, text)


def _last_end(pattern: re.Pattern[str], text: str) -> int:
    return max((found.end() for found in pattern.finditer(text)), default=-1)


def declared_patient(text: str) -> str | None:
    """Returns whose check a message says it is in so many words: "this is for my dad", "she's the patient", "it's for me"."""
    if _is_declared(DECLARED_SELF, text):
        return SELF
    others = [person for person in (*_others(text), *_without_my(text)) if person.whose]
    named = [person for person in others if _is_declared_patient(person, text)]
    if named:
        return max(named, key=lambda each: each.end).whose
    kinds = {person.whose for person in others}
    return kinds.pop() if len(kinds) == 1 and _is_declared(DECLARED_PRONOUN, text) else None


def _is_declared_patient(person: Person, text: str) -> bool:
    after = text[person.end :]
    if NOT_DECLARED_AFTER.match(after):
        return False
    return _is_declared(DECLARED_BEFORE, text[: person.start]) or bool(DECLARED_AFTER.match(after))


def _is_declared(pattern: re.Pattern[str], text: str) -> bool:
    """Whether a message says it, and not "I'm not asking for my mum"."""
    return any(not NOT_SELF.search(text[: found.start()]) for found in pattern.finditer(text))


def people_named(text: str) -> list[Person]:
    """Returns everybody whom a text names, the writer and any "he" or "she" included, in order."""
    people = list(_others(text))
    for words in (_without_my(text), _by_name(text), _found(PRONOUN, None, text), _found(WRITER, SELF, text)):
        people += [word for word in words if not any(person.start <= word.start < person.end for person in people)]
    return sorted(people, key=lambda person: person.end)


def others_named(text: str) -> set[str]:
    """Returns what everybody whom a text names is to the writer, without those who only say something: "my wife says"."""
    return {
        person.whose
        for person in people_named(text)
        if person.whose not in (None, SELF) and not MENTIONED_AFTER.search(text[person.end :])
    }


def kin_in(text: str) -> list[Person]:
    """Returns everybody whom a text names, by what they are to somebody, also without "my", or by their name, in order."""
    found = [person for whose, pattern in ANY_KIN.items() for person in _kin(pattern, whose, text)]
    found += _by_name(text)
    return sorted(found, key=lambda person: (person.end, -person.start))


def is_addressed(person: Person, text: str) -> bool:
    """Whether a person is only spoken to: "no idea, mate"."""
    return bool(VOCATIVE.fullmatch(text[person.start : person.end]))


@remembered
def _without_my(text: str) -> tuple[Person, ...]:
    """Returns "husband", but "mum" only in "mum is 72": the writer may be a mum."""
    found = []
    for whose, pattern in BARE.items():
        for person in _kin(pattern, whose, text):
            names_another = IS.match(text[person.end :]) or whose != CHILD and AGE_FOLLOWS.match(text[person.end :])
            if names_another or not ALSO_THE_WRITER.fullmatch(text[person.start : person.end]):
                found.append(person)
    return tuple(found)


def _kin(pattern: re.Pattern[str], whose: str, text: str) -> Iterator[Person]:
    is_young = whose == YOUNG_RELATIVE
    return (Person(*found.span(), SOMEONE_ELSE if is_young else whose, is_young) for found in pattern.finditer(text))


@remembered
def _by_name(text: str) -> tuple[Person, ...]:
    """Returns the people who are called by a name, with the title before it, unless it is the writer's."""
    found = []
    for word in WORD.finditer(text):
        first = max(0, word.start() - MAX_BEFORE_NAME)
        before, is_known = text[first : word.start()], word[0].lower() in GIVEN_NAMES
        title = TITLE.search(before) or is_known and TITLE_OF_NAME.search(before)
        is_introduced = INTRODUCED["before"].search(before) or INTRODUCED["after"].match(text, word.end())
        if (is_known or title) and not is_introduced:
            found.append(Person(first + title.start() if title else word.start(), word.end(), None))
    return tuple(found)


def _found(pattern: re.Pattern[str], whose: str | None, text: str) -> Iterator[Person]:
    return (Person(*found.span(), whose) for found in pattern.finditer(text))


def _writer(pattern: re.Pattern[str], text: str) -> Iterator[Person]:
    """Yields where a message says that it is about the writer. "Not for me" does not."""
    return (person for person in _found(pattern, SELF, text) if not NOT_SELF.search(text[: person.start]))


def _subjects(text: str) -> Iterator[Person]:
    """Yields the other people that the message is about."""
    return (person for person in _others(text) if _is_subject(person, text))


def _others(text: str) -> Iterator[Person]:
    for whose, pattern in PERSONS.items():
        yield from _kin(pattern, whose, text)
    yield from _found(A_FRIEND, SOMEONE_ELSE, text)
    yield from (replace(person, whose=SOMEONE_ELSE) for person in _by_name(text) if ASKED_FOR.search(text[: person.start]))
    yield from (person for person in _without_my(text) if WITHOUT_MY.search(text[: person.start]))
    yield from (person for person in _found(A_CHILD, CHILD, text) if not I_AM.search(text[: person.start]))


def _is_subject(person: Person, text: str) -> bool:
    before, after = text[: person.start], text[person.end :]
    if MENTIONED_BEFORE.search(before) or MENTIONED_AFTER.search(after):
        return False
    if person.whose != PARTNER and BALD_RELATIVE_AFTER.search(after):
        return False
    return bool(ASKED_FOR.search(before) or BEFORE.search(before) or AFTER.match(after))
