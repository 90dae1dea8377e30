"""What the reader learned from sentences by many people. The rules alone: test_mention_statuses.py, test_mention_roles.py."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from components.understanding.about_whom import OTHERS
from components.understanding.languages import ENGLISH, SPANISH
from components.understanding.mentions import MAX_AROUND, MAX_READ, MentionFinder
from components.understanding.status_reader import (
    ASKED,
    CONSIDERED,
    DENIED,
    NOW,
    PAST,
    POSSIBLE,
    READINGS,
    STATEMENTS,
    Statement,
    StatusReader,
    Surroundings,
    read_sentences,
)
from runtime.data_files import read_yaml
from runtime.paths import ROOT

FINDER = MentionFinder()
VOICES = ROOT / "tests" / "check" / "voices.yml"


def reading(text: str) -> str:
    mention = next(mention for mention in FINDER.find(text) if mention.concept)
    return mention.role or mention.status or NOW


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my uncle got pulled off warfarin the winter before last", PAST),
        ("came through ringworm grand, that's two years ago now", PAST),
        ("eyeing up dutasteride, haven't pulled the trigger", CONSIDERED),
        ("the box of minoxidil is still sealed on my shelf", CONSIDERED),
        ("bloods are away to see is it lupus", POSSIBLE),
        ("lupus? nah not me mate, dodged that one", DENIED),
        ("if somebody was on eliquis would you still do it", ASKED),
        ("do be on the warfarin every day God sends", NOW),
        # A list, and what stands beside another name
        ("no lupus, no cancer, no diabetes", DENIED),
        ("never had lupus, dont take eliquis", DENIED),
    ],
)
def test_sentences_without_the_words_of_a_rule(text: str, expected: str) -> None:
    assert reading(text) == expected


@pytest.mark.parametrize("text", ["lupus", "eliquis!", "Warfarin."])
def test_a_bare_name_is_left_to_the_rules(text: str) -> None:
    assert reading(text) == NOW


def test_other_names_do_not_count() -> None:
    """Only the words around a name tell, so the sentence means the same with others."""
    assert len({reading(f"came off {name} and went back to {name} in may") for name in ("warfarin", "eliquis", "xarelto")}) == 1


class CountingReader:
    """Counts how often it is asked, and about how much text."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def read(self, surroundings: Surroundings, _by_rules: set[str]) -> None:
        self.seen.append(len(surroundings.before) + len(surroundings.after))


def test_no_message_takes_long() -> None:
    finder, reader = MentionFinder(), CountingReader()
    finder._reader = reader  # type: ignore[assignment]
    finder.find("warfarin and " * 380)
    assert len(reader.seen) == MAX_READ
    assert max(reader.seen) <= 2 * MAX_AROUND


def test_no_writer_of_sentences_wrote_what_we_measure_with() -> None:
    assert not {file.stem for file in STATEMENTS.rglob("*.yml")} & set(read_yaml(VOICES))


def statement(text: str, says: str) -> Statement:
    before, after = text.split("_")
    return Statement(Surroundings(before, after, NOW, None), says)


def test_it_learns_from_the_words_around() -> None:
    texts = {NOW: "I swallow _ daily with my {}", PAST: "they binned my _ before {}", DENIED: "not a drop of _ in this {}"}
    words = ("tea", "lunch", "dog", "house", "work", "walk")
    reader = StatusReader([statement(text.format(word), says) for says, text in texts.items() for word in words])
    assert reader.read(statement("they binned my _ before Easter", PAST).surroundings, {NOW}) == PAST
    assert reader.read(statement("not a drop of _ in this town", DENIED).surroundings, {NOW}) == DENIED
    assert reader.read(statement("I swallow _ daily with my soup", NOW).surroundings, {NOW}) is None, "the rules say so already"
    assert reader.read(Surroundings("", " ", NOW, None), {NOW}) is None


@pytest.mark.parametrize("file", sorted(STATEMENTS.rglob("*.yml")), ids=lambda file: file.stem)
def test_the_sentences_are_marked_and_labelled(file: Path) -> None:
    content = read_yaml(file)
    assert set(content) <= set(READINGS)
    for by_holder in content.values():
        assert set(by_holder) <= {*OTHERS, "self", "nobody"}
        assert all(text.count("[") == text.count("]") == 1 for texts in by_holder.values() for text in texts)


def test_no_sentence_stands_twice() -> None:
    counts = Counter(
        " ".join(sentence.text.lower().split()) for language in (ENGLISH, SPANISH) for sentence in read_sentences(language)
    )
    assert [text for text, count in counts.items() if count > 1] == []
