"""The messages are read as Rasa reads them, and a mistake in them is named as Rasa names it."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.shared.exceptions import YamlException
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader

from components.training_importer import MessageReader
from runtime.paths import ROOT


@pytest.mark.parametrize("name", ["ask_pain.yml", "es/answers.yml", "es/ask_pain.yml"])
def test_messages_are_read_as_by_rasa(name: str) -> None:
    path = ROOT / "data" / "nlu" / name
    ours, rasas = (reader.read(path, language="en").training_examples for reader in (MessageReader(), RasaYAMLReader()))
    assert len(ours) > 20
    assert [message.fingerprint() for message in ours] == [message.fingerprint() for message in rasas]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n    - hi\n- intend: greet\n', ":6:"),
        ('version: "3.1"\nnlu:\n- intent: greet\n  examples: [\n', "line 5"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_line(tmp_path: Path, content: str, line: str) -> None:
    path = tmp_path / "greet.yml"
    path.write_text(content)
    with pytest.raises(YamlException) as raised:
        MessageReader().read(path, language="en")
    assert str(path) in str(raised.value)
    assert line in str(raised.value)
