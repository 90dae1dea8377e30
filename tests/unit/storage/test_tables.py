"""The list of tables, and the documents that repeat it."""

from __future__ import annotations

import re

from components.storage.tables import METADATA, TABLES
from runtime.paths import ROOT

PRIVACY_ROW = re.compile(r"^\| (.+?) \| (?:database, )?table `(\w+)` \|", re.MULTILINE)


def test_every_table_stands_in_the_list_once() -> None:
    assert len(TABLES) == len(METADATA.tables) > 0
    assert sorted(stored.table.name for stored in TABLES) == sorted(METADATA.tables)


def test_the_columns_in_the_list_are_columns_of_their_table() -> None:
    for stored in TABLES:
        assert stored.time.table is stored.table
        assert stored.sender is None or stored.sender.table is stored.table


def test_a_table_with_a_sender_column_says_whose_its_rows_are() -> None:
    for stored in TABLES:
        assert stored.sender is stored.table.columns.get("sender_id")


def test_the_privacy_document_says_what_each_table_holds() -> None:
    text = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
    assert {table: holds for holds, table in PRIVACY_ROW.findall(text)} == {stored.table.name: stored.holds for stored in TABLES}
