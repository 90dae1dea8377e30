"""The encoder's graph, written by hand, against figures that others published."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from components.understanding.encoder import Encoder
from components.understanding.encoder_graph import VECTOR_WIDTH, WIDTH, write_encoder

# The quickstart of sentence-transformers (www.sbert.net) prints these cosines for all-MiniLM-L6-v2.
SENTENCES = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
PUBLISHED = [[1.0, 0.6660, 0.1046], [0.6660, 1.0, 0.1411], [0.1046, 0.1411, 1.0]]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    folder = tmp_path_factory.mktemp("encoder")
    write_encoder(Path(folder), quantise=False)
    return Encoder(folder, max_tokens=96)


def test_the_last_layer_gives_the_published_similarities(encoder: Encoder) -> None:
    last = encoder.encode(SENTENCES)[:, -WIDTH:]
    last /= np.linalg.norm(last, axis=1, keepdims=True)
    assert np.abs(last @ last.T - PUBLISHED).max() < 1e-4


def test_vectors_have_unit_length_and_padding_does_not_count(encoder: Encoder) -> None:
    alone, together = encoder.encode(SENTENCES), encoder.encode(SENTENCES, batch=3)
    assert alone.shape == (3, VECTOR_WIDTH)
    assert np.allclose(np.linalg.norm(alone, axis=1), 1, atol=1e-5)
    assert np.allclose(alone, together, atol=1e-5)
