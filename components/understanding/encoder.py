"""Turns texts into vectors with the sentence encoder that `encoder_graph` wrote."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

Array = npt.NDArray[np.float32]


class Encoder:
    def __init__(self, folder: Path, max_tokens: int, threads: int = 1) -> None:
        """Loads `encoder.onnx` and `tokenizer.json` from `folder`. Texts are cut off after `max_tokens` tokens."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        # Threads must not spin while the server waits for the next message.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(str(folder / "encoder.onnx"), options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(max_tokens)
        self._tokenizer.enable_padding()

    def encode(self, texts: Sequence[str], batch: int = 1) -> Array:
        """Returns the unit-length vectors of `texts`, shape (len(texts), `VECTOR_WIDTH`).

        Texts in a batch are padded to the longest one, so a few texts are fastest one at a time.
        """
        vectors = np.empty((len(texts), self._session.get_outputs()[0].shape[1]), dtype=np.float32)
        by_length = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        for start in range(0, len(by_length), batch):
            indices = by_length[start : start + batch]
            encodings = self._tokenizer.encode_batch([texts[index] for index in indices])
            tokens = np.array([encoding.ids for encoding in encodings], dtype=np.int32)
            mask = np.array([encoding.attention_mask for encoding in encodings], dtype=np.int32)
            vectors[indices] = self._session.run(None, {"tokens": tokens, "mask": mask})[0]
        return vectors
