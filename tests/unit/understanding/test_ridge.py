"""The solver, compared with the exact solution of a small system."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse

from components.understanding import ridge
from components.understanding.ridge import Kernel, solve, spread

MESSAGES = 120


@pytest.fixture
def kernel() -> Kernel:
    chance = np.random.default_rng(1)
    vectors = chance.normal(size=(MESSAGES, 12)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ngrams = scipy.sparse.random(MESSAGES, 300, 0.05, "csr", np.float32, random_state=1)
    return Kernel(np.exp(4 * (vectors @ vectors.T - 1)), {"words": ngrams}, {"words": 0.2})


@pytest.mark.parametrize(("few", "landmarks"), [(0, 30), (0, 1500), (MESSAGES, 30)])
def test_it_finds_the_exact_solution(kernel: Kernel, few: int, landmarks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ridge, "FEW", few)
    monkeypatch.setattr(ridge, "LANDMARKS", landmarks)
    targets = np.eye(4, dtype=np.float32)[np.arange(MESSAGES) % 4]
    ngrams = kernel.ngrams["words"]
    whole = kernel.gaussian + 0.2 * (ngrams @ ngrams.T).toarray() + 1
    exact = np.linalg.solve(whole + 0.1 * np.eye(MESSAGES), targets)
    assert np.allclose(whole @ solve(kernel, targets, 0.1), whole @ exact, atol=0.1)
    assert np.allclose(kernel @ exact.astype(np.float32), whole @ exact, atol=1e-3)


def test_a_label_that_nothing_has_gets_no_weight(kernel: Kernel) -> None:
    targets = np.zeros((MESSAGES, 2), np.float32)
    targets[::2, 1] = 1
    weights = solve(kernel, targets, 0.1)
    assert np.isfinite(weights).all()
    assert not weights[:, 0].any()


def test_a_part_of_the_kernel_knows_only_its_messages_and_the_first_ngrams(kernel: Kernel) -> None:
    chosen = np.array([3, 50, 119])
    part = kernel.subset(chosen, {"words": 100})
    ngrams = kernel.ngrams["words"][chosen][:, :100]
    expected = kernel.gaussian[np.ix_(chosen, chosen)] + 0.2 * (ngrams @ ngrams.T).toarray() + 1
    assert np.allclose(part @ np.eye(3, dtype=np.float32), expected, atol=1e-6)
    assert part.ngram_weights(np.ones((3, 2), np.float32))["words"].shape == (100, 2)


def test_indices_are_spread_evenly() -> None:
    assert spread(5, 10).tolist() == [0, 1, 2, 3, 4]
    assert spread(101, 3).tolist() == [0, 50, 100]
