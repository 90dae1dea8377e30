"""Reads the training messages for Rasa, which `config.yml` names under `importers`.

Rasa's own importer reads all files twice, and parses each with a parser in pure Python to know on which lines its mistakes are.
That takes minutes for 46,000 messages.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pykwalify.core import Core
from pykwalify.errors import SchemaError
from rasa.shared.constants import RESPONSES_SCHEMA_FILE, SCHEMA_EXTENSIONS_FILE
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.formats.rasa_yaml import NLU_SCHEMA_FILE, RasaYAMLReader
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.common import cached_method

from runtime.data_files import Loader, read_yaml


class TrainingImporter(RasaFileImporter):
    """Rasa's importer of files, which reads the messages once."""

    @cached_method
    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """Returns the messages of all files.

        Raises:
            YamlException: a file is no YAML, or does not fit Rasa's schema. It names the file and the line.
        """
        return TrainingData().merge(*(MessageReader().read(path, language=language) for path in self._nlu_files))


class MessageReader(RasaYAMLReader):
    """Rasa's reader of a file, with a faster check."""

    def validate(self, string: str) -> None:
        """Lets Rasa check only a file with a mistake, because it names the line."""
        if not _is_valid(string):
            super().validate(string)


def _is_valid(content: str) -> bool:
    try:
        Core(
            source_data=yaml.load(content, Loader),  # noqa: S506 - a safe loader
            schema_data=dict(_schema()),
            extensions=[str(_of_rasa(SCHEMA_EXTENSIONS_FILE))],
        ).validate()
    except (SchemaError, yaml.YAMLError):
        return False
    return True


@cache
def _schema() -> dict[str, Any]:
    return {**read_yaml(_of_rasa(NLU_SCHEMA_FILE)), **read_yaml(_of_rasa(RESPONSES_SCHEMA_FILE))}


def _of_rasa(path: str) -> Path:
    return Path(str(files("rasa"))) / path
