"""The graph of the similarity, compared with the same in numpy."""

from __future__ import annotations

import numpy as np

from components.understanding.similarity import SimilarityGraph
from components.understanding.similarity_graph import build_graph

WIDTH, DIRECTIONS, MESSAGES, LABELS, GAMMA = 300, 150, 500, 7, 4.0
CHANCE = np.random.default_rng(2)


def test_whole_numbers_come_close() -> None:
    projection = np.linalg.qr(CHANCE.normal(size=(WIDTH, WIDTH)))[0][:, :DIRECTIONS].astype(np.float32)
    # Like those of real messages, all have much of the first direction.
    sizes = np.r_[20, np.ones(DIRECTIONS - 1)]
    rows = (CHANCE.normal(size=(MESSAGES, DIRECTIONS)) + sizes) @ projection.T
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    weights = CHANCE.normal(size=(MESSAGES, LABELS)).astype(np.float32)
    exact = np.exp(GAMMA * (vectors @ projection @ projection.T @ vectors.T - 1))

    run = SimilarityGraph(build_graph(projection, (vectors @ projection).T, weights, GAMMA))
    similarity, scores = run(vectors[:20])
    assert similarity.shape == (20, MESSAGES)
    assert np.abs(similarity - exact[:20]).max() < 0.02
    assert np.allclose(scores, (similarity + 1) @ weights, atol=1e-2)
    alone = np.vstack([run(vectors[index : index + 1])[0] for index in range(20)])
    assert np.allclose(alone, similarity, atol=1e-4), "a message scores the same with its parts and without"
