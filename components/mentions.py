"""Finds what a message says about the visitor's hair, treatments, age and health, and in what sense it says it."""
from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Tuple

import spacy
import yaml
from rapidfuzz import process
from rapidfuzz.distance import OSA
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

LEXICON = Path(__file__).parent.parent / "data" / "understanding" / "entities.yml"

NEGATORS = {"no", "not", "never", "without", "n't", "nt", "non", "neither", "nor", "cannot", "dont", "isnt", "havent", "wasnt", "arent", "didnt", "doesnt", "aint", "zero", "negative"}
UNSURE_AFTER_NOT = {"sure", "certain", "clear", "know", "only", "just"}
SCOPE_BREAKERS = {"but", "except", "however", "though", "although", "besides", "yet", "just", "only", "still", "because", "since"}
NEW_STATEMENT = {"i", "im", "ive", "my", "on", "have", "has", "had", "take", "taking", "it", "there", "he", "she", "we"}
NEGATION_REACH = 7
SHORTEST_SLIP, TWO_SLIPS = 5, 10  # letters a word must have for one slip, or two, to be mended
FIRST_PERSON = {"i", "im", "ive", "my", "me", "mine", "we", "our", "id"}
OTHERS = {"sister", "mother", "mom", "mum", "mam", "dad", "father", "husband", "wife", "brother", "friend", "son", "daughter", "boyfriend", "girlfriend", "partner", "aunt", "uncle", "cousin", "grandma", "grandmother",
          "grandpa", "grandfather", "nan", "coworker", "colleague", "neighbor", "neighbour", "buddy", "roommate", "fiance", "fiancee", "he", "she", "they", "his", "her", "their"}
QUESTION_OPENERS = {"what", "why", "how", "when", "where", "who", "which", "whose", "does", "do", "did", "is", "are", "was", "can", "could", "should", "would", "will", "may", "might", "has", "anyone", "whats", "hows", "wheres"}
PAST = re.compile(r"\b(had|was|were|used to|years? ago|months? ago|in (19|20)\d\d|survivor|remission|history of|finished|beat|cured|previous(ly)?|past|former|ended|over (a|one|two|three|five|ten|\d+) years?|free|removed)\b")
STILL_THERE = re.compile(r"\b(now|currently|still|until|till|at the moment|right now|undergoing|ongoing|again|came back|is back|relapsed?|active)\b")

SMALL = {word: number for number, word in enumerate(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split())}
TENS = {word: 10 * number for number, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)}
NUMBER = r"(?:\d{1,3}|(?:%s)(?:[\s-](?:one|two|three|four|five|six|seven|eight|nine))?|%s)" % ("|".join(TENS), "|".join(SMALL))
AGE_PATTERNS = [
    re.compile(rf"\b(?:turning|turn|will be|i'?ll be|going to be|almost|nearly|not (?:quite|yet)) (?P<next>{NUMBER})\b(?!\s*(?:%|mg|weeks?|months?|sessions?|minutes?|hours?|days?))", re.I),
    re.compile(rf"\b(?:i'?m|i am|im|age[d]?|age is|age:|am|me:|he'?s|she'?s|is)\s*(?:only |just |about |around |a )?(?P<age>{NUMBER})\b(?!\s*(?:%|mg|ml|weeks?|months?|years? (?:in|into|on|post|of|ago|after|since)|sessions?|minutes?|hours?|days?|times?|treatments?))", re.I),
    re.compile(rf"\b(?P<age>{NUMBER})[\s-]*(?:years?|yrs?|yr|y)[\s-]*(?:old|young|of age|o)\b", re.I),
    re.compile(rf"\b(?P<age>{NUMBER})\s*(?:yo|y/o|yrs old|m|f|male|female|man|woman|guy|dude)\b", re.I),
    re.compile(r"\b(?:m|f|male|female)\s?(?P<age>\d{2})\b", re.I),
    re.compile(r"\bborn (?:in )?(?P<born>19\d\d|20[012]\d)\b", re.I),
    re.compile(r"\b(?:in )?(?:my )?(?P<part>early|mid|late)?[\s-]*(?P<decade>teens|20'?s|30'?s|40'?s|50'?s|60'?s|70'?s|80'?s|twenties|thirties|forties|fifties|sixties|seventies|eighties)\b", re.I),
]
BARE_AGE = re.compile(rf"^\W*(?:it'?s |about |around |age |just |um |uh |well )*(?P<age>{NUMBER})(?:\s*(?:years?|yrs?|yo))?\b\W*", re.I)
DECADES = {"teens": 13, "twenties": 20, "thirties": 30, "forties": 40, "fifties": 50, "sixties": 60, "seventies": 70, "eighties": 80}
OLDEST = 120


@dataclass(frozen=True)
class Mention:
    """One thing that a message says.

    Attributes:
        entity: what it is about, e.g. `health_flags`.
        value: one of the values of that entity, e.g. `past_cancer`.
        start: index of its first character.
        end: index after its last character.
        role: None for a statement about the visitor, `denied` for what does not apply, `asked` for what a question is about.
    """

    entity: str
    value: str
    start: int
    end: int
    role: Optional[str] = None


def _number(word: str) -> Optional[int]:
    if word.isdigit():
        return int(word)
    parts = re.split(r"[\s-]", word.lower())
    if parts[0] in TENS:
        return TENS[parts[0]] + (SMALL.get(parts[1], 0) if len(parts) > 1 else 0)
    return SMALL.get(parts[0])


class MentionFinder:
    """Reads the lexicon once; `find` is then a few dictionary look-ups a word."""

    def __init__(self, lexicon: Path = LEXICON) -> None:
        """Builds the matchers from `lexicon` (YAML: entity, value, phrases)."""
        self._nlp = spacy.blank("en")
        self._phrases = PhraseMatcher(self._nlp.vocab, attr="LOWER")
        words = yaml.safe_load(lexicon.read_text(encoding="utf-8"))
        for entity, values in words["phrases"].items():
            for value, phrases in values.items():
                texts = {str(phrase) for phrase in phrases} | {f"{phrase}s" for phrase in phrases}
                self._phrases.add(f"{entity}/{value}", [self._nlp.make_doc(text) for text in sorted(texts)])
        self._mended = words["mended"]

    def _mend(self, word: str) -> str:
        """Returns the medical word that `word` is a slip of, or `word`."""
        if len(word) < SHORTEST_SLIP or not word.isalpha():
            return word
        slips = 2 if len(word) >= TWO_SLIPS else 1
        # The first letter is rarely the slip; asking for it keeps other words out.
        found = process.extractOne(word, self._mended, scorer=OSA.distance, score_cutoff=slips)
        return found[0] if found and found[0][0] == word[0] and found[0] + "s" != word else word

    def find(self, text: str, asked_slot: Optional[str] = None, asks: bool = False) -> List[Mention]:
        """Returns what `text` says, in its order.

        Args:
            text: the message.
            asked_slot: the question of the check that stands open; then a bare "34", "no" or "not sure" is its answer.
            asks: True when the message is a question by its intent, so that a bare noun is what it asks about.
        """
        # Smart quotes and the like would hide "don't".
        text = text.replace("’", "'").replace("‘", "'")
        typed = self._nlp.make_doc(text)
        words = [self._mend(token.lower_) for token in typed]
        doc = Doc(typed.vocab, words=words, spaces=[bool(token.whitespace_) for token in typed])
        mentions = list(self._from_lexicon(doc, typed, asked_slot, asks))
        age = self._age(text, asked_slot)
        if age:
            mentions.append(age)
        return sorted(mentions, key=lambda mention: mention.start)

    def _from_lexicon(self, doc: Doc, typed: Doc, asked_slot: Optional[str], asks: bool) -> Iterator[Mention]:
        # Of overlapping phrases the longest counts, within one entity: "autoimmune" is both an illness and a group.
        by_entity: Dict[str, List[Span]] = {}
        for span in self._phrases(doc, as_spans=True):
            by_entity.setdefault(span.label_.split("/")[0], []).append(span)
        spans = [span for group in by_entity.values() for span in filter_spans(group)]
        taken = {token.i for span in spans for token in span}
        for span in sorted(spans, key=lambda span: span.start):
            entity, value = span.label_.split("/")
            if value != "none" and self._about_someone_else(span):
                continue
            role = self._role(span, taken, asked_slot == entity, asks)
            if entity == "prior_treatments" and value == "minoxidil" and span.text.lower() == "min" and span.start and doc[span.start - 1].like_num:
                continue  # "30 min" are minutes
            if value == "active_cancer" and self._is_past(span):
                value = "past_cancer"
            if value == "none" and role == "denied":
                continue
            start, end = typed[span.start].idx, typed[span.end - 1].idx + len(typed[span.end - 1])
            yield Mention(entity, value, start, end, role)

    @staticmethod
    def _clause(span: Span) -> Tuple[int, int]:
        """Returns the token range of the clause around `span`: from the last full stop to the next."""
        doc, start, end = span.doc, span.start, span.end
        while start > 0 and doc[start - 1].text not in ".?!;\n" and doc[start - 1].lower_ not in {"but"}:
            start -= 1
        while end < len(doc) and doc[end].text not in ".?!;\n" and doc[end].lower_ not in {"but"}:
            end += 1
        return start, end

    def _role(self, span: Span, taken: set, is_asked_slot: bool, asks: bool) -> Optional[str]:
        if self._negated(span, taken):
            return "denied"
        start, end = self._clause(span)
        doc = span.doc
        ends_as_question = end < len(doc) and doc[end].text == "?"
        # After the last comma a new statement may begin: "I take Eliquis, does it hurt?"
        comma = max((i for i in range(start, span.start) if doc[i].text == ","), default=start - 1)
        own = next((i for i in range(span.end, end) if doc[i].text == ","), end)
        opener = next((doc[i].lower_ for i in range(comma + 1, span.start + 1) if doc[i].is_alpha), "")
        first_person = any(doc[i].lower_ in FIRST_PERSON for i in range(start, span.start))
        questions = opener in QUESTION_OPENERS or (ends_as_question and own == end)
        if is_asked_slot and not questions:
            return None
        if questions:
            owner = any(doc[i].lower_ in FIRST_PERSON and doc[i].lower_ != "me" for i in range(comma + 1, span.start))
            return None if owner and self._owns(doc, comma + 1, span.start) else "asked"
        if asks and not first_person:
            return "asked"
        return None

    @staticmethod
    def _owns(doc: Doc, start: int, end: int) -> bool:
        words = " ".join(token.lower_ for token in doc[start:end])
        return bool(re.search(r"\b(i ?'?m|i am|i ?'?ve|i have|i had|i take|i use|i tried|my|im|ive|since i|as i|while i|i was|i got|i suffer)\b", words))

    @staticmethod
    def _negated(span: Span, taken: set) -> bool:
        doc = span.doc
        # A list filled in like a form: "pregnant: no, cancer no".
        following = span.end + (span.end < len(doc) and doc[span.end].text in "?:-=")
        if following < len(doc) and doc[following].lower_ in {"no", "nope", "negative"}:
            if following + 1 == len(doc) or not doc[following + 1].is_alpha:
                return True
        reach = NEGATION_REACH
        i = span.start - 1
        while i >= 0 and reach > 0:
            word = doc[i].lower_
            if i in taken:
                i, reach = i - 1, NEGATION_REACH
                # A list goes on under its negation: "no cancer, diabetes or pregnancy".
                continue
            if word in SCOPE_BREAKERS or word in ".?!;":
                return False
            follows = doc[i + 1].lower_ if i + 1 < len(doc) else ""
            if word in {",", "and"} and follows in NEW_STATEMENT:
                return False
            if word in NEGATORS and follows not in UNSURE_AFTER_NOT and not (i and follows in {",", ";"}):
                return True
            i, reach = i - 1, reach - 1
        return False

    def _about_someone_else(self, span: Span) -> bool:
        start, _ = self._clause(span)
        for i in range(span.start - 1, start - 1, -1):
            word = span.doc[i].lower_
            if word in {"i", "im", "ive", "i'm"}:
                return False
            if word in OTHERS:
                return True
        return False

    def _is_past(self, span: Span) -> bool:
        start, end = self._clause(span)
        clause = span.doc[start:end].text.lower()
        return bool(PAST.search(clause)) and not STILL_THERE.search(clause)

    @staticmethod
    def _age(text: str, asked_slot: Optional[str]) -> Optional[Mention]:
        matches = [match for pattern in AGE_PATTERNS for match in [pattern.search(text)] if match]
        if asked_slot == "age":
            bare = BARE_AGE.match(text) or re.search(r"\b(?P<age>\d{1,3})\b", text)
            if bare:
                matches.append(bare)
        for match in matches:
            years = _years(match.groupdict())
            if years is not None and 0 < years <= OLDEST:
                return Mention("age", str(years), match.start(), match.end())
        return None


def _years(found: Dict[str, Optional[str]]) -> Optional[int]:
    """Returns the age that a match states; where it is a range, the lower end, which is the cautious reading."""
    if found.get("next"):
        number = _number(found["next"])
        return number - 1 if number else None
    if found.get("age"):
        return _number(found["age"])
    if found.get("born"):
        return date.today().year - int(found["born"]) - 1
    if found.get("decade"):
        word = found["decade"].lower().replace("'", "")
        start = DECADES.get(word) or int(word.rstrip("s"))
        return start + {"mid": 4, "late": 7}.get((found.get("part") or "").lower(), 0)
    return None
