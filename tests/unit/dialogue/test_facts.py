"""The sources that a visitor sees follow from the facts that a text cites."""

from __future__ import annotations

import pytest

from components.dialogue.facts import FACTS, MAX_SOURCES, SOURCES, cite
from tests.unit.dialogue.all_responses import ALL_RESPONSES


def test_sources_with_their_address_or_without_one() -> None:
    with_address, without = cite(["EVI-05", "CMP-09"])
    assert with_address == {"title": SOURCES["ersan-2024"]["title"], "url": "https://doi.org/10.1007/s00266-024-04332-3"}
    assert without == {"title": SOURCES["clinic-prices"]["title"], "url": None}


def test_each_source_once_in_the_order_of_the_facts() -> None:
    titles = [source["title"] for source in cite(["EVI-14", "EVI-06", "EVI-05"])]
    assert titles == [SOURCES[source]["title"] for source in ("wan-2025", "al-ameer-2025", "ersan-2024")]


def test_at_most_five() -> None:
    assert len({source for fact in FACTS.values() for source in fact["sources"]}) > MAX_SOURCES
    assert len(cite(FACTS)) == MAX_SOURCES == 5


def test_general_knowledge_has_none() -> None:
    assert cite(["EXO-05"]) == []


def test_an_unknown_fact() -> None:
    with pytest.raises(KeyError):
        cite(["EXO-99"])


def test_marketing_is_called_what_it_is_and_never_the_article() -> None:
    assert SOURCES["article"]["title"] == "A clinic's marketing article on exosomes for hair loss"
    for name in ("utter_reason_pattern", "utter_reason_early", "utter_reason_alopecia_areata"):
        for variant in ALL_RESPONSES[name]:
            assert "article" not in variant["text"], name
