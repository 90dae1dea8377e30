"""The facts that the texts are based on, and the sources that visitors see of them. No Rasa."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TypedDict

from runtime.data_files import read_yaml
from runtime.paths import DATA
from runtime.shapes import Source

MAX_SOURCES = 5  # with one text; nobody reads more


class Fact(TypedDict):
    """A fact of data/facts.yml, where the fields are explained."""

    claim: str
    sources: dict[str, str]  # by id in data/sources.yml: the place in it
    as_of: str
    strength: str
    read: str


_content = read_yaml(DATA / "facts.yml")
FACTS: dict[str, Fact] = _content["facts"]
AS_OF: str = _content["as_of"]  # the month of our knowledge of approvals and laws, such as "November 2026"
SOURCES: dict[str, dict[str, str | None]] = read_yaml(DATA / "sources.yml")["sources"]


def cite(facts: Iterable[str]) -> list[Source]:
    """Returns the sources of facts, each once and in the order of the facts, the way visitors see them.

    Raises:
        KeyError: there is no such fact.
    """
    ids = dict.fromkeys(source for fact in facts for source in FACTS[fact]["sources"])
    return [{"title": str(SOURCES[source]["title"]), "url": SOURCES[source].get("url")} for source in islice(ids, MAX_SOURCES)]
