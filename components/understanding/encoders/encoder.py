"""Turns texts into vectors with the sentence encoders that `english_graph` and `multilingual_graph` wrote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from sentencepiece import SentencePieceProcessor
from tokenizers import Tokenizer

from components.understanding.arrays import Array
from components.understanding.onnx_session import one_thread

ENGLISH, MULTILINGUAL = "english", "multilingual"  # the folders of the two encoders
GRAPH = "encoder.onnx"
ENGLISH_TOKENIZER, MULTILINGUAL_TOKENIZER = "tokenizer.json", "sentencepiece.model"
MULTILINGUAL_WIDTH = 512  # of a vector
START, END = 1, 2  # the ids around each text, for the multilingual encoder
ENGLISH_TOKENS_IN_RUN = 64  # for many texts; its attention costs the square of the tokens
GAP = [0, 0]  # padding between two texts; as long as the multilingual encoder looks in one direction
MAX_TOKENS_IN_RUN = 256  # of several texts; enough for any message with its parts
MAX_CHARACTERS_PER_TOKEN = 32  # how much of a text we give to the tokenizer, for each token that we read


class Encoder:
    """Runs one encoder's graph. A subclass knows its tokenizer."""

    def __init__(self, folder: Path, max_tokens: int) -> None:
        """Loads the graph and the tokenizer from `folder`. Texts are cut off after `max_tokens` tokens."""
        self._session = one_thread(str(folder / GRAPH))
        self._max_tokens = max_tokens

    def tokens(self, text: str) -> list[int]:
        """Returns the ids of a text, at most `max_tokens`."""
        raise NotImplementedError

    def encode(self, texts: Sequence[str]) -> Array:
        """Returns the unit-length vectors of `texts`, shape (len(texts), width). A message and its parts take one run."""
        return self._joined(map(self._run, _packs(self._all_tokens(texts), MAX_TOKENS_IN_RUN)))

    def encode_many(self, texts: Sequence[str], tokens_in_run: int, threads: int) -> Array:
        """Does the same for thousands of texts, in several threads."""
        with ThreadPoolExecutor(threads) as pool:
            return self._joined(pool.map(self._run, _packs(self._all_tokens(texts), tokens_in_run)))

    def _all_tokens(self, texts: Sequence[str]) -> list[list[int]]:
        return [self.tokens(_cleaned(text[: self._max_tokens * MAX_CHARACTERS_PER_TOKEN])) for text in texts]

    @staticmethod
    def _joined(runs: Iterable[Array]) -> Array:
        return np.concatenate(list(runs))

    def _run(self, texts: list[list[int]]) -> Array:
        tokens = [token for ids in texts for token in (*ids, *GAP)]
        segments = [segment for number, ids in enumerate(texts, 1) for segment in (*[number] * len(ids), *[0] * len(GAP))]
        inputs = {"tokens": np.array(tokens, dtype=np.int32), "segments": np.array(segments, dtype=np.int32)}
        result: Array = self._session.run(None, inputs)[0]
        return result


def _cleaned(text: str) -> str:
    """Returns `text` without halves of a surrogate pair, which no tokenizer takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _packs(texts: Sequence[list[int]], tokens_in_run: int) -> Iterator[list[list[int]]]:
    """Returns the texts that go into each run, in order. A single text may be longer than a run."""
    pack: list[list[int]] = []
    size = 0
    for ids in texts:
        if pack and size + len(ids) > tokens_in_run:
            yield pack
            pack, size = [], 0
        pack.append(ids)
        size += len(ids) + len(GAP)
    if pack:
        yield pack


class EnglishEncoder(Encoder):
    """all-MiniLM-L6-v2."""

    def __init__(self, folder: Path, max_tokens: int) -> None:
        super().__init__(folder, max_tokens)
        self._tokenizer = Tokenizer.from_file(str(folder / ENGLISH_TOKENIZER))
        self._tokenizer.enable_truncation(max_tokens)
        self._tokenizer.no_padding()

    def tokens(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text).ids)


class MultilingualEncoder(Encoder):
    """Universal Sentence Encoder multilingual v3."""

    def __init__(self, folder: Path, max_tokens: int) -> None:
        super().__init__(folder, max_tokens)
        self._tokenizer = SentencePieceProcessor(model_file=str(folder / MULTILINGUAL_TOKENIZER))

    def tokens(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text)
        return [START, *ids[: self._max_tokens - 2], END]


def multilingual_part(vectors: Array) -> Array:
    """Returns the multilingual encoder's share of the joint vectors, at unit length."""
    return _unit_length(vectors[:, -MULTILINGUAL_WIDTH:])


def _unit_length(rows: Array) -> Array:
    result: Array = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return result


class JointEncoder:
    """Both encoders side by side: one vector, whose cosine is a weighted mean of the two encoders' cosines."""

    def __init__(self, folder: Path, max_tokens: int, english_share: float) -> None:
        """Loads what `write_encoders` wrote into `folder`. `english_share` is the weight of the English cosine, from 0 to 1."""
        self._english = EnglishEncoder(folder / ENGLISH, max_tokens)
        self._multilingual = MultilingualEncoder(folder / MULTILINGUAL, max_tokens)
        self._weights = np.sqrt([english_share, 1 - english_share]).astype(np.float32)

    def encode(self, texts: Sequence[str], in_english: Sequence[str] = ()) -> Array:
        """Returns the unit-length vectors of `texts`, shape (len(texts), width). `in_english` are the texts in English words."""
        return self._side_by_side(self._english.encode(in_english or texts), self._multilingual.encode(texts))

    def encode_many(self, texts: Sequence[str], threads: int) -> Array:
        """Does the same for thousands of texts, in several threads."""
        english = self._english.encode_many(texts, ENGLISH_TOKENS_IN_RUN, threads)
        return self._side_by_side(english, self._multilingual.encode_many(texts, MAX_TOKENS_IN_RUN, threads))

    def _side_by_side(self, english: Array, multilingual: Array) -> Array:
        return np.hstack([self._weights[0] * english, self._weights[1] * multilingual])
