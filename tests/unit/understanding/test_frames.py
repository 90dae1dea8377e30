"""How frames of frames.yml are read, each with several names in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from components.understanding.mentions import Mention, MentionFinder
from runtime.data_files import read_yaml
from runtime.paths import UNDERSTANDING_DATA

FRAMES = read_yaml(UNDERSTANDING_DATA / "frames.yml")
# Cancers are left out: what they are called differs by whether they are over.
NAMES = {"illness": ["lupus", "ringworm"], "medicine": ["warfarin", "methotrexate"], "treatment": ["prp", "minoxidil"]}
NAMES["any"] = [names[0] for names in NAMES.values()]
FINDER = MentionFinder()


def cases(what: str) -> Iterator[tuple[str, str, str]]:
    for reading, by_kind in FRAMES[what].items():
        for kind, frames in (by_kind if isinstance(by_kind, dict) else {"any": by_kind}).items():
            yield from ((reading, frame.replace("{x}", name), name) for frame in frames for name in NAMES[kind])


def mention_of(name: str, text: str) -> Mention:
    place = text.lower().index(name)
    found = FINDER.find(text, is_question=text.endswith("?"))
    concepts = (mention for mention in found if mention.concept and mention.concept != "cancer")
    return next(mention for mention in concepts if mention.start < place + len(name) and mention.end > place)


@pytest.mark.parametrize(("reading", "text", "name"), cases("status"))
def test_role_and_status(reading: str, text: str, name: str) -> None:
    mention = mention_of(name, text)
    assert (mention.role or mention.status or "now") == reading


@pytest.mark.parametrize(("reading", "text", "name"), cases("holder"))
def test_holder(reading: str, text: str, name: str) -> None:
    # Hair loss runs in families, and so do illnesses. Treatments do not.
    if "family" not in text or name == "lupus":
        assert (mention_of(name, text).holder or "nobody") == reading
