"""Works out how similar sentence vectors are to each training message, and the scores, with a graph from `similarity_graph`."""

from __future__ import annotations

from components.understanding.onnx_session import one_thread
from components.understanding.ridge import Array

VECTORS, LIKENESS, SCORES = "vectors", "likeness", "scores"  # the graph's input and its outputs


class Likeness:
    """Runs the graph of one classifier."""

    def __init__(self, graph: str | bytes) -> None:
        """Takes the graph's path, or the graph itself."""
        self._session = one_thread(graph)

    def __call__(self, vectors: Array) -> tuple[Array, Array]:
        """Returns the likeness to each training message, shape (texts, messages), and the scores, shape (texts, labels)."""
        likeness, scores = self._session.run([LIKENESS, SCORES], {VECTORS: vectors})
        return likeness, scores
