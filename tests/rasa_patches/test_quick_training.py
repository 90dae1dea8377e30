"""Training with less work: the same messages, and an archive that Rasa reads."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from tarsafe import TarSafe

from components.rasa_patches.quick_training import QuickArchive, merged


def data(*texts: str, **more: object) -> TrainingData:
    return TrainingData([Message.build(text, " greet ") for text in texts], **more)


MORE = data("hello", "hi", entity_synonyms={"pills": "tablets"}, lookup_tables=[{"name": "pills", "elements": ["aspirin"]}])
FEATURE = TrainingData(regex_features=[{"name": "number", "pattern": r"\d+"}], responses={"greet/a": [{"text": "Hi"}]})


@pytest.mark.parametrize(
    ("first", "others"),
    [
        (data("hi", "hey"), [MORE, FEATURE]),
        (data("hi"), [None, TrainingData()]),
        (TrainingData(), [MORE]),
        (TrainingData(), []),
        (FEATURE, [data("hey"), MORE]),
    ],
)
def test_data_is_merged_as_by_rasa(first: TrainingData, others: list[TrainingData | None]) -> None:
    assert merged(first, *others).fingerprint() == first.merge(*others).fingerprint()
    assert [each.get("text") for each in merged(first, *others).training_examples] == [
        each.get("text") for each in first.merge(*others).training_examples
    ]


def test_an_archive_is_one_that_rasa_reads(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(b"weights " * 10_000)
    with QuickArchive.open(tmp_path / "model.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "weights", arcname="weights")
    with TarSafe.open(tmp_path / "model.tar.gz", "r:gz") as archive:
        archive.extractall(tmp_path / "unpacked")
    assert (tmp_path / "unpacked" / "weights").read_bytes() == b"weights " * 10_000
    assert (tmp_path / "model.tar.gz").stat().st_size < 80_000
    with pytest.raises(tarfile.ReadError):
        QuickArchive.open(tmp_path / "weights", "r:gz")
