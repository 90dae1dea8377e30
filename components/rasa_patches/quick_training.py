"""Saves training and validation work that Rasa repeats: copies of all messages, and the last percent of compression.

Rasa merges the messages with what stories and responses add, six times, and copies and hashes all of them each time. It packs the
model as tightly as gzip can, but weights hardly get smaller.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.storage import local_model_storage
from rasa.shared.nlu.training_data.training_data import TrainingData

_merge = TrainingData.merge


class QuickArchive(local_model_storage.TarSafe):
    """Rasa's archive, compressed quickly."""

    @classmethod
    def gzopen(cls, name: Any, mode: Any = "r", fileobj: Any = None, compresslevel: int = 1, **kwargs: Any) -> QuickArchive:
        """Opens a compressed archive, as `tarfile` does."""
        archive: QuickArchive = super().gzopen(name, mode, fileobj, compresslevel, **kwargs)
        return archive


def merged(data: TrainingData, *others: TrainingData | None) -> TrainingData:
    """Returns all training data, as Rasa's `TrainingData.merge` does, with the same messages in it."""
    filled = [each for each in (data, *others) if each and not _is_empty(each)]
    if len(filled) == 1:
        return filled[0]
    small = [TrainingData([], each.entity_synonyms, each.regex_features, each.lookup_tables, each.responses) for each in filled]
    result: TrainingData = _merge(TrainingData(), *small)
    messages = [message for each in filled for message in each.training_examples]
    result.training_examples = TrainingData.sanitize_examples(messages)
    return result


def _is_empty(data: TrainingData) -> bool:
    return not any([data.training_examples, data.entity_synonyms, data.regex_features, data.lookup_tables, data.responses])


def install() -> None:
    """Makes Rasa merge and pack this way."""
    TrainingData.merge = merged
    local_model_storage.TarSafe = QuickArchive
