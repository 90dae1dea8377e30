"""Solves kernel ridge regression for thousands of messages: a Gaussian kernel on their vectors, plus n-grams and a bias.

Factorising the whole kernel takes eight times as long for twice as many messages. Conjugate gradients only need its products, and
an approximation of rank 1,500 brings them to the solution in about twenty steps (Frangella, Tropp and Udell, 2023).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import scipy.linalg
import scipy.sparse

from components.understanding.arrays import Array, Indices

LANDMARKS = 1500  # messages that the approximation rests on
TOLERANCE = 0.03  # of the residual; the scores are within 0.01 of the exact ones then
MAX_STEPS = 60
ROWS_AT_ONCE = 1024  # of the Gaussian kernel, so that they stay in the processor's caches
FEW = 4000  # messages for which the exact solution is just as quick
TINY = 1e-30  # keeps a label that is solved before the others from dividing by zero
JITTER = 1e-3  # keeps the factors of nearly equal messages finite in single precision


@dataclass(frozen=True)
class Kernel:
    """How alike training messages are.

    Attributes:
        gaussian: the kernel of their vectors, shape (messages, messages). It is symmetric.
        ngrams: their n-grams by kind, rows of unit length.
        shares: the weight of each kind of n-grams against the Gaussian kernel's 1.0.
    """

    gaussian: Array
    ngrams: Mapping[str, scipy.sparse.csr_matrix]
    shares: Mapping[str, float]

    def __matmul__(self, weights: Array) -> Array:
        # The kernel is symmetric, and few long rows are quicker to multiply with it than few long columns.
        product: Array = (np.ascontiguousarray(weights.T) @ self.gaussian.T).T + weights.sum(axis=0)  # the sum is the bias
        for kind, rows in self.ngrams.items():
            product += rows @ (rows.T @ weights) * np.float32(self.shares[kind])
        return product

    def columns(self, chosen: Indices) -> Array:
        """Returns the columns of the matrix for some messages."""
        columns: Array = self.gaussian[:, chosen] + 1
        for kind, rows in self.ngrams.items():
            columns += (rows @ rows[chosen].T).toarray() * np.float32(self.shares[kind])
        return columns

    def subset(self, chosen: Indices, ngrams: Mapping[str, int]) -> Kernel:
        """Returns the kernel of some messages, with the first few n-grams of each kind."""
        rows = {kind: block[chosen][:, : ngrams[kind]] for kind, block in self.ngrams.items()}
        return Kernel(self.gaussian[np.ix_(chosen, chosen)], rows, self.shares)

    def ngram_weights(self, solution: Array) -> dict[str, Array]:
        """Returns the weight of each n-gram, by kind, shape (n-grams, labels)."""
        return {kind: (rows.T @ solution) * np.float32(self.shares[kind]) for kind, rows in self.ngrams.items()}


def solve(kernel: Kernel, targets: Array, ridge: float) -> Array:
    """Returns the weights of the messages, shape (messages, labels), for which kernel @ weights + ridge * weights = targets."""
    if len(targets) <= FEW:
        whole = _with_diagonal(kernel.columns(np.arange(len(targets))), ridge)
        exact: Array = scipy.linalg.solve(whole, targets, assume_a="pos", overwrite_a=True, check_finite=False)
        return exact
    precondition = _preconditioner(kernel, ridge)
    weights, residual = np.zeros_like(targets), targets.copy()
    direction = better = precondition(residual)
    length = _dots(residual, better)
    enough = TOLERANCE**2 * _dots(targets, targets)
    unsolved = np.arange(targets.shape[1])  # labels; the residual, the direction and their lengths are of these only
    for _ in range(MAX_STEPS):
        product = kernel @ direction + np.float32(ridge) * direction
        step = length / _dots(direction, product)
        weights[:, unsolved] += step * direction
        residual -= step * product
        going_on = _dots(residual, residual) > enough
        if not going_on.any():
            break
        unsolved, length, enough = unsolved[going_on], length[going_on], enough[going_on]
        residual, direction = residual[:, going_on], direction[:, going_on]
        better = precondition(residual)
        length, previous = _dots(residual, better), length
        direction = better + length / previous * direction
    return weights


def gaussian_kernel(vectors: Array, gamma: float) -> Array:
    """Returns the Gaussian kernel exp(gamma * (cosine - 1)) between all vectors of unit length."""
    scaled = vectors * np.float32(gamma**0.5)
    kernel = np.empty((len(vectors), len(vectors)), np.float32)
    for start in range(0, len(vectors), ROWS_AT_ONCE):
        these = slice(start, start + ROWS_AT_ONCE)
        rows = scaled[these] @ scaled[start:].T
        rows -= np.float32(gamma)
        kernel[these, start:] = np.exp(rows, out=rows)
        kernel[start:, these] = rows.T
    return kernel


def _preconditioner(kernel: Kernel, ridge: float) -> Callable[[Array], Array]:
    """Returns what nearly solves the system: the inverse of the approximation through `LANDMARKS` messages, plus the ridge."""
    chosen = spread(len(kernel.gaussian), LANDMARKS)
    columns = kernel.columns(chosen)
    factor = scipy.linalg.cholesky(_with_diagonal(columns[chosen], JITTER), lower=True, check_finite=False)
    features = scipy.linalg.solve_triangular(factor, columns.T, lower=True, check_finite=False)
    inner = scipy.linalg.cho_factor(_with_diagonal(features @ features.T, ridge), check_finite=False)

    def precondition(residual: Array) -> Array:
        result: Array = (residual - features.T @ scipy.linalg.cho_solve(inner, features @ residual)) / np.float32(ridge)
        return result

    return precondition


def _with_diagonal(matrix: Array, value: float) -> Array:
    matrix[np.diag_indices_from(matrix)] += value
    return matrix


def _dots(left: Array, right: Array) -> Array:
    """Returns the dot products of the columns of two matrices."""
    dots: Array = np.einsum("ij,ij->j", left, right) + np.float32(TINY)
    return dots


def spread(length: int, wanted: int) -> Indices:
    """Returns at most `wanted` indices below `length`, evenly spread."""
    return np.unique(np.linspace(0, length - 1, min(wanted, length)).astype(np.int64))
