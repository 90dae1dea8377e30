"""Only loads a model if it is exactly the file that training wrote, and unpacks it once, not at each start.

A model is code as much as data: a malicious one can run anything when Rasa loads it. `make train` writes its SHA-256 next to it,
in the format of sha256sum. This catches a damaged or wrong file. It does not stop somebody who can write both files, so nobody
else should be able to.

Rasa reads all of a model twice to unpack it: four seconds for ours. We unpack it next to its archive, into a folder named after
its checksum; training does so already. It stays there for the next start, and several processes share what they map from it.
"""

from __future__ import annotations

import hashlib
import shutil
import tarfile
import tempfile
from pathlib import Path

from rasa.core import processor
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.storage import ModelMetadata
from rasa.shared.core.domain import Domain

UNPACKED = "unpacked"  # the folder of unpacked models, next to their archives


class VerifiedModelStorage(LocalModelStorage):
    """Rasa's storage, but it checks the checksum before it opens anything.

    Attributes:
        domain: the domain that the model was trained with.
    """

    domain: Domain

    @classmethod
    def from_model_archive(cls, storage_path: Path, model_archive_path: str | Path) -> tuple[LocalModelStorage, ModelMetadata]:
        """Opens a model.

        Only a model that we cannot unpack next to its archive goes to `storage_path`.

        Raises:
            ValueError: its checksum is missing or does not match.
        """
        folder = unpacked(Path(model_archive_path), storage_path)
        storage, metadata = cls(folder / "components"), cls._load_metadata(folder)
        storage.domain = metadata.domain
        return storage, metadata


def unpacked(archive: Path, spare: Path) -> Path:
    """Returns the folder with what is in `archive`, unpacked now unless it has been before.

    The folder is `spare` if we may not write next to the archive.

    Raises:
        ValueError: the checksum is missing or does not match.
    """
    folder = archive.parent / UNPACKED / verify(archive)
    if folder.exists():
        return folder
    try:
        folder.parent.mkdir(exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=folder.parent))
    except OSError:
        _unpack(archive, spare)
        return spare
    _unpack(archive, unfinished)
    unfinished.chmod(0o755)  # the server may run as another user than training
    try:
        unfinished.rename(folder)  # so that nobody sees half a model
    except OSError:  # another process was faster
        shutil.rmtree(unfinished)
    return folder


def _unpack(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as content:
        content.extractall(folder, filter="data")  # refuses whatever would land outside of the folder


def verify(archive: Path) -> str:
    """Compares `archive` with the checksum next to it, and returns that.

    Raises:
        ValueError: the checksum is missing or does not match.
    """
    record = archive.with_name(f"{archive.name}.sha256")
    if not record.exists():
        raise ValueError(f"{record} is missing, so we cannot tell where {archive.name} comes from. `make train` writes it.")
    with archive.open("rb") as file:
        digest = hashlib.sha256()
        for part in iter(lambda: file.read(1024 * 1024), b""):
            digest.update(part)
    if record.read_text(encoding="utf-8").split()[:1] != [digest.hexdigest()]:
        raise ValueError(f"{archive.name} does not match the checksum in {record}. Train again: `make train`.")
    return digest.hexdigest()


def install() -> None:
    """Makes Rasa open models this way."""
    processor.LocalModelStorage = VerifiedModelStorage
