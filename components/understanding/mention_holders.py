"""Tells whom a thing that is mentioned belongs to: the nearest person, as in ConText.

The words are in data/understanding/grammar.yml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set

from spacy.tokens import Doc, Span

from components.understanding.about_whom import BEFORE_PERSON, CHILD, SELF, SOMEONE_ELSE, Person, is_addressed, kin_in
from components.understanding.mention_roles import GRAMMAR, NEW_STATEMENT, SENTENCE_END, clause_end, clause_start, word_after
from runtime.shapes import Entity

PRONOUNS, PLURAL_PRONOUNS = set(GRAMMAR["pronouns"]), set(GRAMMAR["plural_pronouns"])
SPEAKER, SPEAKERS = set(GRAMMAR["speaker"]), set(GRAMMAR["speakers"])
CLINICIANS, REPORTING = set(GRAMMAR["clinicians"]), set(GRAMMAR["reporting"])
NOT_HAD = set(GRAMMAR["not_had"])
HAVING, DOING, OWN_THINGS = set(GRAMMAR["having"]), set(GRAMMAR["doing"]), set(GRAMMAR["own_things"])
BORROWED, PLACED = set(GRAMMAR["borrowed"]), set(GRAMMAR["placed"])
MENTIONING, SELF_DESCRIPTION = set(GRAMMAR["mentioning"]), set(GRAMMAR["self_description"])
DETERMINERS, ANYBODY, OF_ANOTHER = set(GRAMMAR["determiners"]), set(GRAMMAR["anybody"]), set(GRAMMAR["of_another"])
HEREDITY, LIKE_SPEAKER = (re.compile(GRAMMAR[name]) for name in ("heredity", "like_speaker"))
THEIRS = {side: re.compile(pattern) for side, pattern in GRAMMAR["theirs"].items()}
# "Married to my wife, on warfarin": after these a statement may be about anybody.
OPEN_STATEMENT = NEW_STATEMENT - SPEAKER - SPEAKERS - PRONOUNS - {"has"}
MAX_WORDS_BEFORE_PERSON, MAX_WORDS_OF_PLACE = 3, 6
KIN = "kin"  # the people of a text, by where their names end, once it has been looked for them


def is_of_others(holder: str | None) -> bool:
    """Whether a thing is somebody else's. Without a holder it is taken for the visitor's."""
    return holder not in (None, SELF)


def own(entities: Sequence[Entity]) -> list[Entity]:
    """Returns the entities of a message without what it says of other people."""
    return [entity for entity in entities if not is_of_others(entity.get("holder"))]


def holder(phrase: Span, named: Set[int], last_person: str | None = None, reads_on: bool = True) -> str | None:
    """Returns whose the phrase is: `self`, `child`, `partner`, `parent`, `someone_else`, or None if the words do not say.

    Args:
        phrase: the phrase.
        named: indices of the words of all phrases, whose words are no people: "after my wife died" is a cause.
        last_person: who was spoken of before the message, for "he" and "she".
        reads_on: whether words after the phrase may say it, too. "Nursing my son" does not.
    """
    doc, end = phrase.doc, clause_end(phrase)
    if any(token.lower_ in SPEAKER for token in phrase):
        return SELF
    after = doc[phrase.end : end].text.lower()
    before = None if THEIRS["instead"].search(after) and reads_on else _holder_before(phrase, named, last_person)
    if is_of_others(before) and LIKE_SPEAKER.search(after):
        return SELF
    if before or not reads_on:
        return before
    return _holder_after(after) or (last_person or SOMEONE_ELSE if _is_for_another(phrase) else None)


def is_in_family(phrase: Span) -> bool:
    """Whether the clause says that it runs in the family, which is nobody's illness in particular."""
    return bool(HEREDITY.search(phrase.doc[clause_start(phrase) : clause_end(phrase)].text.lower()))


def _holder_before(phrase: Span, named: Set[int], last_person: str | None) -> str | None:
    doc = phrase.doc
    for place in range(phrase.start - 1, clause_start(phrase) - 1, -1):
        word = doc[place].lower_
        if word in OF_ANOTHER and place and doc[place - 1].lower_ in BORROWED:
            continue
        is_speaker = word in SPEAKER and not _kin(doc, place) and not _is_no_holder(doc, place)
        if is_speaker and not _is_other_subject(doc, place, named):
            return SELF
        if word in SPEAKER | SPEAKERS and _is_other_subject(doc, place, named):
            return SOMEONE_ELSE
        if word in SPEAKERS or word == "," and word_after(doc, place) in OPEN_STATEMENT:
            return None
        if place not in named and (found := _person(doc, place, named, last_person)):
            return SELF if _is_with_speaker(doc, place) else found
    return None


def _is_other_subject(doc: Doc, place: int, named: Set[int]) -> bool:
    """Whether "my" and an unknown word have something: "my comadre takes". Not "my scalp has", "my doctor has me on"."""
    words = [token.lower_ for token in doc[place : place + 4]]
    if len(words) < 4 or words[0] not in {"my", "our"} or place + 1 in named:
        return False
    is_person = words[1] not in OWN_THINGS | CLINICIANS and not _kin(doc, place + 1)
    return is_person and words[2] in HAVING and words[3] not in {"me", "us", "my"}


def _is_no_holder(doc: Doc, place: int) -> bool:
    """Whether the speaker is only named beside another person: "a friend of mine", "my sister, not me,", "a girl in my team"."""
    if not place:
        return False
    before, word = doc[place - 1].lower_, doc[place].lower_
    is_where = before in {"in", "at", "from"} and word == "my" and word_after(doc, place) not in OWN_THINGS
    return is_where or (before, word) in {("of", "mine"), ("not", "me")}


def _person(doc: Doc, place: int, named: Set[int], last_person: str | None) -> str | None:
    """Returns who a word is, if it is a person who may have something."""
    word = doc[place].lower_
    if word_after(doc, place) in REPORTING | CLINICIANS:
        return None
    if word in PRONOUNS or word in PLURAL_PRONOUNS:
        before = _person_before(doc, place, named)
        return before or (last_person or SOMEONE_ELSE if word in PRONOUNS and before is None else None)
    person = _kin(doc, place)
    owns_other = word_after(doc, place) == "'s" and word_after(doc, place + 1) in NOT_HAD
    if not person or owns_other or not _is_subject(doc, place, person):
        return None
    if person.whose is None:
        return _called(doc, place, last_person)
    # "The boy" is who was spoken of before.
    is_same = last_person and person.whose == CHILD and "the" in _words_before(doc, place, person)
    return last_person if is_same else _whose(doc, place, person)


def _whose(doc: Doc, place: int, person: Person) -> str | None:
    """Returns what a person who may have something is to the visitor."""
    determiner = next((word for word in _words_before(doc, place, person) if word in DETERMINERS), None)
    # "A lad at work", "lad off the forum".
    is_anybody = determiner in ANYBODY or not determiner and word_after(doc, place) in PLACED
    if determiner in OF_ANOTHER or person.whose == CHILD and is_anybody:
        return SOMEONE_ELSE
    return person.whose


def _called(doc: Doc, place: int, last_person: str | None) -> str:
    """Returns what somebody who is called by a name is to the visitor: "my niece Tasha" says so, otherwise who was spoken of."""
    kin = _kin(doc, place - 1) if place else None
    return (kin and kin.whose) or last_person or SOMEONE_ELSE


def _kin(doc: Doc, place: int) -> Person | None:
    """Returns the person whose last word stands at a place: "mother in law" is one."""
    if KIN not in doc.user_data:
        doc.user_data[KIN] = {person.end: person for person in kin_in(doc.text)}
    found: Person | None = doc.user_data[KIN].get(doc[place].idx + len(doc[place]))
    return found


def _person_before(doc: Doc, place: int, named: Set[int]) -> str | None:
    """Returns the person named last before a place, "" for a clinician, or None."""
    for earlier in range(place - 1, -1, -1):
        word = doc[earlier].lower_
        if word in CLINICIANS:
            return ""
        person = _kin(doc, earlier)
        if person and person.whose and earlier not in named and not _describes_speaker(doc, earlier, person):
            words = set(_words_before(doc, earlier, person))
            if not (OF_ANOTHER & words and MENTIONING & words):  # in "like his brothers, he", he is somebody else
                return _whose(doc, earlier, person)
    return None


def _is_subject(doc: Doc, place: int, person: Person) -> bool:
    """Whether a person is more than mentioned: not "bald like my dad", not "I'm a mum", not "no idea, mate"."""
    words = list(_words_before(doc, place, person))
    is_named = bool(words) and words[0] in DETERMINERS | BEFORE_PERSON or word_after(doc, place) in DOING or _acts(doc, place)
    is_address = person.whose is None and word_after(doc, place) == ","
    is_called = is_address or is_addressed(person, doc.text) and not is_named
    return not (is_called or MENTIONING.intersection(words) or _describes_speaker(doc, place, person))


def _acts(doc: Doc, place: int) -> bool:
    """Whether somebody of a place has or does something: "lad off the forum takes", but not "lad from Leeds, on warfarin"."""
    words = [token.lower_ for token in doc[place + 1 : place + 1 + MAX_WORDS_OF_PLACE]]
    return bool(words) and words[0] in PLACED and not HAVING.isdisjoint(words)


def _describes_speaker(doc: Doc, place: int, person: Person) -> bool:
    return any(word in SELF_DESCRIPTION for word in _words_before(doc, place, person, but={"a", "an", "the"}))


def _words_before(doc: Doc, place: int, person: Person, but: Set[str] = frozenset()) -> Iterator[str]:
    """Yields the words before a person, up to the one before "my" or the like. Not those in `but`."""
    first = next(token.i for token in doc[: place + 1] if token.idx + len(token) > person.start)
    for earlier in range(first - 1, max(-1, first - 1 - MAX_WORDS_BEFORE_PERSON), -1):
        word = doc[earlier].lower_
        if word in SENTENCE_END or word == ",":
            return
        yield word
        if word in DETERMINERS - but:
            if not but and earlier:
                yield doc[earlier - 1].lower_
            return


def _is_with_speaker(doc: Doc, place: int) -> bool:
    """Whether the speaker is named right before a person, as in "me and my sister"."""
    words = [doc[earlier].lower_ for earlier in range(max(0, place - MAX_WORDS_BEFORE_PERSON - 1), place)]
    joined = next((index for index, word in enumerate(words) if word in {"and", "&", "plus"}), 0)
    return joined > 0 and words[joined - 1] in SPEAKER - {"my"}


def _holder_after(after: str) -> str | None:
    """Returns whose a thing is by what follows it: "lupus is my sister's"."""
    for person in kin_in(after):
        before, behind = after[: person.start], after[person.end :]
        if THEIRS["before"].search(before) or THEIRS["after"].search(before) and THEIRS["behind"].match(behind):
            return person.whose or SOMEONE_ELSE
    return None


def _is_for_another(phrase: Span) -> bool:
    """Whether a thing is for somebody whom the clause only calls "his" or "her": "on litfulo for her spots"."""
    doc, start, end = phrase.doc, clause_start(phrase), clause_end(phrase)
    others = SPEAKER | SPEAKERS | CLINICIANS
    names_others = any(token.lower_ in others or _kin(doc, token.i) for token in doc[start:end])
    return not names_others and bool(THEIRS["unnamed"].search(doc[phrase.end : end].text.lower()))
