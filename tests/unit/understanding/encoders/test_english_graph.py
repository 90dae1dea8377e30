"""The English encoder's graph, written by hand, against figures that others published."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from components.understanding.encoders.encoder import EnglishEncoder
from components.understanding.encoders.english_graph import VECTOR_WIDTH, WIDTH, write_english

# The quickstart of sentence-transformers (www.sbert.net) prints these cosines for all-MiniLM-L6-v2.
SENTENCES = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
PUBLISHED = [[1.0, 0.6660, 0.1046], [0.6660, 1.0, 0.1411], [0.1046, 0.1411, 1.0]]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> EnglishEncoder:
    folder = tmp_path_factory.mktemp("encoder")
    write_english(Path(folder), quantise=False)
    return EnglishEncoder(folder, max_tokens=96)


def test_the_last_layer_gives_the_published_similarities(encoder: EnglishEncoder) -> None:
    last = encoder.encode(SENTENCES)[:, -WIDTH:]
    last /= np.linalg.norm(last, axis=1, keepdims=True)
    assert np.abs(last @ last.T - PUBLISHED).max() < 1e-4


def test_texts_in_one_run_do_not_see_each_other(encoder: EnglishEncoder) -> None:
    alone = np.vstack([encoder.encode([sentence]) for sentence in SENTENCES])
    assert alone.shape == (3, VECTOR_WIDTH)
    assert np.allclose(np.linalg.norm(alone, axis=1), 1, atol=1e-5)
    assert np.allclose(alone, encoder.encode(SENTENCES), atol=1e-5)


def test_more_texts_than_fit_into_one_run(encoder: EnglishEncoder) -> None:
    many = [SENTENCES[number % 3] for number in range(100)]
    expected = np.vstack([encoder.encode([sentence]) for sentence in SENTENCES])[[number % 3 for number in range(100)]]
    assert np.allclose(encoder.encode(many), expected, atol=1e-5)
    assert np.allclose(encoder.encode_many(many, tokens_in_run=32, threads=3), expected, atol=1e-5)


def test_hostile_texts_get_a_vector(encoder: EnglishEncoder) -> None:
    vectors = encoder.encode(["", "\ufdfa" * 5000, "😀" * 50, "a" * 5000])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
