"""Writes what follows from a sentence vector as an ONNX graph: its similarity to each training message, and the scores.

Nothing that a message needs is as large as the training messages' vectors. As eight-bit integers, they are a quarter as
large, and onnxruntime goes over them once for a message and all of its parts. Only training imports this module.
"""

from __future__ import annotations

import numpy as np

from components.understanding.arrays import Array
from components.understanding.encoders.onnx_graph import FLOAT, Graph, Shape
from components.understanding.similarity import SCORES, SIMILARITY, VECTORS

SEED = 1  # of the rotation


def build_graph(projection: Array, vectors: Array, weights: Array, gamma: float) -> bytes:
    """Returns the graph.

    Args:
        projection: what sentence vectors are multiplied with, shape (their width, directions).
        vectors: the training messages' projected vectors, shape (directions, messages).
        weights: of the training messages, shape (messages, labels).
        gamma: the width of the Gaussian kernel.
    """
    turned = _rotation(projection.shape[1])
    graph = Graph()
    projected = graph("MatMul", VECTORS, graph.constant(projection @ turned))
    cosines = graph.int8_product(projected, turned.T @ vectors, one_scale=False)
    distances = graph("Sub", cosines, graph.constant(np.array(1, np.float32)))
    similarity = graph("Exp", graph("Mul", distances, graph.constant(np.array(gamma, np.float32))))
    scores = graph("Add", graph("MatMul", similarity, graph.constant(weights)), graph.constant(weights.sum(axis=0)))
    (width, _), (messages, labels) = projection.shape, weights.shape
    outputs: dict[str, tuple[str, Shape]] = {SIMILARITY: (similarity, ["texts", messages]), SCORES: (scores, ["texts", labels])}
    model: bytes = graph.model("similarity", {VECTORS: (FLOAT, ["texts", width])}, outputs).SerializeToString()
    return model


def _rotation(directions: int) -> Array:
    """Returns a rotation after which all directions hold as much of a vector.

    Before, the first ones hold most of it, and rounding would lose more.
    """
    turned, _ = np.linalg.qr(np.random.default_rng(SEED).normal(size=(directions, directions)))
    rotation: Array = turned.astype(np.float32)
    return rotation
