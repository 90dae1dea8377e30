"""Loads a model only if it is, bit for bit, the one that training wrote.

A model is code as much as data: a wrong one can run anything when Rasa loads it. `make train` writes its SHA-256 beside it, in
the format of sha256sum. That finds a damaged or wrong file; it does not stop somebody who can write both files, so nobody should.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from rasa.core import processor
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.storage import ModelMetadata


class VerifiedModelStorage(LocalModelStorage):
    """Rasa's storage, which compares the checksum before it opens anything."""

    @classmethod
    def from_model_archive(cls, storage_path: Path, model_archive_path: str | Path) -> tuple[LocalModelStorage, ModelMetadata]:
        """Unpacks a model, as Rasa does.

        Raises:
            ValueError: its checksum is missing or different.
        """
        verify(Path(model_archive_path))
        return super().from_model_archive(storage_path, model_archive_path)


def verify(model: Path) -> None:
    """Compares the file `model` with the checksum beside it.

    Raises:
        ValueError: there is none, or it is different.
    """
    record = model.with_name(f"{model.name}.sha256")
    if not record.exists():
        raise ValueError(f"{record} is missing, so nobody knows where {model.name} comes from. `make train` records it.")
    with model.open("rb") as file:
        digest = hashlib.sha256()
        for part in iter(lambda: file.read(1024 * 1024), b""):
            digest.update(part)
    if record.read_text(encoding="utf-8").split()[:1] != [digest.hexdigest()]:
        raise ValueError(f"{model.name} is not the model whose checksum stands in {record}. Train again: `make train`.")


def install() -> None:
    """Makes Rasa open models this way."""
    processor.LocalModelStorage = VerifiedModelStorage
