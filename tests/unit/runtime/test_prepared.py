"""What is written down is used as long as the files that it comes from are the same."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.paths import ROOT
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


def test_another_user_may_read_it_whatever_the_umask(tmp_path: Path) -> None:
    code = f"from runtime.prepared import Path, write; write('thing', '1', 1, Path({str(tmp_path)!r}, 'prepared'))"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, umask=0o077)
    (file,) = (tmp_path / "prepared").iterdir()
    assert [stat.S_IMODE(path.stat().st_mode) for path in (file.parent, file)] == [0o755, 0o644]


def test_it_is_told_whether_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert write("thing", "1", 1, tmp_path / "prepared")
    assert not write("thing", "1", 1, tmp_path / "file" / "prepared")
    assert [path.name for path in (tmp_path / "prepared").iterdir()] == ["thing-1.pickle"]
