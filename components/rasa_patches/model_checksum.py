"""Only loads a model if it is exactly the file that training wrote.

A model is code as much as data: a malicious one can run anything when Rasa loads it. `make train` writes its SHA-256 next to it,
in the format of sha256sum. This catches a damaged or wrong file. It does not stop somebody who can write both files, so nobody
else should be able to.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from rasa.core import processor
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.storage import ModelMetadata


class VerifiedModelStorage(LocalModelStorage):
    """Rasa's storage, but it checks the checksum before it opens anything."""

    @classmethod
    def from_model_archive(cls, storage_path: Path, model_archive_path: str | Path) -> tuple[LocalModelStorage, ModelMetadata]:
        """Unpacks a model the way Rasa does.

        Raises:
            ValueError: its checksum is missing or does not match.
        """
        verify(Path(model_archive_path))
        return super().from_model_archive(storage_path, model_archive_path)


def verify(model: Path) -> None:
    """Compares the file `model` with the checksum next to it.

    Raises:
        ValueError: the checksum is missing or does not match.
    """
    record = model.with_name(f"{model.name}.sha256")
    if not record.exists():
        raise ValueError(f"{record} is missing, so we cannot tell where {model.name} comes from. `make train` writes it.")
    with model.open("rb") as file:
        digest = hashlib.sha256()
        for part in iter(lambda: file.read(1024 * 1024), b""):
            digest.update(part)
    if record.read_text(encoding="utf-8").split()[:1] != [digest.hexdigest()]:
        raise ValueError(f"{model.name} does not match the checksum in {record}. Train again: `make train`.")


def install() -> None:
    """Makes Rasa open models this way."""
    processor.LocalModelStorage = VerifiedModelStorage
