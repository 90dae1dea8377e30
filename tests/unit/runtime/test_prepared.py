"""What is written down is used as long as the files that it comes from are the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.prepared import prepared, read, write


class Maker:
    """Counts how often it had to work."""

    def __init__(self, source: Path) -> None:
        self._source, self.times = source, 0

    def __call__(self) -> dict[tuple[str, ...], str]:
        self.times += 1
        return {("de", "la"): self._source.read_text()}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "source.yml"
    file.write_text("one")
    return file


def test_it_is_made_once(tmp_path: Path, source: Path) -> None:
    make, folder = Maker(source), tmp_path / "prepared"
    for _ in range(3):
        assert prepared("thing", [source], make, folder) == {("de", "la"): "one"}
    assert make.times == 1


def test_it_is_made_again_when_a_file_has_changed_and_the_old_one_goes(tmp_path: Path, source: Path) -> None:
    make, folder = Maker(source), tmp_path / "prepared"
    prepared("thing", [source], make, folder)
    write("another-thing", "1", "stays", folder)
    source.write_text("two")
    assert prepared("thing", [source], make, folder) == {("de", "la"): "two"}
    assert make.times == 2
    assert len(list(folder.iterdir())) == 2
    assert read("another-thing", "1", folder) == "stays"


def test_a_damaged_file_is_made_again(tmp_path: Path, source: Path, caplog: pytest.LogCaptureFixture) -> None:
    make, folder = Maker(source), tmp_path / "prepared"
    prepared("thing", [source], make, folder)
    (file,) = folder.iterdir()
    for damaged in (b"", b"no pickle", file.read_bytes()[:20]):
        file.write_bytes(damaged)
        caplog.clear()
        assert prepared("thing", [source], make, folder) == {("de", "la"): "one"}
        assert "is damaged" in caplog.text
        assert read("thing", file.stem.removeprefix("thing-"), folder) == {("de", "la"): "one"}


def test_where_we_may_not_write_it_is_made_each_time(tmp_path: Path, source: Path) -> None:
    make, folder = Maker(source), tmp_path / "file" / "prepared"
    folder.parent.touch()
    for _ in range(2):
        assert prepared("thing", [source], make, folder) == {("de", "la"): "one"}
    assert make.times == 2
