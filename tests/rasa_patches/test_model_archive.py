"""Models are unpacked next to their archives, once. What of a model is not loaded at all: tests/faults/test_processes.py."""

from __future__ import annotations

import contextlib
import hashlib
import io
import tarfile
from pathlib import Path

import pytest
from rasa.shared.core.domain import Domain

from commands.run import MODEL
from components.rasa_patches.model_archive import UNPACKED, unpacked
from runtime.paths import ROOT
from tests.support.assistant import Assistant


def archive(folder: Path, name: str, content: bytes = b"{}") -> Path:
    """Returns an archive with one file and its checksum next to it."""
    path = folder / "model.tar.gz"
    with tarfile.open(path, "w:gz") as packed:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        packed.addfile(member, io.BytesIO(content))
    (folder / "model.tar.gz.sha256").write_text(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  model.tar.gz\n")
    return path


def test_a_model_is_unpacked_once(tmp_path: Path) -> None:
    packed = archive(tmp_path, "metadata.json")
    folder = unpacked(packed, tmp_path / "spare")
    assert folder.parent == tmp_path / UNPACKED
    assert (folder / "metadata.json").read_bytes() == b"{}"
    (folder / "metadata.json").write_bytes(b"seen")
    assert unpacked(packed, tmp_path / "spare") == folder
    assert (folder / "metadata.json").read_bytes() == b"seen"
    assert [path.name for path in folder.parent.iterdir()] == [folder.name], "and nothing unfinished stays behind"


def test_another_model_gets_another_folder(tmp_path: Path) -> None:
    first = unpacked(archive(tmp_path, "metadata.json"), tmp_path / "spare")
    second = unpacked(archive(tmp_path, "metadata.json", b"[]"), tmp_path / "spare")
    assert first != second
    assert (second / "metadata.json").read_bytes() == b"[]"


def test_where_we_may_not_write_the_spare_folder_will_do(tmp_path: Path) -> None:
    packed = archive(tmp_path, "metadata.json")
    (tmp_path / UNPACKED).touch()
    (tmp_path / "spare").mkdir()
    assert unpacked(packed, tmp_path / "spare") == tmp_path / "spare"
    assert (tmp_path / "spare" / "metadata.json").exists()


@pytest.mark.parametrize("name", ["../outside", "/outside"])
def test_nothing_lands_outside_of_the_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "models").mkdir()
    packed = archive(tmp_path / "models", name)
    with contextlib.suppress(tarfile.FilterError):
        unpacked(packed, tmp_path / "spare")
    assert not list(tmp_path.glob("outside"))
    assert not Path("/outside").exists()


@pytest.mark.long
def test_the_domain_of_the_metadata_is_the_one_in_the_yaml(assistant: Assistant, tmp_path: Path) -> None:
    folder = unpacked(ROOT / MODEL, tmp_path)
    read_by_rasa = Domain.from_path(folder / "components" / "domain_provider")
    assert assistant.agent.domain.fingerprint() == read_by_rasa.fingerprint()
    assert assistant.agent.domain.as_dict() == read_by_rasa.as_dict()
